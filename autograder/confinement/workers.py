"""A warm worker: one sandboxed fork server with TensorFlow imported, and a fresh child for every submission."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.confinement.homes import Home, sweep, wipe
from autograder.confinement.sandbox import Confined, Sandbox
from autograder.confinement.watch import MAX_FILE, Watch
from autograder.errors import GraderError
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
    watch: Watch


@dataclass(frozen=True)
class Ending:
    """How a child ended: by `os._exit(exit)`, by a signal (0 when by none), or by us for an `excess`."""

    exit: int
    signal: int
    excess: str = ""

    @property
    def kind(self) -> str:
        """The kind of error that this is to whoever waited for an answer."""
        if self.excess:
            return "resource limit"
        return "time limit" if self.signal == signal.SIGXCPU else "crash"

    def __str__(self) -> str:
        if self.excess:
            return f"Its process was ended: {self.excess}."
        if self.signal == signal.SIGXCPU:
            return "Its process was ended: it used up its time on the processor."
        if self.signal == signal.SIGKILL:
            return "Its process ended before it had answered: the code ended it, or the machine's memory ran out."
        if self.signal:
            known = {number.value: number.name for number in signal.Signals}
            return f"The code ended its own process by signal {known.get(self.signal, self.signal)}."
        return f"The code ended its own process by an exit with status {self.exit}."


class Worker:
    """A sandboxed fork server. A context manager: leaving it ends every process it started.

    Entering it waits for nothing: the fork server imports TensorFlow while its user does other things.
    """

    def __init__(self, sandbox: Sandbox, cpu_seconds: int) -> None:
        self._sandbox = sandbox
        self._cpu_seconds = cpu_seconds
        self._home = Home()
        self._confined: Confined | None = None
        self._orders = 0
        self._ready = False

    def __enter__(self) -> Worker:
        sweep()
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

    def wait_until_ready(self) -> None:
        """Wait for the fork server. Raises `GraderError` when it did not start."""
        if self._ready:
            return
        assert self._confined is not None
        try:
            self._confined.channel.receive(time.monotonic() + START_SECONDS)
        except TimeoutError:
            self._stop()
            told = f"The worker did not start in {START_SECONDS} seconds: is the machine busy with something else?"
            raise GraderError(told) from None
        except (ClosedError, WireError):
            self._stop()
            raise GraderError(f"The worker did not start: {self._confined.complaint}") from None
        self._sandbox.take_back(self._home.path / "scratch")
        self._ready = True

    def fork(self) -> ChildProcess:
        """A fresh child with an empty scratch folder. A fork server that died is started again first.

        Raises `GraderError` when none can be had: no code of a student's has run in it.
        """
        try:
            return self._fork()
        except (ClosedError, WireError, TimeoutError):
            self._start()
        try:
            return self._fork()
        except (ClosedError, WireError, TimeoutError) as error:
            raise GraderError(f"No process can be had for a submission: {error or type(error).__name__}.") from None

    def end(self, child: ChildProcess) -> Ending:
        """Kill the child, reap it, wipe what it wrote, and say how it ended (if it had not ended, by SIGKILL)."""
        child.watch.stop()
        child.channel.close()
        try:
            self._signal(child.pid, signal.SIGKILL)
            reply = self._ask({"do": "reap", "pid": child.pid}, "exit", "signal")
            ending = Ending(reply["exit"], reply["signal"], child.watch.excess)
        except (ClosedError, WireError, TimeoutError, ProcessLookupError):
            self._stop()
            ending = Ending(-1, signal.SIGKILL, child.watch.excess)
        self._sandbox.clean_up()
        scratch = self._home.path / "scratch"
        if wipe(scratch):
            self._sandbox.take_back(scratch)
        else:
            self._stop()  # the next fork starts again, in a folder that nobody has spoilt
            self._home.remove()
            self._home = Home()
        return ending

    def _signal(self, pid: int, number: int) -> None:
        """Signal a child. Raises `ClosedError` when it is none: nothing outside the sandbox is ever signalled.

        A child is reaped by its fork server only when told to: until then its pid is its own.
        """
        if self._confined is None or pid not in self._confined.pids():
            raise ClosedError
        os.kill(pid, number)

    def restart(self) -> None:
        """A new fork server: nothing of what happened in the old one is left."""
        self._start()

    def close(self) -> None:
        """End the fork server and its child, and remove the folder."""
        self._stop()
        self._home.remove()

    def _start(self) -> None:
        self._stop()
        if not wipe(self._home.path):
            self._home.remove()
            self._home = Home()
        self._confined = self._sandbox.start(self._home.path, "zygote")
        self._ready = False

    def _stop(self) -> None:
        if self._confined is not None:
            self._confined.end()

    def _fork(self) -> ChildProcess:
        self.wait_until_ready()
        folder = self._home.path / "scratch" / str(self._orders)
        folder.mkdir(parents=True)
        self._sandbox.hand_over(folder)
        ours, theirs = socket.socketpair()
        channel = Channel(ours)
        assert self._confined is not None
        order = {
            "do": "fork",
            "folder": str(folder),
            "files": self._confined.files_of_a_child(folder),
            "gpu": self._sandbox.gpu,
            "limits": self._limits(),
        }
        try:
            with theirs:  # closed before anything is awaited from the other end
                pid = self._ask(order, "pid", descriptor=theirs.fileno())["pid"]
            _let_it_die_first(pid)
            started = channel.receive(time.monotonic() + CONTROL_SECONDS)
            if started != {"ready": True}:
                raise ClosedError(f"it said {started!r:.300}")
        except BaseException:
            channel.close()
            raise

        def signal_it(number: int) -> None:
            with contextlib.suppress(ClosedError, ProcessLookupError):
                self._signal(pid, number)

        return ChildProcess(pid, channel, folder, Watch(pid, folder, signal_it))

    def _ask(self, order: dict[str, Any], *names: str, descriptor: int | None = None) -> dict[str, int]:
        """Give the fork server an order, and return the integers `names` of its reply.

        Raises `WireError` for any other reply, be it to another order or of another shape, `ClosedError` for none.
        """
        assert self._confined is not None
        self._orders += 1
        control = self._confined.channel
        deadline = time.monotonic() + CONTROL_SECONDS
        try:
            control.send({**order, "number": self._orders}, deadline)
            if descriptor is not None:
                socket.send_fds(control.connection, [b"."], [descriptor])
            reply = control.receive(deadline)
        except OSError:
            raise ClosedError from None
        if not isinstance(reply, dict) or any(type(reply.get(name)) is not int for name in ("number", *names)):
            raise WireError("a reply of the fork server that is none")
        if reply["number"] != self._orders:
            raise WireError("a reply of the fork server to another order")
        return reply

    def _limits(self) -> dict[str, int]:
        limits = {"cpu_seconds": self._cpu_seconds, "file_size": MAX_FILE, "open_files": 256}
        if not self._sandbox.gpu:  # CUDA reserves more addresses than any limit that would protect
            limits["address_space"] = 8 * GIGABYTE
        return limits


def _let_it_die_first(pid: int) -> None:
    """Have the kernel end this process before any other when memory runs out; the process can't undo it."""
    with contextlib.suppress(OSError):  # it is gone, or /proc is not to be written here
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000", encoding="ascii")
