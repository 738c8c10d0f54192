"""What a submission may read of the system, must not ask the kernel for, and finds in its environment."""

from __future__ import annotations

SYSTEM_PATHS = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
    "/proc", "/sys/devices/system/cpu", "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip
# A submission signals nobody and takes nothing from another process, not even from the fork server, whose user it
# shares; it changes no permissions, since the links to the packages are the same user's too; and memory files, which
# would escape the limit on its address space, are not to be had.
DENIED_SYSTEM_CALLS = [
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal", "pidfd_open", "pidfd_getfd",
    "process_vm_readv", "process_vm_writev", "kcmp", "setpriority", "ioprio_set", "sched_setaffinity",
    "sched_setscheduler", "sched_setparam", "sched_setattr", "migrate_pages", "move_pages",
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat",
    "utime", "utimes", "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat",
    "removexattr", "lremovexattr", "fremovexattr", "removexattrat", "file_setattr", "memfd_create", "memfd_secret",
]  # fmt: skip
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # The cases' networks are small: a child's time goes into starting TensorFlow's operations, not into running them.
    # oneDNN's take longer to start, and the matrix products that it writes for AVX-512 three times as long as those
    # for AVX2; and symbols that the fork server has resolved need not be by every child.
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "LD_BIND_NOW": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
}
