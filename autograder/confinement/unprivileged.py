"""A user of its own for submissions: what stands for the sandbox in a root container whose kernel's Landlock won't do.

Such a container holds one submission and is thrown away after it, as on Gradescope. There the permissions of files
keep a submission from what is secret, provided that they were set: so that is tried, too.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import psutil

from autograder.confinement.packages import importable_paths
from autograder.confinement.sandbox import Sandbox, probe
from autograder.errors import UsageError


def as_another_user(secrets: Iterable[Path]) -> Sandbox:
    """Run submissions as a user that nobody is. Raises `UsageError` when they could then still do what they must not.

    `secrets` are files and folders that they must not be able to open.
    """
    if os.geteuid() != 0:
        raise UsageError("Only root can run submissions as another user.")
    user = free_user()
    level = f"no sandbox works here: submissions run as user {user}, who has no files, behind a filter of system calls"
    sandbox = Sandbox(level=level, confined=False, user=user)
    breaches = probe(sandbox, [str(path.resolve()) for path in secrets])
    if breaches:
        raise UsageError(f"As user {user}, a submission could still {' and '.join(breaches)}: nothing is graded here.")
    return sandbox


def free_user() -> int:
    """A number that is no user's and no process's. Containers may have no larger ones."""
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            taken.update(process.uids())
    return next(number for number in range(65_533, 1_000, -1) if number not in taken)


def close_to_others(paths: Iterable[Path]) -> None:
    """Leave these files and folders to their owner alone, where they are ours."""
    for path in paths:
        with contextlib.suppress(PermissionError):
            path.chmod(0o700 if path.is_dir() else 0o600)


def close_packages() -> None:
    """Leave to their owner all installed packages that submissions may not import. For a container's own ones."""
    allowed = set(importable_paths())
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        close_to_others(path for path in Path(folder).iterdir() if path not in allowed)


if __name__ == "__main__":
    close_packages()
