"""A cluster: a real scheduler with two workers, one of which is killed while it grades."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.gradebook import Gradebook
from autograder.week import ROOT
from tests.autograder.conftest import run_grade

WEEKS = ROOT / "tests" / "weeks"
SOLUTION = (WEEKS / "tiny" / "tiny.py").read_text(encoding="utf-8")


@contextlib.contextmanager
def process(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
    one = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        yield one
    finally:
        one.kill()
        one.wait()


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Path]:
    """The file in which a scheduler on the loopback interface says where it is."""
    file = tmp_path / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with process("dask_scheduler", *options):
        yield file


def address(file: Path) -> str:
    end = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < end, "the scheduler did not start"
        time.sleep(0.1)
    return str(json.loads(file.read_text(encoding="utf-8"))["address"])


def worker(file: Path) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    return process("dask_worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard")


def test_every_submission_gets_one_verdict_though_a_worker_is_killed(tmp_path: Path, scheduler: Path) -> None:
    inbox, out = tmp_path / "class", tmp_path / "out"
    inbox.mkdir()
    students = [f"student{number}" for number in range(8)]
    for student in students:
        (inbox / f"{student}.py").write_text(f"{SOLUTION}\nimport time\ntime.sleep(0.5)\n", encoding="utf-8")
    with worker(scheduler) as doomed, worker(scheduler):
        command = [sys.executable, "-m", "autograder.cli", "grade", "tiny", str(inbox), "--out", str(out)]
        options = ["--solutions", str(WEEKS), "--scheduler", address(scheduler)]
        grader = subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        family = busy_family(doomed, grader, out)
        doomed.send_signal(signal.SIGKILL)
        output, _ = grader.communicate(timeout=240)
    assert grader.returncode == 0, output
    with Gradebook(out / "gradebook.sqlite") as gradebook:
        for student in students:
            (judgement,) = gradebook.history(student, "tiny")
            assert (judgement.verdict.status, judgement.verdict.earned) == ("graded", 6)
    assert psutil.wait_procs(family, timeout=20)[1] == []


def busy_family(doomed: subprocess.Popen[bytes], grader: subprocess.Popen[bytes], out: Path) -> list[psutil.Process]:
    """What the worker has started, once verdicts come and it grades too."""
    end = time.monotonic() + 200
    while grader.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
        family = list(psutil.Process(doomed.pid).children(recursive=True))
        # The process that grades, the warden, the fork server and a submission's own.
        if len(family) >= 4 and has_a_verdict(out / "gradebook.sqlite"):
            return family
    grader.kill()
    pytest.fail(f"the worker to be killed never graded: {grader.communicate()[0].decode()}")


def has_a_verdict(path: Path) -> bool:
    if not path.exists():
        return False
    with Gradebook(path) as gradebook, contextlib.suppress(KeyError):
        return bool(gradebook.verdicts(gradebook.last_run("tiny")))
    return False


def test_where_there_is_no_scheduler_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "ann.py").write_text(SOLUTION, encoding="utf-8")
    graded = run_grade(
        tmp_path / "ann.py",
        tmp_path / "out",
        "--solutions",
        str(WEEKS),
        "--scheduler",
        "tcp://127.0.0.1:9",
        week="tiny",
    )
    assert graded.returncode == 2
    assert "There is no scheduler at tcp://127.0.0.1:9" in graded.output
    assert "Traceback" not in graded.output
