"""What a child may keep while it runs, beyond what the kernel counts: files in all, and threads.

The kernel limits one file, not their sum. So somebody looks, a few times a second, and ends a child that keeps too
much; between two looks it can write no more than the disk takes in that time.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

PERIOD = 0.2
LOOKS_AT_THREADS = 4  # in a period: they are made faster than files
MAX_BYTES = 256 << 20
MAX_ENTRIES = 10_000
MAX_THREADS = 2048
MAX_MAPS = 4 << 20  # bytes of /proc/<pid>/maps; TensorFlow's are a tenth
_BLOCK = 512  # the unit of st_blocks, whatever the file system's own is
_THREADS = 17  # the places of the number of threads and of the bytes of memory in /proc/<pid>/stat,
_MEMORY = 20  # counted after the name


class Watch:
    """Looks at the child `pid` and its `folder` until told to stop; calls `end_it` once when it keeps too much."""

    def __init__(self, pid: int, folder: Path, end_it: Callable[[], None]) -> None:
        self.excess = ""
        self._pid = pid
        self._folder = folder
        self._end_it = end_it
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; from here on nothing is ended."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        looks = 0
        while not self._over.wait(PERIOD / LOOKS_AT_THREADS):
            looks += 1
            self.excess = excess_of(self._pid, self._folder, files=looks % LOOKS_AT_THREADS == 0)
            if self.excess:
                self._end_it()
                return


def excess_of(pid: int, folder: Path, files: bool = True) -> str:
    """What the process keeps too much of, in words for its author; "" when all is well or when it has ended.

    Without `files` only its threads are counted.
    """
    try:
        if threads_of(pid) > MAX_THREADS:
            return f"it started more than {MAX_THREADS} threads"
        if not files:
            return ""
        size = size_of(folder) + size_of_unnamed(pid, folder)
    except (FileNotFoundError, ProcessLookupError):
        return ""
    except OSError as error:
        return f"it made files that can't be counted ({errno.errorcode.get(error.errno or 0, 'unknown')})"
    return f"it wrote more than {MAX_BYTES >> 20} MB or {MAX_ENTRIES:,} files" if size > MAX_BYTES else ""


def threads_of(pid: int) -> int:
    """The number of threads of a process."""
    return _number(pid, _THREADS)


def is_ending(pid: int) -> bool:
    """Whether a process has begun to end: its memory is gone, and nobody may look at its files any more."""
    return _number(pid, _MEMORY) == 0


def _number(pid: int, place: int) -> int:
    """A number of /proc/<pid>/stat. The process's name, which it may choose, ends with the last bracket."""
    line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return int(line.rpartition(")")[2].split()[place])


def size_of(folder: Path) -> int:
    """Bytes on the disk of all that lies in `folder`; more than `MAX_BYTES` for too many entries.

    Raises `OSError` where it can't look: a folder without permissions, or deeper than a path can be long.
    """
    total = entries = 0
    folders = [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as inside:
                for entry in inside:
                    entries += 1
                    if entries > MAX_ENTRIES:
                        return MAX_BYTES + 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
        except FileNotFoundError:
            continue  # it was removed while we looked
    return total


def size_of_unnamed(pid: int, folder: Path) -> int:
    """Bytes of the files without a name that a process keeps. Raises `OSError` where it can't look.

    A container may not let its root look into processes of other users; those are then not counted.
    """
    try:
        return size_of_deleted(pid) + size_of_mapped(pid, folder)
    except PermissionError:
        if is_ending(pid) or (os.geteuid() == 0 and os.stat(f"/proc/{pid}/task/{pid}").st_uid != 0):
            return 0
        raise


def size_of_deleted(pid: int) -> int:
    """Bytes on the disk of the files that a process keeps open and that have no name any more."""
    total = 0
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        try:
            status = os.stat(f"/proc/{pid}/fd/{descriptor}")
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
            total += status.st_blocks * _BLOCK
    return total


def size_of_mapped(pid: int, folder: Path) -> int:
    """Bytes of the deleted files of `folder` that a process keeps in its memory, though it closed them.

    More than `MAX_BYTES` for so many pieces that a look at all of them would take too long.
    """
    total = 0
    with open(f"/proc/{pid}/maps", "rb") as file:
        maps = file.read(MAX_MAPS)
    if len(maps) == MAX_MAPS:
        return MAX_BYTES + 1
    for line in maps.splitlines():
        if line.endswith(b" (deleted)") and os.fsencode(folder) in line:
            first, _, last = line.split(b" ", 1)[0].partition(b"-")
            total += int(last, 16) - int(first, 16)
    return total
