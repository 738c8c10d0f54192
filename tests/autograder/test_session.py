"""A submission's time: what its breakdowns cost is its own, what starting it the first time costs is ours."""

from __future__ import annotations

import time
from typing import Any

import pytest

from autograder.confinement.workers import Ending
from autograder.errors import SubmissionError
from autograder.grading.session import BREAKDOWNS_PER_FUNCTION, Session
from autograder.week import ROOT, load_week
from autograder.worker.wire import ClosedError

WEEK = load_week("everything", ROOT / "tests" / "weeks")
SLOW = 0.3


class DyingChannel:
    """Loads, and dies at the first call."""

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
        return type("Child", (), {"channel": self.channel})()

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
