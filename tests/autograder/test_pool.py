"""Pools: every submission is given once, and once more alone when its worker died; nothing is left of a pool."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from pathlib import Path

import psutil
import pytest

from autograder.confinement.sandbox import Sandbox
from autograder.errors import GraderError
from autograder.pools import machine
from autograder.pools.job import Job, Submission
from autograder.pools.local_pool import LocalPool
from autograder.pools.machine import WORKER_BYTES, worker_count
from autograder.pools.pool import Lost, grade_all
from autograder.verdict import Verdict
from autograder.week import ROOT

WEEKS = ROOT / "tests" / "weeks"
UNCONFINED = Sandbox("none", confined=False)
SOLUTION = (WEEKS / "tiny" / "tiny.py").read_bytes()


class FakePool:
    """Two workers, of which one dies with whatever both grade whenever one has a submission of `killers`."""

    size = 2

    def __init__(self, *killers: str) -> None:
        self.killers = killers
        self.held: list[str] = []
        self.given: Counter[str] = Counter()
        self.company: dict[str, list[str]] = {}

    def give(self, submission: Submission) -> None:
        self.held.append(submission.student)
        self.given[submission.student] += 1
        assert len(self.held) <= self.size

    def wait(self) -> list[Verdict | Lost]:
        held, self.held = self.held, []
        self.company.update(dict.fromkeys(held, held))
        if set(held) & set(self.killers):
            return [Lost(student, "SIGKILL") for student in held]
        return [Verdict(student, "tiny", "graded") for student in reversed(held)]


def graded(pool: FakePool, count: int) -> dict[str, Verdict]:
    submissions = [Submission(str(number), b"x") for number in range(count)]
    begun: list[str] = []
    verdicts = list(grade_all(pool, "tiny", submissions, begun.append))
    assert Counter(begun) == pool.given
    assert sorted(verdict.student for verdict in verdicts) == sorted(submission.student for submission in submissions)
    return {verdict.student: verdict for verdict in verdicts}


def test_everybody_is_given_once() -> None:
    pool = FakePool()
    assert {verdict.status for verdict in graded(pool, 5).values()} == {"graded"}
    assert set(pool.given.values()) == {1}


def test_who_kills_a_worker_twice_is_an_error_and_who_was_beside_them_is_not() -> None:
    pool = FakePool("0", "3")
    verdicts = graded(pool, 7)
    assert {student for student, verdict in verdicts.items() if verdict.status == "error"} == {"0", "3"}
    assert "died 2 times" in verdicts["0"].message
    assert "SIGKILL" in verdicts["0"].message
    assert pool.given == {"0": 2, "1": 2, "2": 2, "3": 2, "4": 1, "5": 1, "6": 1}
    assert pool.company["1"] == ["1"]


def test_a_submission_and_a_job_cross_whatever_is_in_them() -> None:
    submission = Submission("Zoë\udcff", bytes(range(256)))
    assert Submission.from_message(submission.to_message()) == submission
    job = Job("tiny", WEEKS, 2**63 - 1, Sandbox("x", gpu=True, user=65_000))
    assert Job.from_message(job.to_message()) == job


def test_a_process_that_is_killed_is_replaced_and_nothing_stays() -> None:
    statuses: list[int] = []

    def kill_it_once(student: str) -> None:
        if student == "second" and not statuses:  # the first has a verdict: its process is there, and has nothing to do
            (process,) = pool._processes
            os.kill(process.process.pid, signal.SIGSTOP)  # or it might be done before it is killed
            threading.Timer(0.3, process.process.kill).start()
            statuses.append(process.process.pid)

    with LocalPool(Job("tiny", WEEKS, 1, UNCONFINED), 1) as pool:
        submissions = [Submission("first", SOLUTION), Submission("second", SOLUTION)]
        verdicts = list(grade_all(pool, "tiny", submissions, kill_it_once))
        family = psutil.Process().children(recursive=True)
    assert len(statuses) == 1
    assert [(verdict.student, verdict.status, verdict.earned) for verdict in verdicts] == [
        ("first", "graded", 6),
        ("second", "graded", 6),
    ]
    assert len(family) >= 3
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_a_process_that_can_not_start_is_an_error_of_ours_with_its_reason(tmp_path: Path) -> None:
    with LocalPool(Job("missing", tmp_path, 1, UNCONFINED), 1) as pool, pytest.raises(GraderError, match="no week"):
        list(grade_all(pool, "missing", [Submission("ann", b"")], lambda student: None))


def test_workers_are_as_many_as_cores_memory_and_submissions_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "usable_cores", lambda: 8)
    monkeypatch.setattr(machine, "usable_memory", lambda: 5 * WORKER_BYTES)
    assert [worker_count(submissions) for submissions in (0, 1, 8, 9, 30, 3000)] == [1, 1, 1, 2, 4, 5]
    assert [worker_count(3, wanted) for wanted in (1, 2, 9)] == [1, 2, 3]
    monkeypatch.setattr(machine, "usable_memory", lambda: WORKER_BYTES // 2)
    assert worker_count(3000) == 1
