"""What keeps a submission in check where no sandbox does: its user has no files, and a filter of system calls.

For a container that is root's and whose kernel offers no Landlock. There the fork server runs as a user that nobody
is: files are kept from it by their permissions, processes by their owners. What is left to it is refused here.
"""

from __future__ import annotations

import ctypes
import errno

from autograder.worker.refusals import Rule, refuse_system_calls

_PR_SET_DUMPABLE = 4
_CLONE_THREAD = 0x10000

# On x86-64 and on ARM64; None where the machine does not have it.
_NUMBERS: dict[str, tuple[int, int | None]] = {
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None),
    "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88),
    "futimesat": (261, None), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "setxattrat": (463, 463), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "removexattrat": (466, 466), "file_setattr": (469, 469), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "io_uring_setup": (425, 425), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280),
    "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "userfaultfd": (323, 282),
}  # fmt: skip


def _numbers(x86_64: int, aarch64: int | None) -> dict[str, int]:
    return {"x86_64": x86_64} | ({} if aarch64 is None else {"aarch64": aarch64})


ALWAYS = (
    *(Rule(_numbers(*numbers)) for numbers in _NUMBERS.values()),
    Rule(_numbers(157, 167), 0, (_PR_SET_DUMPABLE,)),  # prctl
)
# Threads are made, processes are not. The library falls back from clone3, whose flags can't be seen, to clone.
NO_PROCESSES = (
    Rule(_numbers(56, 220), 0, bit=_CLONE_THREAD, error=errno.EAGAIN),  # clone
    Rule(_numbers(435, 435), error=errno.ENOSYS),  # clone3
    Rule(_numbers(57, None), error=errno.EAGAIN),  # fork
    Rule(_numbers(58, None), error=errno.EAGAIN),  # vfork
    Rule(_numbers(59, 221), error=errno.EACCES),  # execve
    Rule(_numbers(322, 281), error=errno.EACCES),  # execveat
)
_is_alone = False


def be_alone() -> None:
    """Take from this process, for good, what a submission must not have; it may still fork."""
    global _is_alone
    # Its memory and descriptors are closed to the children, whose user is the same.
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process can't be closed to others of its user")
    refuse_system_calls(ALWAYS)
    _is_alone = True


def after_fork() -> None:
    """In a child: start no process from here on. Does nothing where a sandbox sees to that."""
    if _is_alone:
        refuse_system_calls(NO_PROCESSES)
