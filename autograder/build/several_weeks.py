"""Weeks that are built at once, each in a process of its own: one week's rehearsal keeps no more than a core busy."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from autograder.build.one_week import Built, Folders, Step, build_week
from autograder.build.refusal import RefusalError
from autograder.errors import GraderError
from autograder.start import start_tensorflow
from autograder.week import Week
from course.device import usable_cores

Outcome = Built | RefusalError

PATIENCE = 1.0  # seconds to end by oneself: a terminal's Ctrl-C reaches every process


def build_weeks(weeks: Sequence[Week], folders: Folders, step: Step) -> dict[str, Outcome]:
    """What became of each week, by its name: as many at once as there are cores, a single one in this process."""
    if len(weeks) == 1:
        return {week.name: _outcome(week, folders, step) for week in weeks}
    outcomes: dict[str, Outcome] = {}
    texts: dict[str, str] = {}
    waiting = list(weeks)
    running: dict[Connection, tuple[Week, SpawnProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < usable_cores():
                week = waiting.pop(0)
                connection, process = _started(week, folders)
                running[connection] = week, process
            wait(list(running))
            for connection in [each for each in running if each.poll()]:
                week, process = running[connection]
                said = _received(connection, week)
                if isinstance(said, str):
                    texts[week.name] = said
                    step("\n".join(texts.values()))
                else:
                    outcomes[week.name] = said
                    texts.pop(week.name, None)
                    del running[connection]
                    process.join()
    finally:
        _interrupt([process for _week, process in running.values()])
    return {week.name: outcomes[week.name] for week in weeks}


def _outcome(week: Week, folders: Folders, step: Step) -> Outcome:
    step(f"{week.name}: starting TensorFlow")
    start_tensorflow()
    try:
        return build_week(week, folders, step)
    except RefusalError as refusal:
        return refusal


def _started(week: Week, folders: Folders) -> tuple[Connection, SpawnProcess]:
    """A process that builds the week, and where it says what it is at, and last what became of it."""
    context = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_build, args=(week, folders, theirs))
    process.start()
    theirs.close()  # so that its end is seen here
    return ours, process


def _build(week: Week, folders: Folders, connection: Connection) -> None:
    with contextlib.suppress(KeyboardInterrupt):  # whoever waits for this process says so
        connection.send(_outcome(week, folders, connection.send))


def _received(connection: Connection, week: Week) -> str | Outcome:
    try:
        received: str | Outcome = connection.recv()
    except EOFError:
        raise GraderError(
            f"The process that built {week.name} ended before it was done. What it said stands above; if that is "
            f"nothing, memory may have run out: build {week.name} by itself."
        ) from None
    return received


def _interrupt(processes: Sequence[SpawnProcess]) -> None:
    """End what still builds, as Ctrl-C does, so that each ends what it has started itself."""
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGINT)
    for process in processes:
        process.join()
