"""A second run grades only what is new; a run that was killed goes on where it stopped and loses nothing."""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder.class_run import week_digest
from autograder.cli import app
from autograder.gradebook import Gradebook
from autograder.week import ROOT, load_week
from tests.autograder.conftest import Graded, run_grade


@pytest.fixture
def weeks(tmp_path: Path) -> Path:
    """A copy of the tiny week, so that a test can change it."""
    folder = tmp_path / "weeks"
    shutil.copytree(ROOT / "tests" / "weeks" / "tiny", folder / "tiny", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def a_class(folder: Path, weeks: Path, count: int) -> list[str]:
    """`count` students whose submissions take a while to import, so that a kill comes in between, and one refused."""
    folder.mkdir()
    solution = (weeks / "tiny" / "tiny.py").read_text(encoding="utf-8")
    students = [f"student{number}" for number in range(count)]
    for student in students:
        (folder / f"{student}.py").write_text(f"{solution}\nimport time\ntime.sleep(0.3)\n", encoding="utf-8")
    (folder / "refused.zip").touch()
    return ["refused", *sorted(students)]


def rows(out: Path) -> list[tuple[Any, ...]]:
    """The verdicts in the gradebook as they lie there, each with its number; it must be whole."""
    path = out / "gradebook.sqlite"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'verdicts'").fetchone():
            return []
        return connection.execute(
            "SELECT student, week_digest, verdicts.id, run, submission, saved, verdicts.payload"
            " FROM verdicts JOIN runs ON run = runs.id"
        ).fetchall()


def graded_now(before: list[tuple[Any, ...]], out: Path) -> list[str]:
    """The students who got a new verdict since `before`, of which nothing may have been changed."""
    after = rows(out)
    assert set(before) <= set(after)
    return sorted(row[0] for row in set(after) - set(before))


def grade(inbox: Path, out: Path, weeks: Path, *options: str) -> Graded:
    graded = run_grade(inbox, out, "--solutions", str(weeks), *options, week="tiny")
    assert graded.returncode == 0, graded.output
    return graded


def kill(inbox: Path, out: Path, weeks: Path, verdicts: int, seconds: float) -> None:
    """Run the grader until it has given so many verdicts, then for some seconds, then kill it as a power cut would."""
    before = rows(out)
    command = [sys.executable, "-m", "autograder.cli", "grade", "tiny", str(inbox), "--out", str(out)]
    grader = subprocess.Popen([*command, "--solutions", str(weeks), "--quiet"], cwd=ROOT, stderr=subprocess.PIPE)
    while grader.poll() is None and len(rows(out)) < len(before) + verdicts:
        time.sleep(0.05)
    with contextlib.suppress(subprocess.TimeoutExpired):
        grader.wait(timeout=seconds)
    grader.kill()
    _, errors = grader.communicate(timeout=60)
    assert grader.returncode in (0, -signal.SIGKILL), errors
    graded_now(before, out)


def killed_again_and_again(tmp_path: Path, weeks: Path, times: int) -> None:
    """Kill the grader `times` times at random moments; the next run must finish, and what was saved must stay."""
    inbox, out = tmp_path / "class", tmp_path / "out"
    everybody = a_class(inbox, weeks, count=int(1.5 * times))
    dice = random.Random(times)
    for number in range(times):
        in_the_middle = number % 2 == 0
        kill(inbox, out, weeks, verdicts=int(in_the_middle), seconds=dice.uniform(0.0, 0.5 if in_the_middle else 8.0))
    before = rows(out)
    graded = grade(inbox, out, weeks)
    graded_now(before, out)
    # Whoever edits the library while this runs has everybody graded again, and rightly.
    given = [(row[0], row[1]) for row in rows(out)]
    assert len(set(given)) == len(given), "somebody was graded twice"
    assert sorted({student for student, _ in given}) == everybody
    assert {student: row["score"] for student, row in graded.rows.items()} == {
        student: "0" if student == "refused" else "6" for student in everybody
    }


def test_a_grader_killed_at_random_moments_goes_on_and_loses_nothing(tmp_path: Path, weeks: Path) -> None:
    killed_again_and_again(tmp_path, weeks, times=4)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_grader_killed_twenty_times_goes_on_and_loses_nothing(tmp_path: Path, weeks: Path) -> None:
    killed_again_and_again(tmp_path, weeks, times=20)


def test_a_second_run_grades_what_changed_and_nothing_else(tmp_path: Path, weeks: Path) -> None:
    inbox, out = tmp_path / "class", tmp_path / "out"
    everybody = a_class(inbox, weeks, count=4)
    first = grade(inbox, out, weeks)
    before = rows(out)
    assert "kept" not in first.output

    (inbox / "student1.py").write_text("def shift(x, offset):\n    return x + offset\n", encoding="utf-8")
    second = grade(inbox, out, weeks)
    assert graded_now(before, out) == ["student1"]
    assert "4 were kept from earlier runs." in second.output
    assert "4 verdicts kept from earlier runs" in (out / "index.html").read_text(encoding="utf-8")
    assert float(second.rows.pop("student1")["score"]) < 6 == float(first.rows.pop("student1")["score"])
    assert second.rows == first.rows
    before = rows(out)

    (inbox / "student2.py").write_text("x = 1\n", encoding="utf-8")
    (inbox / "student3.py").write_text("x = 1\n", encoding="utf-8")
    third = grade(inbox, out, weeks, "--again", "--student", "Student2", "--student", "student0")
    assert graded_now(before, out) == ["student0", "student2"]
    assert sorted(third.rows) == everybody
    assert (third.rows["student2"]["score"], third.rows["student3"]["score"]) == ("0", "6")
    before = rows(out)

    grade(inbox, out, weeks, "--sandbox", "none")
    assert graded_now(before, out) == everybody

    shown = CliRunner().invoke(app, ["history", "tiny", "STUDENT1", "--out", str(out)], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    lines = [line.split() for line in shown.output.splitlines() if " graded " in line and "6" in line]
    assert [(line[0], line[4]) for line in lines] == [("1", "6"), ("2", lines[1][4]), ("4", lines[1][4])]


def test_every_file_of_a_week_and_of_the_library_counts_for_its_digest(tmp_path: Path, weeks: Path) -> None:
    before = week_digest(load_week("tiny", weeks))
    (weeks / "tiny" / "__pycache__").mkdir()
    (weeks / "tiny" / "__pycache__" / "tiny.pyc").touch()
    assert week_digest(load_week("tiny", weeks)) == before
    (weeks / "tiny" / "mistakes.py").rename(weeks / "tiny" / "mistake.py")
    renamed = week_digest(load_week("tiny", weeks))
    (weeks / "tiny" / "questions" / "q1_shift.py").open("a").write("# changed\n")
    assert len({before, renamed, week_digest(load_week("tiny", weeks))}) == 3


def test_what_history_and_student_cannot_find_is_one_clear_line(tmp_path: Path, weeks: Path) -> None:
    inbox = tmp_path / "class"
    a_class(inbox, weeks, count=1)
    graded = run_grade(inbox, tmp_path / "out", "--solutions", str(weeks), "--student", "studen1", week="tiny")
    assert graded.returncode == 2
    assert "There is no submission of studen1. Did you mean student" in graded.output
    assert not (tmp_path / "out").exists()
    for arguments, says in (
        (["history", "tiny", "ann", "--out", str(tmp_path)], "There is no gradebook in"),
        (["history", "tiny", "ann", "--out", str(made(tmp_path))], "The gradebook holds no verdict on ann in tiny."),
    ):
        command = [sys.executable, "-m", "autograder.cli", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert says in done.stderr


def made(folder: Path) -> Path:
    with Gradebook(folder / "book" / "gradebook.sqlite"):
        return folder / "book"
