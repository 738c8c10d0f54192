"""The folders in which workers live: made, emptied whatever a submission left in them, and swept up after a crash."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

PREFIX = "autograder-"
LOCK = "lock"


class Home:
    """A new folder of ours in the folder for temporary files; `path` in it is the worker's.

    A lock that is held as long as this process lives tells it from one whose grader was killed.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.path = self._folder / "home"
        self.path.mkdir()
        # Under its name only once it is locked: an unlocked lock means that its holder is gone.
        unlocked = self._folder / f"{LOCK}.new"
        self._lock = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unlocked.rename(self._folder / LOCK)

    def remove(self) -> None:
        """Remove it and all that is in it; what can't be removed stays for a later sweep."""
        if self._lock >= 0:
            wipe(self.path)
            wipe(self._folder)
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def sweep() -> None:
    """Remove the homes that killed graders of this user left behind; those of living ones, and of others, stay."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # it is gone, or nothing of ours after all
            _remove_abandoned(folder)


def _remove_abandoned(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        return
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if wipe(folder):
            folder.rmdir()
    finally:
        os.close(lock)


def wipe(folder: Path) -> bool:
    """Empty `folder`, whatever a submission did to make that hard: no permissions, very deep trees, odd names.

    False when something is left that can't be removed: then the folder is not to be used again.
    """
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
    # rm and chmod walk without recursion; shutil.rmtree stops at Python's recursion limit.
    for change in ([], ["chmod", "-R", "u+rwX", "--"]):
        if not (entries := _entries(folder)):
            break
        if change:
            subprocess.run([*change, *entries], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", "--", *entries], check=False, stderr=subprocess.DEVNULL)
    return _entries(folder) == []


def remove_files_of(user: int, folders: Iterable[Path]) -> None:
    """Remove what belongs to this user and lies right in one of `folders`, with all that is in it."""
    for folder in folders:
        for entry in _entries(folder) or ():
            with contextlib.suppress(OSError):  # somebody else was faster
                if os.lstat(entry).st_uid == user:
                    subprocess.run(["rm", "-rf", "--", entry], check=False, stderr=subprocess.DEVNULL)


def _entries(folder: Path) -> list[str] | None:
    """What is in `folder`; None when that can't be seen."""
    try:
        return [str(entry) for entry in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError:
        return None
