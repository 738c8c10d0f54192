"""A submission's time: what its breakdowns cost is its own, what starting it the first time costs is ours."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from autograder.confinement import patience
from autograder.confinement.patience import Patience
from autograder.confinement.sandbox import choose_sandbox
from autograder.confinement.workers import Ending, Worker
from autograder.errors import SubmissionError
from autograder.grading.session import BREAKDOWNS_PER_FUNCTION, Session
from autograder.week import ROOT, load_week
from autograder.worker.boundary import GIVE_WAY
from autograder.worker.wire import ClosedError
from tests.autograder.conftest import busy_processes

WEEK = load_week("everything", ROOT / "tests" / "weeks")
SLOW = 0.3


class DyingChannel:
    """Loads, and dies at the first call."""

    def __init__(self) -> None:
        self.connection, self._other_end = socket.socketpair()
        self._other_end.send(b"there is something to read")

    def send(self, value: Any, deadline: float | None = None) -> None:
        self.message = value

    def receive(self, deadline: float | None = None) -> Any:
        if self.message["do"] == "call":
            raise ClosedError
        return {"functions": ["echo", "gradient"], "number": self.message["number"]}


class FullChannel(DyingChannel):
    """Loads, and has no memory left for any call."""

    calls = 0

    def receive(self, deadline: float | None = None) -> Any:
        if self.message["do"] != "call":
            return super().receive(deadline)
        self.calls += 1
        raised = {"type": "MemoryError", "message": "", "lines": []}
        return {"raised": raised, "number": self.message["number"]}


class SlowWorker:
    """Its forks take time, as after a fork server died."""

    forks = 0

    def __init__(self, channel: DyingChannel | None = None) -> None:
        self.channel = channel or DyingChannel()

    def fork(self) -> Any:
        self.forks += 1
        time.sleep(SLOW)
        return type("Child", (), {"channel": self.channel, "pid": 0})()  # no process: it waits for no core

    def end(self, child: Any) -> Ending:
        return Ending(3, 0)


def call(session: Session, function: str) -> str:
    with pytest.raises(SubmissionError) as raised:
        session.exchange(function, [], trains=False)
    return str(raised.value)


def test_restarts_count_towards_the_submissions_seconds_but_not_its_start() -> None:
    worker = SlowWorker()
    session = Session(worker, WEEK, b"")  # type: ignore[arg-type]
    session.load()
    assert session.student_seconds < SLOW
    assert "exit with status 3" in call(session, "echo")
    assert session.student_seconds < SLOW
    assert "exit with status 3" in call(session, "echo")
    assert SLOW <= session.student_seconds < 2 * SLOW


def test_a_function_that_broke_down_twice_costs_no_more_restarts() -> None:
    worker = SlowWorker()
    session = Session(worker, WEEK, b"")  # type: ignore[arg-type]
    session.load()
    for _ in range(BREAKDOWNS_PER_FUNCTION):
        call(session, "echo")
    for _ in range(20):
        assert "echo ended its process 2 times before, so it was not called again" in call(session, "echo")
    assert worker.forks == BREAKDOWNS_PER_FUNCTION
    assert "exit with status 3" in call(session, "gradient")  # another function has its own chances


def test_a_function_that_filled_the_memory_twice_does_not_fill_it_again() -> None:
    channel = FullChannel()
    session = Session(SlowWorker(channel), WEEK, b"")  # type: ignore[arg-type]
    session.load()
    for _ in range(BREAKDOWNS_PER_FUNCTION):
        assert "8 GB of address space" in call(session, "echo")
    assert "echo ran out of memory 2 times before, so it was not called again" in call(session, "echo")
    assert channel.calls == BREAKDOWNS_PER_FUNCTION


BUSY = b"""
import time

def echo(x):
    start = time.process_time()
    while time.process_time() - start < 1.4:
        pass
    return x
"""


@contextmanager
def a_busy_core(pid: int) -> Iterator[None]:
    """Puts the process on one core with three others that never rest."""
    core = {min(os.sched_getaffinity(0))}
    os.sched_setaffinity(pid, core)
    with busy_processes(3) as others:
        for other in others:
            os.sched_setaffinity(other.pid, core)
        yield


def test_who_gets_no_core_at_all_has_waited_though_the_kernel_has_not_counted_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as spinning:
        monkeypatch.setattr(patience, "_times_of", lambda pid: (1.0, 1.0))  # as if it had not run since
        starved, impatient = Patience(spinning.pid, 10), Patience(spinning.pid, 10, most_waiting=0.1)
        time.sleep(0.4)
        assert 0.3 < starved.waited < 5
        assert impatient.waited == 0.1
        spinning.send_signal(signal.SIGSTOP)  # who doesn't want one has not
        os.waitpid(spinning.pid, os.WUNTRACED)
        still = Patience(spinning.pid, 10)
        time.sleep(0.2)
        assert still.waited == 0
        spinning.kill()


def test_what_runs_in_the_sandbox_gives_way_to_the_grader() -> None:
    with Worker(choose_sandbox("auto", gpu=False), cpu_seconds=60) as worker:
        child = worker.fork()
        niceness = os.getpriority(os.PRIO_PROCESS, child.pid)
        worker.end(child)
    assert niceness == min(19, os.getpriority(os.PRIO_PROCESS, 0) + GIVE_WAY)


def test_waiting_does_not_count_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with Worker(choose_sandbox("auto", gpu=False), cpu_seconds=60) as worker:
        session = Session(worker, WEEK, b"def echo(x):\n    return x\n")
        session.load()
        monkeypatch.setattr(Patience, "waited", property(lambda self: self._most_waiting))
        session.student_seconds, session._seconds = 0.0, {"echo": WEEK.submission_seconds}
        for _ in range(2):  # the second has nothing left to claim
            session.exchange("echo", [1.0], trains=False)
            assert session._waited == pytest.approx(4 * WEEK.submission_seconds)
        session.close()


def test_waiting_for_a_core_is_not_the_submissions_time() -> None:
    with Worker(choose_sandbox("auto", gpu=False), cpu_seconds=60) as worker:
        session = Session(worker, WEEK, BUSY)
        session.load()
        session._seconds = {"echo": 2.0}
        assert session._child is not None
        loaded, start = session.student_seconds, time.monotonic()
        with a_busy_core(session._child.pid):
            session.exchange("echo", [1.0], trains=False)
        assert time.monotonic() - start > 2.0  # which the processes beside it have taken
        assert session.student_seconds - loaded < 2.0
        session.close()
