"""`autograder grade` as a teaching assistant meets it: mistakes of their own, Ctrl-C, a second run."""

from __future__ import annotations

import csv
import functools
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from autograder.gradebook import Gradebook
from autograder.output import held, make_writable
from autograder.week import ROOT
from tests.autograder.conftest import run_grade

SOLUTION = ROOT / "solutions" / "week01" / "week01.py"


def usage_error(*arguments: str) -> str:
    """The one line that a mistaken command prints; fails if it is more than that, or another exit status than 2."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stdout == ""
    return done.stderr


def test_each_mistake_of_the_user_is_one_clear_line(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    (empty := tmp_path / "empty").mkdir()
    assert "There is nothing at" in usage_error("grade", "week01", str(tmp_path / "missing"), "--out", out)
    assert "No submission found" in usage_error("grade", "week01", str(empty), "--out", out)
    assert "Known weeks: week01" in usage_error("grade", "week99", str(SOLUTION), "--out", out)
    assert "takes auto or none" in usage_error("grade", "week01", str(SOLUTION), "--out", out, "--sandbox", "docker")


def test_two_files_for_one_student_are_named(tmp_path: Path) -> None:
    (tmp_path / "class" / "ann").mkdir(parents=True)
    (tmp_path / "class" / "ann" / "week01.py").touch()
    (tmp_path / "class" / "ann.py").touch()
    line = usage_error("grade", "week01", str(tmp_path / "class"), "--out", str(tmp_path / "out"))
    assert "Two files for one student" in line
    assert "ann.py" in line


def test_an_output_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    assert "can't be made" in usage_error("grade", "week01", str(SOLUTION), "--out", str(tmp_path / "out"))


def test_a_folder_that_another_grader_writes_to_is_named_with_its_holder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make_writable(out)
    with held(out):
        line = usage_error("grade", "week01", str(SOLUTION), "--out", str(out))
        assert f"Another grader is writing to {out} (process {os.getpid()} on " in line
        assert not (out / "gradebook.sqlite").exists()
    with held(out):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_is_not_writable_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    assert "can't be written to" in usage_error("grade", "week01", str(SOLUTION), "--out", str(tmp_path / "out"))


def test_ctrl_c_leaves_no_process_and_no_half_written_file(tmp_path: Path) -> None:
    inbox = tmp_path / "class"
    inbox.mkdir()
    (inbox / "ann.py").write_text(SOLUTION.read_text(encoding="utf-8"))
    (inbox / "bob.py").write_text("while True:\n    pass\n")
    command = [sys.executable, "-m", "autograder.cli", "grade", "week01", str(inbox), "--out", str(tmp_path / "out")]
    # A suite that runs in the background ignores Ctrl-C, and what it starts would too.
    listening = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    grader = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, preexec_fn=listening
    )
    wait_for_a_verdict(tmp_path / "out" / "gradebook.sqlite")
    family = psutil.Process(grader.pid).children(recursive=True)
    assert family
    grader.send_signal(signal.SIGINT)
    _, errors = grader.communicate(timeout=30)
    assert grader.returncode == 130
    assert "Stopped." in errors
    assert f"The verdict so far is in {tmp_path / 'out' / 'gradebook.sqlite'};" in " ".join(errors.split())
    assert "Run the same command again: it goes on where it stopped." in " ".join(errors.split())
    assert "Traceback" not in errors
    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert not list((tmp_path / "out").rglob("*.csv"))
    with Gradebook(tmp_path / "out" / "gradebook.sqlite") as gradebook:
        assert [verdict.student for verdict in gradebook.verdicts(gradebook.last_run("week01"))] == ["ann"]


def wait_for_a_verdict(path: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        time.sleep(0.2)
        if path.exists():
            try:
                with Gradebook(path) as gradebook:
                    if gradebook.verdicts(gradebook.last_run("week01")):
                        return
            except KeyError:
                continue
    pytest.fail("no verdict came")


def test_an_export_of_canvas_is_graded_from_its_archive_and_goes_back(tmp_path: Path) -> None:
    weeks = ROOT / "tests" / "weeks"
    solution = (weeks / "tiny" / "tiny.py").read_text(encoding="utf-8")
    cells = [
        {"cell_type": "code", "source": source}
        for source in ("%pip list", solution.replace("shift_and_clip", "later"), "def shift_and_clip(x, o):\n    1 / 0")
    ]
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr("doejane_LATE_11_21_tiny-1.py", solution)
        archive.writestr("poeedgar_12_22_tiny.ipynb", json.dumps({"cells": cells}))
        archive.writestr("=evil_13_23_tiny.py", solution)
    (tmp_path / "roster.csv").write_text('Student,ID\n"Doe, Jane",11\n"Poe, Edgar",12\n"Nobody, N.",14\n')
    graded = run_grade(
        tmp_path / "submissions.zip",
        tmp_path / "out",
        *("--solutions", str(weeks), "--roster", str(tmp_path / "roster.csv"), "--format", "canvas"),
        week="tiny",
    )
    assert graded.returncode == 0, graded.output
    assert "Handed in nothing: 1 of 3 on the roster: Nobody, N." in graded.output
    assert {student: row["score"] for student, row in graded.rows.items()} == {
        "'=evil": "0",
        "doejane": "6",
        "poeedgar": "3",
    }
    assert "# cell 3" in graded.verdicts["poeedgar"].source
    line = graded.verdicts["poeedgar"].source.splitlines().index("    1 / 0") + 1
    assert f"line {line}: 1 / 0" in graded.messages("poeedgar")
    with (tmp_path / "out" / "canvas.csv").open(encoding="utf-8", newline="") as file:
        assert [row[:2] + row[-1:] for row in csv.reader(file)][2:] == [
            ["'=evil", "13", "0"],
            ["doejane", "11", "6"],
            ["poeedgar", "12", "3"],
        ]
    assert "may not recognise" not in graded.output
    (tmp_path / "roster.csv").unlink()  # it is kept with the results
    again = run_grade(
        tmp_path / "submissions.zip",
        tmp_path / "out",
        *("--solutions", str(weeks), "--format", "moodle"),
        week="tiny",
    )
    assert "Moodle may not recognise 3 students in moodle.csv: " in " ".join(again.output.split())
    assert "Handed in nothing: 1 of 3 on the roster: Nobody, N." in again.output
    assert "handed in late" in (tmp_path / "out" / "students" / "doejane.html").read_text(encoding="utf-8")


def test_what_the_options_do_not_take_is_one_clear_line(tmp_path: Path) -> None:
    out, roster = str(tmp_path / "out"), tmp_path / "roster.csv"
    roster.write_text("Group,Points\n1,2\n")
    assert "--format takes" in usage_error("grade", "week01", str(SOLUTION), "--out", out, "--format", "excel")
    assert "no column" in usage_error("grade", "week01", str(SOLUTION), "--out", out, "--roster", str(roster))


@pytest.mark.slow
def test_a_second_run_gives_the_same_verdicts(tmp_path: Path) -> None:
    weeks = ROOT / "tests" / "weeks"
    first, second = (
        run_grade(
            weeks / "tiny" / "tiny.py", tmp_path / "out", "--quiet", "--solutions", str(weeks), *again, week="tiny"
        )
        for again in ([], ["--again"])
    )
    assert first.output == ""
    assert second.rows == first.rows
    with Gradebook(tmp_path / "out" / "gradebook.sqlite") as gradebook:
        last = gradebook.last_run("tiny")
        assert last == 2
        assert gradebook.run(last).seed == gradebook.run(1).seed
