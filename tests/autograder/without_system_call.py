"""Run a command as where a system call is refused: `without_system_call.py NAME ERROR COMMAND…`."""

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"landlock_create_ruleset": 444, "landlock_restrict_self": 446, "prctl": 157},
    "aarch64": {"landlock_create_ruleset": 444, "landlock_restrict_self": 446, "prctl": 167},
}


def instruction(code: int, yes: int, no: int, value: int) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def deny(number: int, error: int) -> None:
    """Install a filter: the system call `number` answers `error`, every other is allowed."""
    program = b"".join(
        [
            instruction(0x20, 0, 0, 0),  # load the number
            instruction(0x15, 0, 1, number),  # is it this one?
            instruction(0x06, 0, 0, 0x00050000 | error),
            instruction(0x06, 0, 0, 0x7FFF0000),
        ]
    )
    memory = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, header) == 0, os.strerror(ctypes.get_errno())


deny(NUMBERS[platform.machine()][sys.argv[1]], getattr(errno, sys.argv[2]))
os.execv(sys.argv[3], sys.argv[3:])
