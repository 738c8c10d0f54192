"""How long a call may take: while its process wants a core and has none, its time stands still.

So it is not the load of the machine that decides whether a submission is in time.
"""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path

MOST_WAITING = 4  # times the call's own seconds: a process can make itself wait, with threads of its own
_WAITED = 1  # the place of the nanoseconds on a run queue in /proc/<pid>/schedstat


class Patience:
    """The `seconds` of one call of the process `pid`, from now on."""

    def __init__(self, pid: int, seconds: float) -> None:
        self.seconds = seconds
        self._pid = pid
        self._start = time.monotonic()
        self._before = self._now = _seconds_of_waiting(pid) or 0.0

    @property
    def waited(self) -> float:
        """Seconds for which the process has waited for a core since, as far as they count."""
        now = _seconds_of_waiting(self._pid)
        self._now = self._now if now is None else now
        return min(self._now - self._before, MOST_WAITING * self.seconds)

    @property
    def deadline(self) -> float:
        """When the call is over, on the clock of `time.monotonic()`, by what is known now."""
        return self._start + self.seconds + self.waited

    def wait_for(self, connection: socket.socket) -> None:
        """Wait until there is something to read. Raises `TimeoutError` when the time is up."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        while not poll.poll(max(0.0, self.deadline - time.monotonic()) * 1000):
            if self.deadline <= time.monotonic():
                raise TimeoutError


def _seconds_of_waiting(pid: int) -> float | None:
    """Of the process's main thread; None where the kernel doesn't count it, or when the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[_WAITED]) / 1e9
    except OSError:
        return None
