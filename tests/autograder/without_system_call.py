"""Run a command as on a kernel that lacks a system call: `without_system_call.py NAME COMMAND…`."""

import ctypes
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"landlock_create_ruleset": 444, "landlock_restrict_self": 446, "prctl": 157},
    "aarch64": {"landlock_create_ruleset": 444, "landlock_restrict_self": 446, "prctl": 167},
}
ENOSYS = 38


def instruction(code: int, yes: int, no: int, value: int) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def deny(number: int) -> None:
    """Install a filter: the system call `number` answers ENOSYS, every other is allowed."""
    program = b"".join(
        [
            instruction(0x20, 0, 0, 0),  # load the number
            instruction(0x15, 0, 1, number),  # is it this one?
            instruction(0x06, 0, 0, 0x00050000 | ENOSYS),
            instruction(0x06, 0, 0, 0x7FFF0000),
        ]
    )
    memory = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, header) == 0, os.strerror(ctypes.get_errno())


deny(NUMBERS[platform.machine()][sys.argv[1]])
os.execv(sys.argv[2], sys.argv[2:])
