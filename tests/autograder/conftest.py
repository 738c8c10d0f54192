"""What the tests of the grader share: weeks with short limits, and a class graded through the real command."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.confinement.sandbox import Sandbox
from autograder.confinement.workers import Worker
from autograder.gradebook import Gradebook
from autograder.verdict import Verdict


@dataclass(frozen=True)
class Graded:
    """A graded class: what the command printed, what it wrote, and the folder for what it must not leave behind."""

    out: Path
    scratch: Path
    rows: dict[str, dict[str, str]]
    verdicts: dict[str, Verdict]
    output: str
    returncode: int

    def messages(self, student: str) -> str:
        """All that the student is told about the cases that did not pass."""
        return "\n".join(messages(self.verdicts[student]))


def messages(verdict: Verdict) -> list[str]:
    """What the student is told of the submission, and of each case that did not pass."""
    cases = [case for question in verdict.questions for case in question.cases]
    return [verdict.message, *(case.message for case in cases if case.outcome != "passed")]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """A fork server for the gradings of a file."""
    with Worker(Sandbox("the tests'"), cpu_seconds=480) as worker:
        yield worker


def answer_in_a_child(worker: Worker, source: str, function: str) -> Any:
    """What `function` of a submission of this `source` answers, called without arguments in a child of its own."""
    child = worker.fork()
    deadline = time.monotonic() + 60
    load = {"do": "load", "name": "asked", "source": source.encode(), "functions": [function], "number": 0}
    child.channel.send(load, deadline)
    assert child.channel.receive(deadline)["functions"] == [function]
    child.channel.send({"do": "call", "function": function, "args": [], "instead": {}, "number": 1}, deadline)
    answer = child.channel.receive(deadline)["answer"]
    worker.end(child)
    return answer


@contextmanager
def busy_processes(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes that never rest; all of them run when it begins."""
    code = "print(flush=True)\nwhile True: pass"
    processes = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(count)]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run_grade(path: Path, out: Path, *options: str, week: str = "week01") -> Graded:
    """Run `autograder grade` as a user would, with a temporary folder of its own.

    With one worker, unless the `options` say otherwise: another test runs beside it.
    """
    workers = () if {"--workers", "--scheduler"} & set(options) else ("--workers", "1")
    scratch = out.with_name(f"{out.name}-tmp")
    scratch.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "grade", week, str(path), "--out", str(out), *workers, *options],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    rows, verdicts = {}, {}
    if done.returncode == 0:
        with open(out / "grades.csv", newline="", encoding="utf-8") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
        with Gradebook(out / "gradebook.sqlite") as gradebook:
            verdicts = {verdict.student: verdict for verdict in gradebook.verdicts(gradebook.last_run(week))}
    return Graded(out, scratch, rows, verdicts, done.stdout + done.stderr, done.returncode)


def leftovers(graded: Graded) -> list[str]:
    """What a run of the grader should have ended or removed: processes, by the folder they ran in, and files."""
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [line[:80] for line in lines if str(graded.scratch) in line] + [
        str(path) for path in graded.scratch.rglob("autograder-*")
    ]
