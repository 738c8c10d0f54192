"""The process between the grader and the sandbox: starts the fork server, and ends all of it.

It runs apart from the grader so that the sandbox ends with the grader even when the grader is killed: the grader holds
the other end of a lifeline pipe, and its end of file is the signal to kill everything that was started here.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import threading

import psutil

_PR_SET_CHILD_SUBREAPER = 36


def start(command: list[str], environment: dict[str, str], folder: str, user: int | None) -> subprocess.Popen[bytes]:
    """Start `command` with our standard input, as another `user` if one is given."""
    groups: list[int] | None = None if user is None else []
    return subprocess.Popen(command, env=environment, cwd=folder, user=user, group=user, extra_groups=groups)


def end_everything() -> None:
    """Kill all that descends from this process, orphans too (it adopts them), until nothing is left."""
    while descendants := psutil.Process().children(recursive=True):
        for process in descendants:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(descendants, timeout=1)


def main() -> None:
    """Run the command of the JSON in the first argument until it ends or the lifeline closes."""
    orders = json.loads(sys.argv[1])
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    process = start(orders["command"], orders["environment"], orders["folder"], orders["user"])
    os.close(0)
    threading.Thread(target=wait_and_exit, args=(process,), daemon=True).start()
    os.read(orders["lifeline"], 1)
    end_everything()
    os._exit(0)


def wait_and_exit(process: subprocess.Popen[bytes]) -> None:
    """End with the command, leaving nothing it started."""
    process.wait()
    end_everything()
    os._exit(0)


if __name__ == "__main__":
    main()
