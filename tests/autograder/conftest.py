"""What the tests of the grader share: weeks with short limits, and a class graded through the real command."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.gradebook import Gradebook
from autograder.verdict import Verdict
from autograder.week import ROOT


@dataclass(frozen=True)
class Graded:
    """A graded class: what the command printed, and what it wrote."""

    out: Path
    rows: dict[str, dict[str, str]]
    verdicts: dict[str, Verdict]
    output: str
    returncode: int

    def messages(self, student: str) -> str:
        """All that the student is told about the cases that did not pass."""
        verdict = self.verdicts[student]
        cases = [case for question in verdict.questions for case in question.cases]
        return "\n".join([verdict.message, *(case.message for case in cases if case.outcome != "passed")])


def run_grade(path: Path, out: Path, *options: str, week: str = "week01") -> Graded:
    """Run `autograder grade` as a user would."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "grade", week, str(path), "--out", str(out), *options],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    rows, verdicts = {}, {}
    if done.returncode == 0:
        with open(out / "grades.csv", newline="", encoding="utf-8") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
        with Gradebook(out / "gradebook.sqlite") as gradebook:
            verdicts = {verdict.student: verdict for verdict in gradebook.verdicts(gradebook.last_run(week))}
    return Graded(out, rows, verdicts, done.stdout + done.stderr, done.returncode)


@pytest.fixture(scope="session")
def short_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weeks with short time limits, so that what hangs does not hold up the suite."""
    folder = tmp_path_factory.mktemp("weeks") / "solutions"
    shutil.copytree(ROOT / "solutions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "week01" / "week.toml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\bload_seconds = \d+", "load_seconds = 4", text)
    path.write_text(re.sub(r"\bcall_seconds = \d+", "call_seconds = 3", text), encoding="utf-8")
    return folder
