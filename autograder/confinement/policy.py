"""What a submission may open beside the packages, and finds in its environment."""

from __future__ import annotations

SYSTEM_PATHS = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
    "/proc", "/sys/devices/system/cpu", "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip
# Of /proc a child gets this and its own part: not what other processes are called and what they were started with.
PROC_FILES = (
    *(f"/proc/{name}" for name in ("cpuinfo", "meminfo", "stat", "filesystems", "sys/vm", "sys/kernel/osrelease")),
    *(f"/proc/self/{name}" for name in ("cmdline", "fd", "limits", "maps", "stat", "statm", "status")),
)
GPU_READABLE = (
    "/proc/driver/nvidia",
    "/proc/devices",
    "/proc/modules",
    "/sys/bus/pci/devices",
    "/sys/devices",
    "/sys/module/nvidia",
)
GPU_DEVICES = ("nvidia*", "dri")  # in /dev
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
