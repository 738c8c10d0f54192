"""Start TensorFlow in a process that computes with it and never forks."""

from __future__ import annotations

from course.quiet import quiet_start


def start_tensorflow() -> None:
    """Import TensorFlow and run one operation, which is when it looks for devices and talks about them."""
    with quiet_start():
        import tensorflow as tf

        tf.constant(0)
