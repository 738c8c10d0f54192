"""The machine that grades: where it computes, and how many workers it can take."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

from course.device import usable_cores, use_gpu_politely
from course.quiet import quiet_start

GPU_NODES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
WORKER_BYTES = 4 << 30
"""What a worker needs: about 2 GB for itself, and as much again for what a submission may want."""

SUBMISSIONS_PER_WORKER = 8
"""A worker's start takes as long as grading so many: for fewer none is started."""


def device_name() -> str:
    """Where TensorFlow computes here, without importing it where there can be no GPU."""
    if not any(map(os.path.exists, GPU_NODES)):
        return f"CPU, {usable_cores()} cores"
    with quiet_start():
        return use_gpu_politely()


def usable_memory() -> int:
    """How many bytes of memory the processes here may use together."""
    limit = psutil.virtual_memory().total
    with contextlib.suppress(OSError, ValueError):  # no limit is set
        limit = min(limit, int(CGROUP_LIMIT.read_text(encoding="ascii")))
    return int(limit)


def worker_count(submissions: int, wanted: int | None = None) -> int:
    """How many workers to start: `wanted`, or as many as cores and memory allow; never more than there is to do."""
    if wanted is None:
        allowed = min(usable_cores(), usable_memory() // WORKER_BYTES, -(-submissions // SUBMISSIONS_PER_WORKER))
    else:
        allowed = min(wanted, submissions)
    return max(1, allowed)
