"""The system calls that a submission does not get: whole ones here, single forms of them in `refusals.py`.

Landlock keeps it to its files (`confine.py`), or where a container's kernel has none, the permissions of another user
do; what it could do without opening a file is refused by this filter.
"""

from __future__ import annotations

import errno
from dataclasses import replace

from autograder.worker.refusals import RULES, RULES_WITH_GPU, Rule, refuse_system_calls

_PR_SET_DUMPABLE, _PR_SET_PTRACER, _PR_SET_SECUREBITS, _PR_FUTEX_HASH = 4, 0x59616D61, 28, 78
_PR_SET_SECCOMP, _PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 22, 1, 36
# CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID, CHILD_CLEARTID: the flags of glibc's threads;
# musl's have CLONE_DETACHED, too.
_THREAD = (0x3D0F00, 0x7D0F00)

# On x86-64 and on ARM64; None where the machine does not have it.
_NUMBERS: dict[str, tuple[int, int | None]] = {
    # Nobody is signalled, and nothing is taken from another process, not even from the fork server, whose user it is.
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272), "setpriority": (141, 140),
    "ioprio_set": (251, 30), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # No permissions, times or attributes: the links to the packages are the same user's, and Landlock knows none.
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "utimensat": (280, 88), "futimesat": (261, None), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "setxattrat": (463, 463), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "removexattrat": (466, 466), "file_setattr": (469, 469),
    # Nor are those read of a file that it can't open: a browser notes there where it came from.
    "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "getxattrat": (464, 464),
    "listxattr": (194, 11), "llistxattr": (195, 12), "flistxattr": (196, 13), "listxattrat": (465, 465),
    "file_getattr": (468, 468),
    # No memory that the limit on the address space does not count, and none that outlives it or is shared by a key.
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmctl": (31, 195),
    "shmat": (30, 196), "msgget": (68, 186), "msgctl": (71, 187), "msgrcv": (70, 188), "msgsnd": (69, 189),
    "semget": (64, 190), "semctl": (66, 191), "semtimedop": (220, 192), "semop": (65, 193), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "mq_timedsend": (242, 182), "mq_timedreceive": (243, 183), "mq_notify": (244, 184),
    "mq_getsetattr": (245, 185), "vmsplice": (278, 75), "tee": (276, 77), "io_setup": (206, 0),
    # No file larger than its limit, and none that is kept where nobody looks: in a message that is under way.
    "fallocate": (285, 47), "link": (86, None), "linkat": (265, 37), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "sendfile": (40, 71), "splice": (275, 76),
    # Nothing is noted in the cache of the files that all can read, locked, or asked of the disk.
    "fadvise64": (221, 223), "mincore": (27, 232), "cachestat": (451, 451), "readahead": (187, 213),
    "preadv2": (327, 286), "flock": (73, 32), "sync": (162, 81), "syncfs": (306, 267),
    # No socket, and no looking at what happens in folders that it can't open.
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "setsockopt": (54, 208), "inotify_init": (253, None),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262), "statmount": (457, 457), "listmount": (458, 458),
    # No other view of the system, and none of the doors to the kernel that only its administrators need.
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "userfaultfd": (323, 282), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428), "open_tree_attr": (467, 467),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "sethostname": (170, 161), "setdomainname": (171, 162), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "ioperm": (173, None),
    "iopl": (172, None), "quotactl": (179, 60), "quotactl_fd": (443, 443), "acct": (163, 89), "personality": (135, 92),
    "lookup_dcookie": (212, 18), "nfsservctl": (180, 42), "syslog": (103, 116), "modify_ldt": (154, None),
}  # fmt: skip


def _numbers(x86_64: int, aarch64: int | None) -> dict[str, int]:
    return {"x86_64": x86_64} | ({} if aarch64 is None else {"aarch64": aarch64})


_AS_IF_DONE = ("chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimes", "utimensat", "futimesat")  # by copying
_READ_ATTRIBUTES = [name for name in _NUMBERS if "getxattr" in name or "listxattr" in name or name == "file_getattr"]
# Libraries do without on file systems that can't: the C library writes, HDF5 locks nothing, copies have no attributes.
_ERRORS = {"fallocate": errno.EOPNOTSUPP, "flock": errno.ENOSYS} | dict.fromkeys(_AS_IF_DONE, 0)
_ERRORS |= dict.fromkeys(_READ_ATTRIBUTES, errno.EOPNOTSUPP)
WHOLE = {name: Rule(_numbers(*numbers), error=_ERRORS.get(name, errno.EPERM)) for name, numbers in _NUMBERS.items()}
_PRCTL = Rule(_numbers(157, 167), 0, (_PR_SET_DUMPABLE, _PR_SET_PTRACER, _PR_SET_SECUREBITS, _PR_FUTEX_HASH))
# One rule a number: the first that fits decides.
ALWAYS = (*WHOLE.values(), *RULES, _PRCTL)
# What NVIDIA's driver does not start without: files in memory, where no limit counts memory then anyway, and a socket,
# at which it listens for processes that share a GPU's memory. It is of one kind alone, and nobody is accepted.
_NEEDED_BY_GPU = ("memfd_create", "socket", "setsockopt", "bind", "listen")
_AF_UNIX, _SO_REUSEADDR, _SO_PASSCRED = 1, 2, 16
_SEQPACKETS = (0x5, 0x5 | 0x800, 0x5 | 0x80000, 0x5 | 0x80800)  # SOCK_SEQPACKET, with SOCK_NONBLOCK and SOCK_CLOEXEC
ALWAYS_WITH_GPU = (
    *(rule for name, rule in WHOLE.items() if name not in _NEEDED_BY_GPU),
    *RULES_WITH_GPU,
    replace(WHOLE["socket"], argument=0, these=(_AF_UNIX,), others=True),
    replace(WHOLE["setsockopt"], argument=2, these=(_SO_REUSEADDR, _SO_PASSCRED), others=True),
    _PRCTL,
)
# A second filter, as each looks at one argument of a call: of two, the stricter decides.
ALSO_WITH_GPU = (replace(WHOLE["socket"], argument=1, these=_SEQPACKETS, others=True),)
# Threads are made, in the way of the library, which shares all that is counted; processes are not. The library falls
# back from clone3, whose flags can't be seen, to clone.
NO_PROCESSES = (
    Rule(_numbers(56, 220), 0, _THREAD, others=True, error=errno.EAGAIN),  # clone
    Rule(_numbers(435, 435), error=errno.ENOSYS),  # clone3
    Rule(_numbers(57, None), error=errno.EAGAIN),  # fork
    Rule(_numbers(58, None), error=errno.EAGAIN),  # vfork
    Rule(_numbers(59, 221), error=errno.EACCES),  # execve
    Rule(_numbers(322, 281), error=errno.EACCES),  # execveat
    # Nor does a child build what this module builds: filters and rules keep files, memory, and lines of a log.
    Rule(_numbers(317, 277)),  # seccomp
    Rule(_numbers(444, 444)),  # landlock_create_ruleset
    Rule(_numbers(445, 445)),  # landlock_add_rule
    Rule(_numbers(446, 446)),  # landlock_restrict_self
    Rule(_numbers(157, 167), 0, (_PR_SET_SECCOMP, _PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER)),  # prctl
)


def forbid(gpu: bool) -> None:
    """Take from this process, for good, what a submission must not have; it may still fork."""
    refuse_system_calls(ALWAYS_WITH_GPU if gpu else ALWAYS)
    if gpu:
        refuse_system_calls(ALSO_WITH_GPU)


def forbid_processes() -> None:
    """In a child, last of all: start no process and no program from here on, and forbid itself nothing more."""
    refuse_system_calls(NO_PROCESSES)
