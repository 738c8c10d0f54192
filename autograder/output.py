"""The folder that a grader writes to: made, tried, and held by one grader at a time."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.errors import UsageError
from autograder.names import visible

LOCK = ".grading"


def make_writable(out: Path) -> None:
    """Make the folder `out`. Raises `UsageError` when it can't be written to."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {out} can't be made: {error.strerror}. Choose another with --out.") from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise UsageError(f"The folder {out} can't be written to. Choose another with --out.")


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold `out`, so that no second grader writes to it. Raises `UsageError` while another one does.

    The lock is the system's and ends with the process that holds it, however that ends; the file says who it is.
    """
    try:
        lock = os.open(out / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise UsageError(
            f"The folder {out} can't be written to: {error.strerror}. Choose another with --out."
        ) from None
    try:
        _lock(lock, out)
        os.ftruncate(lock, 0)
        os.write(lock, f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield
    finally:
        os.close(lock)


def _lock(lock: int, out: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = visible(os.read(lock, 200).decode("utf-8", "replace")) or "another process"
        raise UsageError(
            f"Another grader is writing to {out} ({holder}). Wait until it ends, or choose another folder with --out."
        ) from None
    except OSError as error:
        raise UsageError(f"The folder {out} can't be locked: {error.strerror}. Choose another with --out.") from None
