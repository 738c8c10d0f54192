"""How long a call may take: while its process wants a core and has none, its time stands still.

So it is not the load of the machine that decides whether a submission is in time.
"""

from __future__ import annotations

import math
import select
import socket
import time
from pathlib import Path

from autograder.confinement.watch import state_of

MOST_WAITING = 4  # times the call's own seconds: a process can make itself wait, with threads of its own
LOOK_SECONDS = 0.5


class Patience:
    """The `seconds` of one call of the process `pid`, from now on."""

    def __init__(self, pid: int, seconds: float, most_waiting: float = math.inf) -> None:
        self.seconds = seconds
        self._pid = pid
        self._most_waiting = min(MOST_WAITING * seconds, most_waiting)
        self._start = self._seen_at = time.monotonic()
        self._first = self._seen = _times_of(pid) or (0.0, 0.0)
        self._starving = 0.0

    @property
    def waited(self) -> float:
        """Seconds for which the process has waited for a core since, as far as they count: at most `most_waiting`."""
        times, now = _times_of(self._pid), time.monotonic()
        if times is not None and times != self._seen:
            self._seen, self._seen_at, self._starving = times, now, 0.0
        elif _wants_a_core(self._pid):
            # The kernel adds up how long somebody waited only when it gets its core.
            self._starving = now - self._seen_at
        return min(self._seen[1] - self._first[1] + self._starving, self._most_waiting)

    @property
    def deadline(self) -> float:
        """When the call is over, on the clock of `time.monotonic()`, by what is known now."""
        return self._start + self.seconds + self.waited

    def wait_for(self, connection: socket.socket) -> None:
        """Wait until there is something to read. Raises `TimeoutError` when the time is up."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        while not poll.poll(min(LOOK_SECONDS, max(0.0, self.deadline - time.monotonic())) * 1000):
            if self.deadline <= time.monotonic():
                raise TimeoutError


def _times_of(pid: int) -> tuple[float, float] | None:
    """Seconds that the process's main thread spent on a core, and that it waited for one until it got it.

    None where the kernel doesn't count them, or when the process is gone.
    """
    try:
        ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    except OSError:
        return None
    return int(ran) / 1e9, int(waited) / 1e9


def _wants_a_core(pid: int) -> bool:
    """Whether the main thread runs or is ready to."""
    try:
        return state_of(pid)[0] == "R"
    except OSError:
        return False
