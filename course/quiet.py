"""TensorFlow's start without its log: what it prints before anything can be configured says nothing to our users."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_start() -> Iterator[None]:
    """Keep what is written to standard error, by C++ code too, out of sight; an exception brings it to light.

    It works in a terminal and in a Jupyter kernel, whose `sys.stderr` is not file descriptor 2: there Python's own
    warnings are still seen. Whoever interrupts or leaves the start is not shown the log.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # for what TensorFlow says after its start
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except Exception:
            sys.stderr.flush()
            log.seek(0)
            written = log.read()
            while written:
                written = written[os.write(shown, written) :]
            raise
        finally:
            sys.stderr.flush()
            os.dup2(shown, 2)
            os.close(shown)
