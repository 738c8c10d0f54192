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
# What NVIDIA's driver looks at when it starts; of /proc a child then keeps that, too.
GPU_READABLE = ("/sys/bus/pci/devices", "/sys/devices", "/sys/module/nvidia")
GPU_PROC_FILES = tuple(f"/proc/{name}" for name in ("driver/nvidia", "driver/nvidia-uvm", "devices", "modules"))
GPU_DEVICES = ("nvidia*", "dxg")  # in /dev; the second is Windows' own in its Linux
# It names its threads, each by a file there, and does not start where that is refused. Of all processes' files the
# fork server leaves that open, and each child closes all but its own.
NAMES_OF_THREADS = "/proc"
OWN_NAMES_OF_THREADS = "/proc/self/task"
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
