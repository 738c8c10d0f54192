"""A warm worker: one sandboxed fork server with TensorFlow imported, and a fresh child for every submission."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from autograder.errors import GraderError
from autograder.sandbox import Confined, Sandbox
from autograder.worker.wire import Channel, ClosedError, WireError

START_SECONDS = 180
CONTROL_SECONDS = 20
GIGABYTE = 1 << 30


@dataclass
class ChildProcess:
    """A process that holds one submission. `folder` is its scratch, the only place where it can write."""

    pid: int
    channel: Channel
    folder: Path


@dataclass(frozen=True)
class Ending:
    """How a child ended: by `os._exit(exit)`, or by a signal (0 when by none)."""

    exit: int
    signal: int

    def __str__(self) -> str:
        if self.signal == signal.SIGXCPU:
            return "the time limit of the processor"
        if self.signal:
            known = {number.value: number.name for number in signal.Signals}
            return f"signal {known.get(self.signal, self.signal)}"
        return f"an exit with status {self.exit}"


class Worker:
    """A sandboxed fork server. A context manager: leaving it ends every process it started."""

    def __init__(self, sandbox: Sandbox, cpu_seconds: int) -> None:
        self._sandbox = sandbox
        self._cpu_seconds = cpu_seconds
        self._home = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._confined: Confined | None = None
        self._forks = 0

    def __enter__(self) -> Worker:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fork(self) -> ChildProcess:
        """A fresh child with an empty scratch folder. A fork server that died is started again first."""
        try:
            return self._fork()
        except (ClosedError, WireError, TimeoutError):
            self._start()
            return self._fork()

    def end(self, child: ChildProcess) -> Ending:
        """Kill the child, reap it, wipe what it wrote, and say how it ended (if it had not ended, by SIGKILL)."""
        child.channel.close()
        assert self._confined is not None
        try:
            # A child is reaped by its fork server only when told to, below: until then its pid is its own. Whatever
            # number the sandbox gave, nothing outside it is ever killed.
            if child.pid not in self._confined.pids():
                raise ClosedError
            os.kill(child.pid, signal.SIGKILL)
            deadline = time.monotonic() + CONTROL_SECONDS
            self._confined.channel.send({"do": "reap", "pid": child.pid}, deadline)
            status = self._confined.channel.receive(deadline)["status"]
            ending = Ending(status["exit"], status["signal"])
        except (ClosedError, WireError, TimeoutError, ProcessLookupError):
            self._stop()
            ending = Ending(-1, signal.SIGKILL)
        wipe(self._home / "scratch")
        return ending

    def restart(self) -> None:
        """A new fork server: nothing of what happened in the old one is left."""
        self._start()

    def close(self) -> None:
        """End the fork server and its child, and remove the folder."""
        self._stop()
        wipe(self._home)
        shutil.rmtree(self._home, ignore_errors=True)

    def _start(self) -> None:
        self._stop()
        wipe(self._home)
        self._confined = self._sandbox.start(self._home, "zygote")
        try:
            self._confined.channel.receive(time.monotonic() + START_SECONDS)
        except (ClosedError, WireError, TimeoutError):
            self._stop()
            raise GraderError(f"The worker did not start: {self._confined_complaint()}") from None

    def _stop(self) -> None:
        if self._confined is not None:
            self._confined.end()

    def _confined_complaint(self) -> str:
        return self._confined.complaint() if self._confined else "it never ran"

    def _fork(self) -> ChildProcess:
        assert self._confined is not None
        self._forks += 1
        folder = self._home / "scratch" / str(self._forks)
        folder.mkdir()
        ours, theirs = socket.socketpair()
        control = self._confined.channel
        deadline = time.monotonic() + CONTROL_SECONDS
        order = {"do": "fork", "folder": str(folder), "gpu": self._sandbox.gpu, "limits": self._limits()}
        try:
            control.send(order, deadline)
            socket.send_fds(control.connection, [b"."], [theirs.fileno()])
            pid = control.receive(deadline)["pid"]
        except OSError:
            raise ClosedError from None
        finally:
            theirs.close()
        return ChildProcess(pid, Channel(ours), folder)

    def _limits(self) -> dict[str, int]:
        limits = {"cpu_seconds": self._cpu_seconds, "file_size": 64 << 20, "open_files": 256}
        if not self._sandbox.gpu:  # CUDA reserves more addresses than any limit that would protect
            limits["address_space"] = 8 * GIGABYTE
        return limits


def wipe(folder: Path) -> None:
    """Empty `folder`, whatever a submission did to make that hard: no permissions, very deep trees, odd names."""
    entries = [str(entry) for entry in folder.iterdir()]
    if not entries:
        return
    # rm and chmod walk without recursion; shutil.rmtree stops at Python's recursion limit.
    subprocess.run(["rm", "-rf", "--", *entries], check=False, stderr=subprocess.DEVNULL)
    left = [entry for entry in entries if os.path.lexists(entry)]
    if left:
        subprocess.run(["chmod", "-R", "u+rwX", "--", *left], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", "--", *left], check=True)
