"""How a process of ours starts TensorFlow."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from course.device import use_gpu_politely
from course.quiet import quiet_start

EXTRAS_OF_KERAS = ("sklearn", "pandas", "matplotlib")


@contextmanager
def without_extras_of_keras() -> Iterator[None]:
    """Have Keras start without what it imports only where it is installed, for wrappers and pictures: half of its time.

    Whoever imports one of these packages afterwards gets it.
    """
    hidden = [name for name in EXTRAS_OF_KERAS if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it then raises ImportError
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def import_keras() -> None:
    """Import Keras and TensorFlow without their talk and what grading has no use for; before all that imports them."""
    with quiet_start(), without_extras_of_keras():
        import keras  # noqa: F401


def start_tensorflow() -> None:
    """Import TensorFlow and run one operation, which is when it looks for devices and talks about them.

    For a process that computes with it and never forks.
    """
    import_keras()
    # CleverHans' functions are traced anew for every network of a case: a warning that nobody here can act on.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with quiet_start():
        import tensorflow as tf

        use_gpu_politely()
        tf.constant(0)
