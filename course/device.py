"""Where TensorFlow computes, and how to share a GPU with others."""

from __future__ import annotations

import contextlib
import os


def use_gpu_politely() -> str:
    """Take GPU memory as it is needed instead of all of it at once, and say where TensorFlow computes.

    Call it before the first tensor is made. It starts TensorFlow's device list, so it is never called by an import.

    Returns:
        The names of the GPUs, such as `"NVIDIA H200"`, or `"CPU, 2 cores"` where TensorFlow sees no GPU.
    """
    import tensorflow as tf

    names = []
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # raised where TensorFlow has taken the memory already
            tf.config.experimental.set_memory_growth(gpu, True)
        names.append(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name))
    return ", ".join(names) or f"CPU, {usable_cores()} cores"


def usable_cores() -> int:
    """How many cores this process may use, which is fewer than the machine has where a limit is set."""
    if hasattr(os, "sched_getaffinity"):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
