"""How the fork server, and then each of its children, goes behind the boundary; the probe goes the same way."""

from __future__ import annotations

import ctypes
import json
import os
import signal
from typing import Any

from autograder.worker.confine import confine
from autograder.worker.forbidden import forbid_processes

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_CAPABILITY_VERSION_3 = 0x20080522
GIVE_WAY = 10
"""How much nicer than the grader all that runs in the sandbox is: who watches it must get a core in time."""


def enter(given: str) -> dict[str, Any]:
    """Leave this process what the JSON `given` says: `files` for `confine`, and whether to `close_memory`.

    Returns what was given; what is left to do is `forbidden.forbid`. Raises `OSError` where it can't be.
    """
    end_with_the_parent()
    os.nice(GIVE_WAY)
    _give_up_privileges()
    boundary: dict[str, Any] = json.loads(given)
    confine(boundary["files"])
    if boundary["close_memory"]:
        _close_memory()
    return boundary


def enter_as_a_child(files: dict[str, Any] | None) -> None:
    """In a fork of a process that has entered: leave it `files` alone, and no process or program to start.

    It binds the calling thread and what that starts: there must be no other yet. Raises `OSError` where it can't be.
    """
    confine(files)
    forbid_processes()


def end_with_the_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_up_privileges() -> None:
    """Drop every capability: root without them is an ordinary user."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), f"the capabilities can't be dropped: {os.strerror(ctypes.get_errno())}")


def _close_memory() -> None:
    """Close this process's memory and descriptors to others of its user: its children, where no Landlock does that."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process can't be closed to others of its user")
