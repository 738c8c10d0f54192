"""What a child may keep while it runs, beyond what the kernel counts: files in all, and threads.

The kernel limits one file, not their sum. So somebody looks, a few times a second, and ends a child that keeps too
much; between two looks it can write no more than the disk takes in that time. Where there is much to see, or something
moves, the child stands still meanwhile: or it could move what was not yet seen to where somebody has looked already.
A child of many threads gives way to all others: where the kernel shares the cores by threads, it would leave them next
to nothing.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

PERIOD = 0.2
LOOKS_AT_THREADS = 4  # in a period: they are made faster than files
MAX_BYTES = 256 << 20
MAX_FILE = 64 << 20
MAX_ENTRIES = 10_000
# TensorFlow starts about one for each core in each of its pools.
MANY_THREADS = 32 + 4 * (os.cpu_count() or 1)
MAX_THREADS = 4 * MANY_THREADS
FEW_ENTRIES = 100  # in one folder: they are seen at once
HEADLESS_SECONDS = 0.05  # between two looks: a thread that has begun to end may for a moment look as if it went on
STOP_SECONDS = 0.02  # after which a child is looked at though it has not stopped yet
MAX_MAPS = 4 << 20  # bytes of /proc/<pid>/maps; TensorFlow's are a tenth
_BLOCK = 512  # the unit of st_blocks, whatever the file system's own is
_THREADS = 17  # the places of the number of threads and of the bytes of memory in /proc/<pid>/stat,
_MEMORY = 20  # counted after the name; of a thread,
_FLAGS, _PENDING = 6, 28  # those of its flags and pending signals in /proc/<pid>/task/<thread>/stat
_EXITING = 0x4  # PF_EXITING in Linux' sched.h


class Watch:
    """Looks at the child `pid` and its `folder` until told to stop; kills it when it keeps too much.

    `signal_it` sends the child a signal, unless it is gone.
    """

    def __init__(self, pid: int, folder: Path, signal_it: Callable[[int], None]) -> None:
        self.excess = ""
        self._pid = pid
        self._folder = folder
        self._signal_it = signal_it
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
            files = looks % LOOKS_AT_THREADS == 0
            self.excess = self.excess or excess_of(self._pid, self._folder, files, self._standing_still)
            if self.excess:
                self._signal_it(signal.SIGKILL)  # again and again, until somebody has taken it away
            else:
                give_way_with_many_threads(self._pid)

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        self._signal_it(signal.SIGSTOP)
        try:
            over = time.monotonic() + STOP_SECONDS
            while is_running(self._pid) and time.monotonic() < over:
                time.sleep(0.0005)
            yield
        finally:
            self._signal_it(signal.SIGCONT)


def excess_of(
    pid: int,
    folder: Path,
    files: bool = True,
    standing_still: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> str:
    """What the process keeps too much of, in words for its author; "" when all is well or when it has ended.

    Without `files` only its threads are counted. `standing_still` holds the process while more than a little is seen.
    """
    try:
        if threads_of(pid) > MAX_THREADS:
            return f"it started more than {MAX_THREADS} threads"
        if stays_headless(pid):
            return "its main thread ended, and others went on"
        if not files:
            return ""
        size = size_at_a_glance(folder)
        if size is None:
            with standing_still():
                size = size_of(folder) + size_of_unnamed(pid, folder)
        else:
            size += size_of_unnamed(pid, folder)
    except (FileNotFoundError, ProcessLookupError):
        return ""
    except OSError as error:
        return f"it made files that can't be counted ({errno.errorcode.get(error.errno or 0, 'unknown')})"
    return f"it wrote more than {MAX_BYTES >> 20} MB or {MAX_ENTRIES:,} files" if size > MAX_BYTES else ""


def threads_of(pid: int) -> int:
    """The number of threads of a process."""
    return int(state_of(pid)[_THREADS])


def give_way_with_many_threads(pid: int) -> None:
    """Have a process of many threads run only where nobody else wants the core: all of them, and those they start."""
    # It has ended; or it is another user's, and a container lets its root do less than root may.
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task") if threads_of(pid) > MANY_THREADS else ():
            with suppress(ProcessLookupError):
                os.sched_setscheduler(int(thread), os.SCHED_IDLE, os.sched_param(0))


def is_running(pid: int) -> bool:
    """Whether a process, told to stop, goes on; False when it has ended."""
    try:
        return state_of(pid)[0] not in "TtZX"
    except OSError:
        return False


def stays_headless(pid: int) -> bool:
    """Whether a process's main thread has ended and others go on: its files can't be seen any more."""
    if not _is_headless(pid):
        return False
    time.sleep(HEADLESS_SECONDS)
    return _is_headless(pid)


def _is_headless(pid: int) -> bool:
    state = state_of(pid)
    if state[0] != "Z" or int(state[_THREADS]) == 1:
        return False
    return any(_goes_on(thread) for thread in Path(f"/proc/{pid}/task").iterdir())


def _goes_on(thread: Path) -> bool:
    """Whether a thread, a folder in /proc/<pid>/task, will run on.

    Where the whole process ends, the kernel has sent each of its threads a SIGKILL at once; but on a busy machine it
    takes a while until the last one gets a core to end on.
    """
    try:
        fields = _fields_of(thread)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not int(fields[_FLAGS]) & _EXITING and not int(fields[_PENDING]) & 1 << (signal.SIGKILL - 1)


def is_ending(pid: int) -> bool:
    """Whether a process has begun to end: its memory is gone, and nobody may look at its files any more."""
    return int(state_of(pid)[_MEMORY]) == 0


def state_of(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the process's name, which it may choose: that ends with the last bracket."""
    return _fields_of(Path(f"/proc/{pid}"))


def _fields_of(folder: Path) -> list[str]:
    line = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    return line.rpartition(")")[2].split()


def size_at_a_glance(folder: Path) -> int | None:
    """Bytes on the disk of the few files in `folder`; None where it takes longer to look, or where something moved."""
    total = 0
    try:
        with os.scandir(folder) as inside:
            for number, entry in enumerate(inside):
                if number == FEW_ENTRIES or entry.is_dir(follow_symlinks=False):
                    return None
                total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except OSError:
        return None
    return total


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
                    with suppress(FileNotFoundError):  # it was removed while we looked
                        total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
        except FileNotFoundError:
            continue
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

    Of each a part may be mapped, and the rest is there: it counts as the largest file. More than `MAX_BYTES` for so
    many pieces that a look at all of them would take too long.
    """
    with open(f"/proc/{pid}/maps", "rb") as file:
        maps = file.read(MAX_MAPS)
    if len(maps) == MAX_MAPS:
        return MAX_BYTES + 1
    lines = [line for line in maps.splitlines() if line.endswith(b" (deleted)") and os.fsencode(folder) in line]
    files = {tuple(line.split(maxsplit=5)[3:5]) for line in lines}  # by device and inode
    return len(files) * MAX_FILE
