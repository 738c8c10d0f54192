"""The filter of system calls, and the rules for those that are refused for what they are asked.

Some are needed in one form and harmful in another: `prlimit64` sets one's own limits or those of the grader, which is
the same user's; `fcntl` asks for flags or has the kernel signal another process. Those that are refused whole are in
`forbidden.py`. The filter is a seccomp program (classic BPF); it can look at numbers, not at what they point to.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ANSWER = 0x7FFF0000, 0x00050000
_REFUSE = _ANSWER | errno.EPERM
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16  # in the kernel's struct seccomp_data
_X32 = 0x40000000  # this bit in the number of a system call: x86-64's second set of numbers

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


MOST_AWAITED = 64
_LAST_CLOCK = 11  # CLOCK_TAI


@dataclass(frozen=True)
class Rule:
    """Refuse a system call by one of its 32-bit arguments: one of `these`, or, with `others`, any but these.

    With `most`, an argument that is larger; without both it is refused whatever it is asked. `error` is what it
    answers; 0 as if it were done.
    """

    numbers: dict[str, int]
    argument: int = 0
    these: tuple[int, ...] = ()
    others: bool = False
    most: int | None = None
    error: int = errno.EPERM


# Where a call has many forms, and each file system adds some, those that are needed are let through, and no others.
_FCNTL = (0, 1, 2, 3, 4, 1030, 1032)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ
_IOCTL = (0x541B, 0x5421, 0x5450, 0x5451)  # FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
RULES = (
    # The limits of another process; 0 is oneself.
    Rule({"x86_64": 302, "aarch64": 261}, 0, (0,), others=True),  # prlimit64
    # Signals for another process, locks that make others wait, hints that stay with a file.
    Rule({"x86_64": 72, "aarch64": 25}, 1, _FCNTL, others=True),  # fcntl
    # The same by other names, attributes and numbers of files that one can only read, space without a limit.
    Rule({"x86_64": 16, "aarch64": 29}, 1, _IOCTL, others=True, error=errno.ENOTTY),  # ioctl
    # Descriptors of a thread's own, which nobody would count; CLOSE_RANGE_CLOEXEC is let through.
    Rule({"x86_64": 436, "aarch64": 436}, 2, (0, 4), others=True),  # close_range
    # A descriptor of the process at the other end of the channel: SO_PEERCRED, SO_PEERPIDFD. Sent is without flags.
    Rule({"x86_64": 55, "aarch64": 209}, 2, (17, 77)),  # getsockopt
    Rule({"x86_64": 44, "aarch64": 206}, 3, (0, 0x4000), others=True),  # sendto; MSG_NOSIGNAL
    # MADV_COLD, MADV_PAGEOUT: what others have read of the packages would be told by what has to be read again.
    Rule({"x86_64": 28, "aarch64": 233}, 2, (20, 21)),  # madvise
    # A call that waits keeps files open whose descriptors are closed: of few at a time.
    Rule({"x86_64": 7}, 1, most=MOST_AWAITED),  # poll
    Rule({"x86_64": 271, "aarch64": 73}, 1, most=MOST_AWAITED),  # ppoll
    Rule({"x86_64": 23}, 0, most=MOST_AWAITED),  # select
    Rule({"x86_64": 270, "aarch64": 72}, 0, most=MOST_AWAITED),  # pselect6
    # The other numbers of clocks are those of processes and threads: how long each of the machine has computed.
    Rule({"x86_64": 228, "aarch64": 113}, 0, most=_LAST_CLOCK, error=errno.EINVAL),  # clock_gettime
    Rule({"x86_64": 229, "aarch64": 114}, 0, most=_LAST_CLOCK, error=errno.EINVAL),  # clock_getres
    Rule({"x86_64": 230, "aarch64": 115}, 0, most=_LAST_CLOCK, error=errno.EINVAL),  # clock_nanosleep
    Rule({"x86_64": 222, "aarch64": 107}, 0, most=_LAST_CLOCK, error=errno.EINVAL),  # timer_create
)
# NVIDIA's driver asks the device by ioctl: of those that do harm, the known ones are refused then.
_HARMFUL_IOCTL = (
    0x8901, 0x8902,  # FIOSETOWN, SIOCSPGRP: signals for another process
    0x40086602, 0x40046602, 0x40087602, 0x40086604, 0x401C5820, 0x40806685,  # attributes and numbers of files
    0x40305828, 0x4030582A, 0x40305829, 0x4030582B, 0x40305839,  # FS_IOC_RESVSP, ZERO_RANGE: space without a limit
    0x40049409, 0x4020940D, 0xC0189436, 0xC028660F, 0x0000660C,  # FICLONE and its kin: what others' files are made of
    0x5412, 0x541C,  # TIOCSTI, TIOCLINUX: typing into a terminal
)  # fmt: skip
RULES_WITH_GPU = (
    *(rule for rule in RULES if rule.numbers["x86_64"] not in (16, 72)),
    Rule({"x86_64": 16, "aarch64": 29}, 1, _HARMFUL_IOCTL),
    Rule({"x86_64": 72, "aarch64": 25}, 1, (*_FCNTL, 1033, 1034), others=True),  # F_ADD_SEALS, F_GET_SEALS
)


def refuse_system_calls(rules: Sequence[Rule]) -> None:
    """Install the filter in this thread, for good, and in all that it starts. Raises `OSError` where it can't be."""
    machine = platform.machine()
    if machine not in MACHINES:
        raise OSError(errno.ENOTSUP, f"the numbers of the system calls of {machine} are not known")
    code = program(machine, rules)
    memory = ctypes.create_string_buffer(code)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header):
        raise OSError(ctypes.get_errno(), f"the filter of system calls: {os.strerror(ctypes.get_errno())}")


def program(machine: str, rules: Sequence[Rule]) -> bytes:
    """The filter for `machine`, eight bytes an instruction: code, how far to jump if so, if not so, value."""
    instructions = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, MACHINES[machine]),
        (_RETURN, 0, 0, _REFUSE),  # of another machine's numbers nothing is known
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for rule in rules:
        if machine in rule.numbers:  # the newer machines never had what only old programs call
            instructions += _instructions(rule, machine)
    return b"".join(struct.pack("HBBI", *instruction) for instruction in [*instructions, (_RETURN, 0, 0, _ALLOW)])


def _instructions(rule: Rule, machine: str) -> list[tuple[int, int, int, int]]:
    """The part of the filter for one rule: with another number in the accumulator it is jumped over."""
    refuse = _ANSWER | rule.error
    one_of_these, one_of_others = (_ALLOW, refuse) if rule.others else (refuse, _ALLOW)
    count = len(rule.these)
    if rule.most is not None:
        body = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * rule.argument), (_AT_LEAST, 0, 1, rule.most + 1)]
        body += [(_RETURN, 0, 0, refuse), (_RETURN, 0, 0, _ALLOW)]
    elif not rule.these:
        body = [(_RETURN, 0, 0, refuse)]
    else:
        # The lower half of the argument: both machines are little-endian, and the kernel too looks at 32 bits of it.
        body = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * rule.argument)]
        body += [(_EQUAL, count - place, 0, value) for place, value in enumerate(rule.these)]
        body += [(_RETURN, 0, 0, one_of_others), (_RETURN, 0, 0, one_of_these)]
    return [(_EQUAL, 0, len(body), rule.numbers[machine]), *body]
