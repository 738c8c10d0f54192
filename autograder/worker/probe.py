"""Tries from inside what a hostile submission would try, so that a sandbox that does not hold is noticed first."""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import os
import platform
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.worker.alone import after_fork
from autograder.worker.refusals import refuse_system_calls
from autograder.worker.wire import Channel

_PTRACE_ATTACH, _PTRACE_DETACH = 16, 17
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438  # the same on every machine
_MEMFD_SECRET = 447
_RT_SIGQUEUEINFO = {"x86_64": 129, "aarch64": 138}
_PR_SET_DUMPABLE = 4
_FS_IOC_GETFLAGS, _FS_IOC_SETFLAGS = 0x80086601, 0x40086602
_BYTE = ctypes.create_string_buffer(b"x")  # at the same address in every process forked from this one


def main() -> None:
    """Take the targets from the channel on standard input and answer with what could be done to them."""
    channel = Channel(socket.socket(fileno=os.dup(0)))
    targets = channel.receive()
    breaches = _breaches(attempts_on_the_sandbox(targets))
    refuse_system_calls()  # from here on; before, it would have hidden what the sandbox alone lets through
    channel.send(breaches + _breaches(attempts_on_the_filter(targets["pid"])))


def attempts_on_the_sandbox(targets: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What the sandbox itself must prevent."""
    return {
        "read a file outside": lambda: Path(targets["file"]).read_bytes(),
        "read what is secret": lambda: _open_one(targets["secrets"]),
        "write a file outside": lambda: Path(targets["file"]).write_bytes(b"changed"),
        "change the times of a file outside": lambda: os.utime(targets["file"], (0, 0)),
        "change the attributes of a file outside": lambda: os.setxattr(targets["file"], "user.probe", b"changed"),
        "connect to the network": lambda: socket.create_connection(("127.0.0.1", targets["port"]), timeout=2),
        "reach a socket of another process": lambda: _connect_abstract(targets["abstract"]),
        "signal a process outside": lambda: os.kill(targets["pid"], signal.SIGCONT),
        "trace a process outside": lambda: _trace(targets["pid"]),
        "read the environment of a process outside": lambda: Path(f"/proc/{targets['pid']}/environ").read_bytes(),
        "start processes without end": lambda: _in_a_child(lambda: os._exit(0) if os.fork() == 0 else None),
        "change the fork server's memory": lambda: _in_a_child(lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDWR)),
        "write to the fork server": lambda: _in_a_child(lambda: _write_memory(os.getppid())),
        "trace the fork server": lambda: _in_a_child(lambda: _trace(os.getppid())),
        "take the fork server's channel": lambda: _in_a_child(lambda: _take_descriptor(os.getppid())),
        "queue a signal for the fork server": lambda: _in_a_child(lambda: _queue_signal(os.getppid())),
        "change permissions": lambda: Path.cwd().chmod(0o700),
        "hide what it keeps open": _hide,
        "use memory that no limit counts": lambda: _system_call(_MEMFD_SECRET, 0),
    }


def attempts_on_the_filter(pid: int) -> dict[str, Callable[[], Any]]:
    """What our own filter of system calls must prevent; without it, each of them succeeds and harms nothing."""
    end = socket.socketpair()[0]
    readable = open(__file__, "rb")  # noqa: SIM115 - a file that this process can read and not write
    return {
        "change the limits of a process outside": lambda: resource.prlimit(pid, resource.RLIMIT_CORE),
        "open a socket to the network": lambda: socket.socket(socket.AF_INET),
        "open a socket to the kernel": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "let others connect to it": lambda: _bind_abstract(f"autograder-probe-{os.getpid()}"),
        "have the kernel signal a process": lambda: fcntl.fcntl(end, fcntl.F_SETOWN, os.getppid()),
        "choose the signal that the kernel sends": lambda: fcntl.fcntl(end, fcntl.F_SETSIG, signal.SIGURG),
        "make others wait for a file": lambda: fcntl.fcntl(readable, fcntl.F_SETLEASE, fcntl.F_RDLCK),
        "change the flags of a file": lambda: _set_flags(readable.fileno()),
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


def _connect_abstract(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + name)


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


def _system_call(number: int, *arguments: Any) -> int:
    result = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(result)


def _hide() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0) != 0:  # what it is already
        raise OSError(ctypes.get_errno(), "refused")


def _set_flags(descriptor: int) -> None:
    flags = array.array("l", [0])
    fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, flags)
    fcntl.ioctl(descriptor, _FS_IOC_SETFLAGS, flags)


def _take_descriptor(pid: int) -> None:
    _system_call(_PIDFD_GETFD, _system_call(_PIDFD_OPEN, pid, 0), 0, 0)


def _queue_signal(pid: int) -> None:
    information = (ctypes.c_int * 32)(signal.SIGCONT, 0, -1)  # as by sigqueue(3): code SI_QUEUE
    _system_call(_RT_SIGQUEUEINFO[platform.machine()], pid, signal.SIGCONT, information)


def _in_a_child(attempt: Callable[[], Any]) -> None:
    """Try it in a forked child, as a submission would be one."""
    pid = os.fork()
    if pid == 0:
        after_fork()
        os._exit(0 if _succeeds(attempt) else 1)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise OSError("refused")
