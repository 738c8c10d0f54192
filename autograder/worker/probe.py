"""Tries from inside what a hostile submission would try, so that a sandbox that does not hold is noticed first."""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import mmap
import os
import platform
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from autograder.worker.boundary import enter, enter_as_a_child
from autograder.worker.forbidden import WHOLE, forbid
from autograder.worker.refusals import MOST_AWAITED
from autograder.worker.wire import Channel

_PTRACE_ATTACH, _PTRACE_DETACH = 16, 17
_CLOSE_RANGE, _LANDLOCK_CREATE_RULESET = 436, 444  # the same on every machine
_MADV_PAGEOUT = 21
_GET_HINT, _SET_HINT, _DONT_NEED, _KEEP_SIZE, _UNSHARE_FILES = 1035, 1036, 4, 1, 2
_REFUSED, _NOT_TRIED = 1, 2  # how a child of the probe ends
_NEW_USER, _PRIVATE_KEY, _REMOVE = 0x10000000, 0, 0
_PR_SET_DUMPABLE = 4
_IN_CREATE = 0x100
_FS_IOC_GETFLAGS, _FS_IOC_SETFLAGS = 0x80086601, 0x40086602
_MEMORY_WITHOUT_A_LIMIT = "use memory that no limit counts"
_BYTE = ctypes.create_string_buffer(b"x")  # at the same address in every process forked from this one


def main() -> None:
    """Take the targets from the channel on standard input and answer with what could be done to them.

    What Landlock, or another user, must prevent is tried before the filter of system calls is there to hide it.
    """
    channel = Channel(socket.socket(fileno=os.dup(0)))
    targets = channel.receive()
    given = enter(sys.argv[2])
    breaches = _breaches(attempts_on_files_and_memory(targets))
    forbid(given["gpu"])
    on_the_filter = attempts_on_the_filter(targets)
    if given["gpu"]:
        del on_the_filter[_MEMORY_WITHOUT_A_LIMIT]  # its driver needs it
    channel.send(breaches + _breaches(attempts_on_either(targets)) + _breaches(on_the_filter))


def attempts_on_files_and_memory(targets: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What must be impossible without a filter of system calls, too."""
    in_a_child = partial(_in_a_child, targets["files"])
    return {
        "read a file outside": lambda: Path(targets["file"]).read_bytes(),
        "read what is secret": lambda: _open_one(targets["secrets"]),
        "write a file outside": lambda: Path(targets["file"]).write_bytes(b"changed"),
        "cut a file outside": lambda: os.truncate(targets["file"], 3),
        "take a file outside along": lambda: os.link(targets["file"], "link"),
        "trace a process outside": lambda: _trace(targets["pid"]),
        "read the environment of a process outside": lambda: in_a_child(lambda: _read(targets["pid"], "environ")),
        "read the memory of the fork server": lambda: in_a_child(lambda: _read(os.getppid(), "maps")),
        "change the fork server's memory": lambda: in_a_child(lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDWR)),
        "write to the fork server": lambda: in_a_child(lambda: _write_memory(os.getppid())),
        "trace the fork server": lambda: in_a_child(lambda: _trace(os.getppid())),
        "take the fork server's channel": lambda: in_a_child(lambda: _take_descriptor(os.getppid())),
    }


def attempts_on_either(targets: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What newer kernels' Landlock prevents, and our filter of system calls on all of them."""
    in_a_child = partial(_in_a_child, targets["files"])
    return {
        "signal a process outside": lambda: os.kill(targets["pid"], signal.SIGCONT),
        "queue a signal for the fork server": lambda: in_a_child(lambda: _queue_signal(os.getppid())),
        "connect to the network": lambda: socket.create_connection(("127.0.0.1", targets["port"]), timeout=2),
        "reach a socket of another process": lambda: _connect_abstract(targets["abstract"]),
        "send to a socket of another process": lambda: _send_to("\0" + targets["abstract"] + "datagrams"),
    }


def attempts_on_the_filter(targets: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What our filter of system calls alone must prevent."""
    pid = targets["pid"]
    end = os.pipe()[0]
    readable = open(__file__, "rb")  # noqa: SIM115 - a file that this process can read and not write
    in_a_child = partial(_in_a_child, targets["files"])
    return {
        "change the times of a file outside": lambda: _change_times(targets["file"]),
        "change the attributes of a file outside": lambda: os.setxattr(targets["file"], "user.probe", b"changed"),
        "read the attributes of a file outside": lambda: os.listxattr(targets["file"]),
        "read the clock of a process outside": lambda: time.clock_gettime(_clock_of(targets["pid"])),
        "change permissions": lambda: _change_permissions(Path.cwd()),
        "change the flags of a file": lambda: _set_flags(readable.fileno()),
        "make others wait for a file": lambda: fcntl.fcntl(readable, fcntl.F_SETLEASE, fcntl.F_RDLCK),
        "open a socket to the network": lambda: socket.socket(socket.AF_INET),
        "open a socket to the kernel": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "send to a socket outside": lambda: _send_to(targets["socket"]),
        "send to a socket outside by a pair": lambda: _send_by_a_pair(targets["socket"]),
        "let others connect to it": lambda: _bind_abstract(f"autograder-probe-{os.getpid()}"),
        "change the limits of a process outside": lambda: resource.prlimit(pid, resource.RLIMIT_CORE),
        "have the kernel signal a process": lambda: fcntl.fcntl(end, fcntl.F_SETOWN, os.getppid()),
        "choose the signal that the kernel sends": lambda: fcntl.fcntl(end, fcntl.F_SETSIG, signal.SIGURG),
        "start processes without end": lambda: in_a_child(lambda: os._exit(0) if os.fork() == 0 else None),
        "start a program": lambda: in_a_child(lambda: os.execv(sys.executable, [sys.executable, "-c", "0"])),
        "hide what it keeps open": _hide,
        _MEMORY_WITHOUT_A_LIMIT: lambda: os.close(os.memfd_create("memory")),
        "watch a folder outside": lambda: _watch(os.path.dirname(targets["file"])),
        "leave memory behind": _leave_memory,
        "leave a mark in a file": lambda: _leave_a_mark(readable.fileno()),
        "read what others have read": lambda: _system_call("fadvise64", readable.fileno(), 0, 0, _DONT_NEED),
        "write without a limit": _write_without_a_limit,
        "keep files where nobody looks": lambda: _send_a_file(readable.fileno()),
        "keep memory where nobody looks": _splice_memory,
        "count its files apart": lambda: in_a_child(lambda: _system_call(_CLOSE_RANGE, 60_000, 60_001, _UNSHARE_FILES)),
        "evict what others have read": _evict,
        "wait for more files than it may open": _await_many,
        "add rules of its own": lambda: in_a_child(lambda: _system_call(_LANDLOCK_CREATE_RULESET, 0, 0, 1)),
        "see the system in another way": lambda: in_a_child(lambda: _system_call("unshare", _NEW_USER)),
    }


def _breaches(attempts: dict[str, Callable[[], Any]]) -> list[str]:
    return [name for name, attempt in attempts.items() if _succeeds(attempt)]


def _succeeds(attempt: Callable[[], Any]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _open_one(paths: list[str]) -> None:
    """Open the first of these files and folders that can be opened. Raises `OSError` if none can."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_RDONLY))
            return
    raise PermissionError


def _read(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


def _connect_abstract(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + name)


def _send_to(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", address)


def _send_by_a_pair(address: str) -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.sendto(b"x", address)


def _watch(folder: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.inotify_add_watch(libc.inotify_init1(0), os.fsencode(folder), _IN_CREATE) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _bind_abstract(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)


def _trace(pid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(_PTRACE_ATTACH, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "refused")
    os.waitpid(pid, 0)  # it stops; let it run on
    libc.ptrace(_PTRACE_DETACH, pid, None, None)


def _write_memory(pid: int) -> None:
    """Write the byte that is there already, so that a success harms nothing."""
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(_BYTE), 1)
    if ctypes.CDLL(None, use_errno=True).process_vm_writev(pid, vector, 1, vector, 1, 0) != 1:
        raise OSError(ctypes.get_errno(), "refused")


def _system_call(call: str | int, *arguments: Any) -> int:
    """Make a system call: one of those that the filter refuses whole, by its name, or any by its number."""
    number = WHOLE[call].numbers[platform.machine()] if isinstance(call, str) else call
    result = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(result)


def _hide() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0) != 0:  # what it is already
        raise OSError(ctypes.get_errno(), "refused")


def _leave_memory() -> None:
    _system_call("shmctl", _system_call("shmget", _PRIVATE_KEY, 4096, 0o600), _REMOVE, 0)


def _change_permissions(folder: Path) -> None:
    before = folder.stat().st_mode
    folder.chmod(before ^ 0o010)
    if folder.stat().st_mode == before:
        raise PermissionError  # it was answered as if it were done
    folder.chmod(before)


def _change_times(path: str) -> None:
    os.utime(path, (0, 0))
    if os.stat(path).st_mtime != 0:
        raise PermissionError


def _clock_of(pid: int) -> int:
    """The number of the clock that counts how long a process has computed."""
    return (~pid << 3) | 2


def _evict() -> None:
    with mmap.mmap(-1, mmap.PAGESIZE) as memory:
        memory.madvise(_MADV_PAGEOUT)


def _await_many() -> None:
    count = MOST_AWAITED + 1
    if ctypes.CDLL(None, use_errno=True).poll((ctypes.c_uint64 * count)(*[0xFFFFFFFF] * count), count, 0) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _leave_a_mark(descriptor: int) -> None:
    fcntl.fcntl(descriptor, _SET_HINT, fcntl.fcntl(descriptor, _GET_HINT, bytes(8)))  # what it is already


def _write_without_a_limit() -> None:
    with open("space", "wb") as file:
        _system_call("fallocate", file.fileno(), _KEEP_SIZE, 0, 4096)


def _send_a_file(descriptor: int) -> None:
    one, other = socket.socketpair()
    with one, other:
        socket.send_fds(one, [b"x"], [descriptor])


def _splice_memory() -> None:
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(_BYTE), 1)
    _system_call("vmsplice", os.pipe()[1], vector, 1, 0)


def _set_flags(descriptor: int) -> None:
    flags = array.array("l", [0])
    fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, flags)
    fcntl.ioctl(descriptor, _FS_IOC_SETFLAGS, flags)


def _take_descriptor(pid: int) -> None:
    _system_call("pidfd_getfd", _system_call("pidfd_open", pid, 0), 0, 0)


def _queue_signal(pid: int) -> None:
    information = (ctypes.c_int * 32)(signal.SIGCONT, 0, -1)  # as by sigqueue(3): code SI_QUEUE
    _system_call("rt_sigqueueinfo", pid, signal.SIGCONT, information)


def _in_a_child(files: dict[str, Any] | None, attempt: Callable[[], Any]) -> None:
    """Try it in a forked child, as a submission would be one."""
    pid = os.fork()
    if pid == 0:
        result = _NOT_TRIED
        try:
            enter_as_a_child(files)
            result = 0 if _succeeds(attempt) else _REFUSED
        finally:  # whatever happens, it must not go on as a second probe
            if result == _NOT_TRIED:
                traceback.print_exc()
            os._exit(result)
    _, status = os.waitpid(pid, 0)
    result = os.waitstatus_to_exitcode(status)
    if result == _NOT_TRIED:
        raise RuntimeError("a child can't go behind the boundary")
    if result != 0:
        raise OSError("refused")
