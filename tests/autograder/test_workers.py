"""Workers: what a fork server may reply, what a child may keep, and that no folder stays behind."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import autograder.confinement.watch
from autograder.confinement import homes, workers
from autograder.confinement.homes import Home, sweep, wipe
from autograder.confinement.relay import Relay
from autograder.confinement.sandbox import Sandbox
from autograder.confinement.watch import MANY_THREADS, MAX_BYTES, MAX_ENTRIES, MAX_THREADS, Watch, excess_of, is_ending
from autograder.confinement.workers import Ending, Worker
from autograder.week import ROOT
from autograder.worker.wire import Channel, ClosedError, WireError
from tests.autograder.conftest import busy_processes


class FakeConfined:
    """A sandbox whose fork server replies what the test wants."""

    def __init__(self, reply: Callable[[Any], Any]) -> None:
        ours, theirs = workers.socket.socketpair()
        self.channel, self._theirs, self._reply = Channel(ours), Channel(theirs), reply
        self.channel.receive = self._receive  # type: ignore[method-assign]

    def _receive(self, deadline: float | None = None) -> Any:
        return self._reply(self._theirs.receive(deadline))


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        "pid",
        {},
        {"number": 1},
        {"number": 1, "pid": None},
        {"number": 1, "pid": "4"},
        {"number": 1, "pid": True},
        {"number": 1, "pid": 4.0},
        {"number": 1, "pid": [4]},
        {"number": True, "pid": 4},
        {"number": 0, "pid": 4},
        {"number": 2, "pid": 4},
        {"pid": 4},
    ],
)
def test_a_reply_of_another_shape_or_to_another_order_is_a_wire_error(reply: Any) -> None:
    worker = Worker(Sandbox("x"), 60)
    try:
        worker._confined = FakeConfined(lambda order: reply)  # type: ignore[assignment]
        with pytest.raises(WireError):
            worker._ask({"do": "reap", "pid": 4}, "pid")
    finally:
        worker._confined = None
        worker.close()


def test_a_fork_server_that_replies_nonsense_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with Worker(Sandbox("x", confined=False), 60) as worker:
        ask, first = worker._ask, []

        def nonsense_first(order: dict[str, Any], *names: str, descriptor: int | None = None) -> dict[str, int]:
            reply = ask(order, *names, descriptor=descriptor)
            if not first:
                first.append(reply)
                raise WireError("nonsense")
            return reply

        monkeypatch.setattr(worker, "_ask", nonsense_first)
        child = worker.fork()
        assert child.pid != first[0]["pid"]
        assert not worker.end(child).excess


def test_an_ending_is_told_whatever_its_number() -> None:
    assert "by signal 35." in str(Ending(-1, 35))  # a real-time signal has no name
    assert "by signal SIGSEGV." in str(Ending(-1, signal.SIGSEGV))
    assert "or the machine's memory ran out" in str(Ending(-1, signal.SIGKILL))
    assert "by an exit with status 3." in str(Ending(3, 0))
    assert str(Ending(-1, 9, "it wrote too much")) == "Its process was ended: it wrote too much."


def test_who_uses_up_the_processor_is_told_so_and_not_of_a_signal() -> None:
    with Worker(Sandbox("x", confined=False), cpu_seconds=1) as worker:
        child = worker.fork()
        load = {"do": "load", "name": "endless", "source": b"while True: pass", "functions": [], "number": 0}
        child.channel.send(load)
        with pytest.raises(ClosedError):
            child.channel.receive(time.monotonic() + 30)
        ending = worker.end(child)
    assert (ending.signal, ending.kind) == (signal.SIGXCPU, "time limit")
    assert str(ending) == "Its process was ended: it used up its time on the processor."


def test_wipe_says_when_it_can_not_empty_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stuck").touch()
    monkeypatch.setattr(homes.subprocess, "run", lambda *_, **__: None)
    assert not wipe(tmp_path)
    monkeypatch.undo()
    tmp_path.chmod(0)
    assert wipe(tmp_path)
    assert wipe(tmp_path / "missing")


def test_a_folder_that_can_not_be_emptied_is_left_for_a_fresh_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with Worker(Sandbox("x", confined=False), 60) as worker:
        child = worker.fork()
        monkeypatch.setattr(workers, "wipe", lambda folder: False)
        worker.end(child)
        monkeypatch.undo()
        other = worker.fork()
        assert other.folder.parent != child.folder.parent
        assert other.folder.is_dir()
        worker.end(other)


def open_files(folder: Path, count: int, deleted: bool = False) -> list[Any]:
    files = []
    for number in range(count):
        files.append((folder / f"{number}").open("wb+"))
        files[-1].write(bytes(1 << 20))
        files[-1].flush()
        if deleted:
            (folder / f"{number}").unlink()
    return files


@pytest.mark.parametrize("deleted", [False, True])
def test_files_are_counted_whether_they_have_a_name_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deleted: bool
) -> None:
    monkeypatch.setattr(autograder.confinement.watch, "MAX_BYTES", 4 << 20)
    assert excess_of(os.getpid(), tmp_path) == ""
    files = open_files(tmp_path, 5, deleted)
    assert "it wrote more than" in excess_of(os.getpid(), tmp_path)
    for file in files:
        file.close()


def test_deleted_files_in_memory_are_counted_as_the_largest(tmp_path: Path) -> None:
    files = open_files(tmp_path, 5, deleted=True)
    maps = [mmap.mmap(file.fileno(), mmap.PAGESIZE) for file in files[:3]]
    maps += [mmap.mmap(files[0].fileno(), mmap.PAGESIZE, offset=mmap.PAGESIZE)]  # of one that is counted
    assert excess_of(os.getpid(), tmp_path) == ""
    maps += [mmap.mmap(file.fileno(), mmap.PAGESIZE) for file in files[3:]]
    for file in files:
        file.close()
    assert "it wrote more than" in excess_of(os.getpid(), tmp_path)
    for one in maps:
        one.close()
    assert excess_of(os.getpid(), tmp_path) == ""


HEADLESS = """
import ctypes, platform, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("ready", flush=True)
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
"""


def test_a_process_whose_main_thread_ended_is_an_excess(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HEADLESS], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    watch = Watch(process.pid, tmp_path, process.send_signal)
    assert process.wait(timeout=20) == -signal.SIGKILL
    watch.stop()
    assert watch.excess == "its main thread ended, and others went on"


ENDING = """
import os, sys, threading, time
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
for _ in range(100):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
sys.stdin.readline()
os._exit(3)
"""


def test_a_process_that_ends_slowly_is_no_excess(tmp_path: Path) -> None:
    """Its threads run only when nobody else wants a core, and somebody does: its main thread is gone long before."""
    with busy_processes(2 * (os.cpu_count() or 1)):
        for _ in range(5):
            ending = subprocess.Popen([sys.executable, "-c", ENDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert ending.stdout is not None
            ending.stdout.readline()
            watch = Watch(ending.pid, tmp_path, ending.send_signal)
            ending.communicate(b"end\n", timeout=60)
            watch.stop()
            assert (watch.excess, ending.returncode) == ("", 3)


def test_a_memory_in_too_many_pieces_is_an_excess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autograder.confinement.watch, "MAX_MAPS", 100)
    assert "it wrote more than" in excess_of(os.getpid(), tmp_path)
    assert excess_of(os.getpid(), tmp_path, files=False) == ""


MOVES = """
import os, sys, threading, time
for name in ("one", "other", "one/data"):
    os.mkdir(name)
for number in range(5):
    with open(f"one/data/{number}", "wb") as file:
        file.write(bytes(1 << 20))
here, there = "one/data", "other/data"
print("ready", flush=True)
while True:
    os.rename(here, there)
    here, there = there, here
"""


def test_what_is_moved_about_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autograder.confinement.watch, "MAX_BYTES", 4 << 20)
    mover = subprocess.Popen([sys.executable, "-c", MOVES], cwd=tmp_path, stdout=subprocess.PIPE)
    assert mover.stdout is not None
    mover.stdout.readline()
    watch = Watch(mover.pid, tmp_path, mover.send_signal)
    mover.wait(timeout=20)
    watch.stop()
    assert "it wrote more than" in watch.excess


def test_a_child_stands_still_only_where_there_is_more_to_see(tmp_path: Path) -> None:
    signals: list[int] = []
    sleeper = subprocess.Popen(["sleep", "60"])
    (tmp_path / "one").write_text("x")
    watch = Watch(sleeper.pid, tmp_path, signals.append)
    time.sleep(0.6)
    assert signals == []
    (tmp_path / "folder").mkdir()
    time.sleep(0.6)
    watch.stop()
    assert signals[:2] == [signal.SIGSTOP, signal.SIGCONT]
    sleeper.kill()
    sleeper.wait()


def test_too_many_or_hidden_entries_are_an_excess(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    folder = os.open(tmp_path / "deep", os.O_RDONLY)
    for _ in range(90):  # deeper than a path can be long
        os.mkdir("d" * 50, dir_fd=folder)
        inner = os.open("d" * 50, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    assert "can't be counted (ENAMETOOLONG)" in excess_of(os.getpid(), tmp_path)
    assert wipe(tmp_path)
    for number in range(MAX_ENTRIES + 1):
        os.close(os.open(tmp_path / str(number), os.O_CREAT))
    assert "files" in excess_of(os.getpid(), tmp_path)


def test_a_process_that_is_gone_keeps_nothing(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert excess_of(gone.pid, tmp_path) == ""


def test_a_process_that_is_ending_keeps_nothing_though_nobody_may_look(tmp_path: Path) -> None:
    ending = subprocess.Popen(["true"])
    os.waitid(os.P_PID, ending.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not taken away yet
    assert is_ending(ending.pid)
    assert excess_of(ending.pid, tmp_path) == ""
    ending.wait()
    assert not is_ending(os.getpid())


def test_a_watch_ends_it_until_it_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autograder.confinement.watch, "PERIOD", 0.01)
    monkeypatch.setattr(autograder.confinement.watch, "excess_of", lambda *_: "too much")
    ended: list[int] = []
    watch = Watch(os.getpid(), tmp_path, ended.append)
    time.sleep(0.2)
    watch.stop()
    times = len(ended)
    time.sleep(0.1)
    assert (watch.excess, set(ended)) == ("too much", {signal.SIGKILL})
    assert len(ended) == times > 1


def test_the_limits_are_those_that_the_messages_and_the_security_page_promise() -> None:
    threads = 128 + 16 * (os.cpu_count() or 1)
    assert (256 << 20, 10_000, threads, threads) == (MAX_BYTES, MAX_ENTRIES, MAX_THREADS, 4 * MANY_THREADS)


@pytest.mark.parametrize("threads", [0, MANY_THREADS])
def test_a_process_of_many_threads_gives_way_to_others(threads: int, tmp_path: Path) -> None:
    code = """
import sys, threading, time
for _ in range(int(sys.argv[1])): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print(flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code, str(threads)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        watch = Watch(process.pid, tmp_path, process.send_signal)
        time.sleep(0.5)
        watch.stop()
        policies = {os.sched_getscheduler(int(thread)) for thread in os.listdir(f"/proc/{process.pid}/task")}
        process.kill()
    assert watch.excess == ""
    assert policies == {os.SCHED_IDLE if threads else os.SCHED_OTHER}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def killed_holder(folder: Path) -> Path:
    """The home of a process that was killed with SIGKILL, with something in it."""
    code = (
        f"import tempfile, time; tempfile.tempdir = {str(folder)!r}\n"
        "from autograder.confinement.homes import Home\n"
        "home = Home(); (home.path / 'scratch').mkdir(mode=0o300); print(home.path, flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert holder.stdout is not None
    path = Path(holder.stdout.readline().strip())
    sweep()
    assert path.is_dir()  # its holder lives
    holder.kill()
    holder.wait()
    return path


def test_the_home_of_a_killed_grader_is_swept_up_and_no_other(temporary: Path) -> None:
    abandoned = killed_holder(temporary)
    alive = Home()
    not_ours = [temporary / "autograder-without-a-lock", temporary / "another"]
    for folder in not_ours:
        folder.mkdir()
    (temporary / "autograder-file").touch()
    target = temporary / "target"
    (target / "home").mkdir(parents=True)
    (target / "lock").touch()
    (temporary / "autograder-link").symlink_to(target)
    sweep()
    assert not abandoned.parent.exists()
    assert alive.path.is_dir()
    assert all(folder.is_dir() for folder in [*not_ours, target / "home"])
    alive.remove()
    assert not alive.path.parent.exists()


def test_the_home_of_another_user_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned = killed_holder(temporary)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    sweep()
    assert abandoned.is_dir()


def test_a_worker_sweeps_when_it_starts(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned = killed_holder(temporary)
    monkeypatch.setattr(Worker, "_start", lambda self: None)
    with Worker(Sandbox("x"), 60):
        assert not abandoned.parent.exists()


def test_nothing_outside_the_sandbox_is_killed() -> None:
    with Worker(Sandbox("x", confined=False), 60) as worker, pytest.raises(ClosedError):
        worker._signal(os.getpid(), signal.SIGKILL)


def test_in_a_relay_every_child_is_fresh_and_the_next_one_waits_elsewhere(temporary: Path) -> None:
    started = set(psutil.Process().children(recursive=True))
    with Relay(Sandbox("x", confined=False), 60) as relay:
        relay.wait_until_ready()
        children = []
        for number in range(3):
            child = relay.fork()
            assert list(child.folder.iterdir()) == []
            (child.folder / "poison").touch()
            waiting = relay._ready.result()  # type: ignore[union-attr]
            assert waiting.folder.parent != child.folder.parent
            assert list(waiting.folder.iterdir()) == []
            if number == 1:  # it ends by itself, as a submission may
                os.kill(child.pid, signal.SIGKILL)
            relay.end(child)
            assert not psutil.pid_exists(child.pid)
            children.append(child.pid)
        assert len(set(children)) == 3
        relay.restart()
        relay.end(relay.fork())
        family = set(psutil.Process().children(recursive=True)) - started
        assert len(family) >= 4
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert list(temporary.glob("autograder-*")) == []
