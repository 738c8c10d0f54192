"""The fork server inside the sandbox: imports TensorFlow once, then forks a fresh child for every submission.

It may import and hold data, but must not run one TensorFlow operation: TensorFlow's threads do not survive a fork,
and every child would hang for ever (measured: 15 of 15 forks hung after one operation, 200 of 200 worked without).
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import tempfile
from typing import Any

from autograder.worker import child
from autograder.worker.boundary import end_with_the_parent, enter, enter_as_a_child
from autograder.worker.forbidden import forbid
from autograder.worker.wire import Channel, ClosedError


def main() -> None:
    """Serve the control channel on standard input until it closes; the second argument says how to be confined."""
    control = socket.socket(fileno=os.dup(0))
    forbid(gpu=enter(sys.argv[2])["gpu"])
    _import_what_submissions_need()
    # What was imported is never looked through for garbage again: in a child, looking copies the page.
    gc.collect()
    gc.freeze()
    channel = Channel(control)
    channel.send({"ready": True})
    while True:
        try:
            message = channel.receive()
        except ClosedError:
            return
        done = {"pid": _fork(control, message)} if message["do"] == "fork" else _reap(message["pid"])
        channel.send({**done, "number": message["number"]})


def _import_what_submissions_need() -> None:
    import keras  # noqa: F401
    import scipy.ndimage  # noqa: F401
    import tensorflow  # noqa: F401
    from tensorflow.python.eager import context
    from tensorflow.python.framework import kernels, op_def_registry
    from tensorflow.python.util import pywrap_xla_ops

    import course.measures
    import course.networks  # noqa: F401

    # What TensorFlow registers when it is first used, and what needs no thread: done here, no child has to do it.
    op_def_registry.get("NoOp")
    kernels.get_registered_kernels_for_op("NoOp")
    pywrap_xla_ops.get_cpu_kernel_names()
    if context.context()._initialized:
        raise RuntimeError("TensorFlow is initialised before the fork: every child would hang")


def _fork(control: socket.socket, message: dict[str, Any]) -> int:
    """Fork a child that serves the socket whose descriptor comes with the next message; returns its pid."""
    _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    pid = os.fork()
    if pid:
        os.close(descriptors[0])
        return pid
    try:
        _be_a_child(descriptors[0], message)
    finally:
        os._exit(1)


def _be_a_child(descriptor: int, message: dict[str, Any]) -> None:
    end_with_the_parent()
    child.close_other_files(descriptor)
    os.chdir(message["folder"])
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), message["folder"]))
    tempfile.tempdir = message["folder"]  # the fork server has looked already: AutoGraph writes what it makes there
    child.limit_resources(message["limits"])
    channel = Channel(socket.socket(fileno=descriptor))
    try:
        enter_as_a_child(message["files"])
    except OSError as error:
        channel.send({"unconfined": str(error)})
        return
    if message["gpu"]:
        from course.device import use_gpu_politely

        use_gpu_politely()
    channel.send({"ready": True})
    child.Child(channel).serve()
    os._exit(0)


def _reap(pid: int) -> dict[str, int]:
    """Wait for the child, which the grader has just killed, and say how it ended."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"exit": -1, "signal": os.WTERMSIG(status)}
    return {"exit": os.WEXITSTATUS(status), "signal": 0}
