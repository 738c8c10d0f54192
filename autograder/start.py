"""Start TensorFlow in a process that computes with it and never forks."""

from __future__ import annotations

import logging

from course.quiet import quiet_start


def start_tensorflow() -> None:
    """Import TensorFlow and run one operation, which is when it looks for devices and talks about them."""
    # CleverHans' functions are traced anew for every network of a case: a warning that nobody here can act on.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with quiet_start():
        import tensorflow as tf

        tf.constant(0)
