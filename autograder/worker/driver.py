"""Tries from inside whether a GPU's driver starts behind the boundary, which leaves it what it is known to need."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from typing import Any

from autograder.worker.boundary import enter, enter_as_a_child
from autograder.worker.forbidden import forbid
from autograder.worker.wire import Channel

LIBRARY = "libcuda.so.1"  # NVIDIA's driver as programs see it; TensorFlow loads it, too
_SOME_BYTES = 1 << 20


def main() -> None:
    """Take from the channel on standard input what a child may open; answer with what keeps the driver from working."""
    channel = Channel(socket.socket(fileno=os.dup(0)))
    files = channel.receive()["files"]
    forbid(enter(sys.argv[2])["gpu"])
    channel.send(_in_a_child(files))


def _in_a_child(files: dict[str, Any] | None) -> str:
    """What a forked child says of the driver, as a submission is one; a driver that has started survives no fork."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            enter_as_a_child(files)
            os.write(write, trouble().encode())
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as answers:
        answer = answers.read().decode(errors="replace")
    _, status = os.waitpid(pid, 0)
    return answer if status == 0 else "the process that starts it ends"


def trouble() -> str:
    """What keeps the driver from computing here: its first call that fails, with CUDA's number of the error; or ""."""
    try:
        driver = ctypes.CDLL(LIBRARY)
    except OSError as error:
        return str(error)
    device, context, memory = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
    calls = (
        ("cuInit", ctypes.c_uint(0)),
        ("cuDeviceGet", ctypes.byref(device), ctypes.c_int(0)),
        ("cuDevicePrimaryCtxRetain", ctypes.byref(context), device),
        ("cuCtxSetCurrent", context),
        ("cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t(_SOME_BYTES)),
    )
    for name, *arguments in calls:
        error_number = getattr(driver, name)(*arguments)
        if error_number:
            return f"{name} answers with error {error_number}"
    return ""
