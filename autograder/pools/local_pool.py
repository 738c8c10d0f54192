"""Workers on this machine: processes that grade, started when there is work, and replaced when they die."""

from __future__ import annotations

import contextlib
import json
import multiprocessing.connection
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO

import psutil

from autograder.confinement.homes import sweep
from autograder.confinement.last_words import last_words
from autograder.confinement.sandbox import Sandbox
from autograder.errors import GraderError
from autograder.pools.job import Job, Submission
from autograder.pools.machine import SUBMISSIONS_PER_WORKER, worker_count
from autograder.pools.pool import Lost
from autograder.verdict import Verdict
from autograder.week import ROOT, Week
from course.device import usable_cores

PATIENCE = 1.0  # seconds that a process gets to tidy up before it is killed
AFTERMATH = 0.5  # seconds that what it started gets to end then


@dataclass
class _Process:
    """A process that grades, and the student whose submission it has; "" for none.

    `complaint`, once it is buried, is how it ended and what it wrote on standard error last.
    """

    process: subprocess.Popen[bytes]
    connection: Connection
    errors: IO[bytes] = field(repr=False)
    student: str = ""
    ready: bool = False
    complaint: str = ""

    def bury(self) -> None:
        """Close what it was reached by. It has ended."""
        if self.errors.closed:
            return
        self.connection.close()
        status = self.process.returncode
        known = {number.value: number.name for number in signal.Signals}
        ending = f"It was ended by {known.get(-status, -status)}." if status < 0 else f"Its exit status was {status}."
        self.complaint = f"{ending}\n{last_words(self.errors)}".strip()


class LocalPool:
    """`size` processes of this machine that grade by `job`. A context manager: leaving it ends them all."""

    def __init__(self, job: Job, size: int) -> None:
        self.size = size
        self._job = job
        self._processes: list[_Process] = []

    def __enter__(self) -> LocalPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def give(self, submission: Submission) -> None:
        """Have a process grade it that has nothing to do; one is started if there is none."""
        self._forget_the_dead()
        free = [process for process in self._processes if not process.student]
        process = min(free, key=lambda one: not one.ready, default=None) or self._start()
        process.student = submission.student
        with contextlib.suppress(OSError):  # it is dead: whoever waits for it is told
            process.connection.send_bytes(submission.to_message())

    def wait(self) -> list[Verdict | Lost]:
        """Wait until a verdict comes or a process dies. Raises `GraderError` when a process can't start."""
        results: list[Verdict | Lost] = []
        while not results:
            busy = {process.connection: process for process in self._processes if process.student}
            for connection in multiprocessing.connection.wait(list(busy)):
                result = self._receive(busy[connection])  # type: ignore[index]
                if result is not None:
                    results.append(result)
        return results

    def _receive(self, process: _Process) -> Verdict | Lost | None:
        try:
            message = json.loads(process.connection.recv_bytes())
        except (EOFError, OSError):
            return self._buried(process)
        if "failed" in message:
            raise GraderError(message["failed"])
        if "verdict" not in message:
            process.ready = True
            return None
        process.student = ""
        return Verdict.from_dict(message["verdict"])

    def _buried(self, process: _Process) -> Lost:
        self._end([process])
        if not process.ready:
            raise GraderError(f"A process that grades did not start. {process.complaint}")
        return Lost(process.student, process.complaint)

    def _forget_the_dead(self) -> None:
        self._end(
            [process for process in self._processes if not process.student and process.process.poll() is not None]
        )

    def _start(self) -> _Process:
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder.pools.grading_process", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
            start_new_session=True,
        )
        theirs.close()
        connection = Connection(ours.detach())
        self._processes.append(_Process(process, connection, errors))
        with contextlib.suppress(OSError):  # it is dead: whoever waits for it is told
            connection.send_bytes(self._job.to_message())
        return self._processes[-1]

    def close(self) -> None:
        """End all processes: those that grade are interrupted, and what they started ends with them."""
        self._end(self._processes)

    def _end(self, processes: list[_Process]) -> None:
        family = [relative for process in processes for relative in _descendants(process.process.pid)]
        for process in processes:
            process.process.terminate()
        deadline = time.monotonic() + PATIENCE
        late = [process for process in processes if not _ends(process.process, deadline)]
        for process in late:
            process.process.kill()
            process.process.wait()
        for process in processes:
            process.bury()
        if late or any(relative.is_running() for relative in family):
            psutil.wait_procs(family, AFTERMATH)  # they end by themselves once their lifeline has
            sweep()
        self._processes = [process for process in self._processes if process not in processes]


@dataclass(frozen=True)
class ThisMachine:
    """Where submissions are graded by default. `workers` is how many at once, None for as many as it can take."""

    confinement: Sandbox
    device: str
    solutions: Path | None = None
    workers: int | None = None

    @property
    def sandbox(self) -> str:
        """How submissions are confined."""
        return self.confinement.level

    def pool(self, week: Week, seed: int, submissions: int) -> LocalPool:
        """Workers for so many submissions."""
        count = worker_count(submissions, self.workers)
        ahead = submissions >= SUBMISSIONS_PER_WORKER and count < usable_cores()
        return LocalPool(Job(week.name, self.solutions, seed, self.confinement, ahead), count)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _ends(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True
