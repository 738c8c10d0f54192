"""Two workers that take turns: while one's child is asked and its answers are checked, the other's gets ready.

A child is ready once it has run every usual kind of TensorFlow operation once. Each worker is a sandbox of its own and
has one child at a time, so the child that waits can't be touched by the submission that runs.
"""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from autograder.confinement.sandbox import Sandbox
from autograder.confinement.workers import ChildProcess, Ending, Worker
from autograder.worker.wire import ClosedError, WireError

WARM_UP = Path(__file__).with_name("warm_up.py").read_bytes()
WARM_UP_SECONDS = 60


class Relay:
    """Children of two workers in turn. A context manager, used like one worker."""

    def __init__(self, sandbox: Sandbox, cpu_seconds: int) -> None:
        self._running, self._next = Worker(sandbox, cpu_seconds), Worker(sandbox, cpu_seconds)
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._ready: Future[ChildProcess] | None = None

    def __enter__(self) -> Relay:
        try:
            self._next.__enter__()
            self._running.__enter__()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait_until_ready(self) -> None:
        """Wait for the first child. Raises `GraderError` when a fork server did not start."""
        self._next.wait_until_ready()
        self._prepare()

    def fork(self) -> ChildProcess:
        """A child that no submission has been in; the next one is then prepared. The one before has ended."""
        if self._ready is None:
            self._prepare()
        assert self._ready is not None
        ready, self._ready = self._ready, None
        child = ready.result()
        self._running, self._next = self._next, self._running
        self._prepare()
        return child

    def end(self, child: ChildProcess) -> Ending:
        """Kill the child that `fork` gave last, and say how it ended."""
        return self._running.end(child)

    def restart(self) -> None:
        """New fork servers: nothing of what happened in the old ones is left."""
        self._forget()
        self._running.restart()
        self._next.restart()

    def close(self) -> None:
        """End both fork servers and their children."""
        self._forget()
        self._thread.shutdown()
        self._running.close()
        self._next.close()

    def _prepare(self) -> None:
        self._ready = self._thread.submit(_warm_child, self._next)

    def _forget(self) -> None:
        ready, self._ready = self._ready, None
        if ready is not None and not ready.cancel():
            with contextlib.suppress(Exception):  # why there is no child, or none that can be ended, matters no more
                self._next.end(ready.result())


def _warm_child(worker: Worker) -> ChildProcess:
    """A child in which TensorFlow has started; one that didn't manage is given up for a fresh one that hasn't tried."""
    child = worker.fork()
    deadline = time.monotonic() + WARM_UP_SECONDS
    try:
        child.channel.send({"do": "load", "name": "warm_up", "source": WARM_UP, "functions": [], "number": 0}, deadline)
        child.channel.receive(deadline)
    except (ClosedError, WireError, TimeoutError):
        worker.end(child)
        return worker.fork()
    return child
