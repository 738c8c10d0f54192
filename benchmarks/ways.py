"""Ways of grading that `benchmarks.grading` compares: ours, `otter run`, and the limit."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from autograder.build.zips import zip_name
from autograder.grading.grade import reference_parameters
from autograder.grading.proxies import Function
from autograder.grading.reference import Reference, as_plain
from autograder.grading.run_questions import load_cases, public_first, run_case, trusted_environment
from autograder.pools.job import Submission
from autograder.pools.local_pool import LocalPool
from autograder.pools.pool import grade_all
from autograder.week import ROOT, Week, load_module

WEEK = "week01"
ZIP = ROOT / "dist" / zip_name("otter", WEEK)
SEED = 1


class InProcess:
    """A session without a sandbox and a wire: calls the submission's functions here. Only for our own samples."""

    def __init__(self, module: Any) -> None:
        self.hidden = False
        self.seconds = 0.0
        self._module = module

    def exchange(self, function: str | int, args: list[Any], trains: bool) -> tuple[Any, list[int], bool]:
        """Call it; nothing is looked for that it might have changed."""
        started = time.perf_counter()
        answer = as_plain(getattr(self._module, str(function))(*args))
        self.seconds += time.perf_counter() - started
        return answer, [], False


class Limit:
    """The same cases on the same functions, in this process."""

    def __init__(self, week: Week) -> None:
        self._week = week
        self._reference = Reference(week)
        self._parameters = reference_parameters(week)
        self._cases = {question.key: load_cases(question.file).test_cases for question in week.questions}

    def grade(self, file: Path) -> float:
        """Run all cases; returns the seconds that the submission's own functions took."""
        session = InProcess(load_module(file, f"limit_{file.stem}"))
        functions = {
            name: Function(session, name, self._parameters[name], name in self._week.trains)
            for name in self._week.functions
        }
        environment = trusted_environment(functions, self._reference, SEED)
        for key, number, case in public_first(self._cases):
            session.hidden = bool(case.hidden)
            assert run_case(case, environment, f"{key}.{number}").outcome == "passed", (file, key, number)
        return session.seconds


def make_submissions(folder: Path, count: int) -> list[Path]:
    """`count` right submissions to the week, of all the styles that the samples have; no two are the same bytes.

    Each is named after its style, which `style_of` tells.
    """
    styles = sorted((ROOT / "tests" / "submissions" / WEEK / "correct").glob("*.py"))
    styles.append(ROOT / "solutions" / WEEK / f"{WEEK}.py")
    files = []
    for number in range(count):
        style = styles[number % len(styles)]
        files.append(folder / f"{style.stem}-{number:03}.py")
        text = style.read_text(encoding="utf-8")
        files[-1].write_text(f"{text}\n# {number}\n", encoding="utf-8")
    return files


def style_of(file: Path) -> str:
    """The sample that a submission of `make_submissions` was made from, or the week's solution."""
    return file.stem.rpartition("-")[0]


def grade_in(pool: LocalPool, files: list[Path]) -> None:
    """Grade the files as a class; each has to get every point."""
    submissions = [Submission(file.stem, file.read_bytes()) for file in files]
    for verdict in grade_all(pool, WEEK, submissions, lambda student: None):
        assert verdict.earned == verdict.possible > 0, (verdict.student, verdict.message)


def grade_with_otter(folder: Path, files: list[Path]) -> None:
    """`otter run` for one file after the other; each has to get every point."""
    for file in files:
        command = [sys.executable, "-m", "otter", "run", "-a", str(ZIP), "-o", str(folder), str(file)]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        tests = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tests"]
        assert all(test["score"] == test["max_score"] for test in tests if "score" in test), file
