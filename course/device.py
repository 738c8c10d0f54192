"""Where TensorFlow computes, and how to share a GPU with others."""

from __future__ import annotations

import contextlib
import os


def use_gpu_politely() -> str:
    """Take GPU memory as it is needed instead of all of it at once, and say where TensorFlow computes.

    A GPU then multiplies as `compute_in_float32` says. Call it before the first tensor is made. It starts TensorFlow's
    device list, so it is never called by an import.

    Returns:
        The names of the GPUs, such as `"NVIDIA H200"`, or `"CPU, 2 cores"` where TensorFlow sees no GPU.
    """
    import tensorflow as tf

    compute_in_float32()
    names = []
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # raised where TensorFlow has taken the memory already
            tf.config.experimental.set_memory_growth(gpu, True)
        names.append(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name))
    return ", ".join(names) or f"CPU, {usable_cores()} cores"


def compute_in_float32() -> None:
    """Have a GPU multiply in float32 and add in the same order every time, as a CPU does.

    TensorFlow lets NVIDIA's GPUs since Ampere round what they multiply to TensorFloat-32, with 10 bits of a mantissa
    instead of 23: a gradient is then off by a thousandth, and so is the sign of what is smaller than that. The
    course's tolerances are derived for float32. It starts no device.
    """
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)
    os.environ.setdefault("TF_CUDNN_DETERMINISTIC", "1")  # read at the first convolution


def usable_cores() -> int:
    """How many cores this process may use, which is fewer than the machine has where a limit is set."""
    if hasattr(os, "sched_getaffinity"):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
