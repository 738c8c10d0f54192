"""The sandbox, tried for real: what it stops, and that grading stops where it can't work."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from autograder.confinement import sandbox
from autograder.confinement.homes import wipe
from autograder.confinement.sandbox import DENIED_SYSTEM_CALLS, Sandbox, choose_sandbox, probe
from autograder.confinement.workers import Worker
from autograder.errors import UsageError
from autograder.week import ROOT
from autograder.worker import refusals
from autograder.worker.probe import attempts_on_the_filter
from tests.autograder.conftest import run_grade

SOLUTION = ROOT / "solutions" / "week01" / "week01.py"


def test_nothing_can_be_done_from_inside() -> None:
    sandbox = choose_sandbox("auto", gpu=False)
    assert sandbox.level.startswith("sandlock")
    assert probe(sandbox) == []


def test_the_probe_notices_when_there_is_no_sandbox() -> None:
    breaches = probe(Sandbox("none", confined=False))
    assert "read a file outside" in breaches
    assert "connect to the network" in breaches
    assert "start processes without end" in breaches


@pytest.mark.parametrize("name", ["NET_TCP", "SIGNAL_SCOPE", "ABSTRACT_UNIX_SOCKET_SCOPE"])
def test_the_probe_notices_a_missing_protection(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sandlock

    policy = Sandbox._policy
    denied = [call for call in DENIED_SYSTEM_CALLS if call != "kill"]  # which Landlock prevents a second time

    def weaker(self: Sandbox, *args: object) -> dict[str, object]:
        return {**policy(self, *args), "disable": [int(sandlock.Protection[name])], "extra_deny_syscalls": denied}

    monkeypatch.setattr(Sandbox, "_policy", weaker)
    assert len(probe(Sandbox("weaker"))) == 1


def test_the_probe_notices_when_the_filter_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules that depend on how a system call is asked: without them, each of the attempts succeeds."""
    without = "{module}.refuse_system_calls = lambda: None; {module}.main()"
    monkeypatch.setattr(sandbox, "START", sandbox.START.replace("{module}.main()", without))
    breaches = probe(Sandbox("without the filter"))
    # Not every file system knows flags.
    assert {*breaches, "change the flags of a file"} == set(attempts_on_the_filter(os.getpid()))


@pytest.mark.parametrize("machine", refusals.MACHINES)
def test_the_filter_refuses_by_the_argument_alone(machine: str) -> None:
    """The program, run by hand: also for the machine that this is not."""
    code = refusals.program(machine)
    prlimit64, socket_, fcntl = (rule.numbers[machine] for rule in refusals.RULES[:3])

    def verdict(number: int, *arguments: int, audit: int = refusals.MACHINES[machine]) -> bool:
        padded = [*arguments, *[0] * (6 - len(arguments))]
        return run_filter(code, struct.pack("<IIQ6Q", number, audit, 0, *padded))

    assert verdict(prlimit64, 0)
    assert not verdict(prlimit64, 1)
    assert not verdict(prlimit64, 2**32 + 7)
    assert verdict(socket_, socket.AF_UNIX)
    assert not verdict(socket_, socket.AF_NETLINK)
    assert verdict(fcntl, 1, 1)
    assert verdict(fcntl, 8, 1)
    assert not verdict(fcntl, 1, 8)
    assert not verdict(fcntl, 1, 1024)
    assert not any(verdict(rule.numbers[machine], 3) for rule in refusals.RULES[-2:])  # bind, listen
    assert verdict(1, 8)
    assert not verdict(1, audit=0x40000003)
    assert not verdict(0x40000000 + 1)


def run_filter(code: bytes, data: bytes) -> bool:
    """Whether the seccomp program `code` allows the system call that `data` describes."""
    instructions = [struct.unpack("HBBI", code[at : at + 8]) for at in range(0, len(code), 8)]
    place = accumulator = 0
    while True:
        operation, yes, no, value = instructions[place]
        place += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif operation == 0x06:
            return value == 0x7FFF0000
        else:
            place += yes if (accumulator == value if operation == 0x15 else accumulator >= value) else no


def grade_with(environment: dict[str, str], tmp_path: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder.cli", "grade", "week01", str(SOLUTION), "--out", str(tmp_path / "out")]
    return subprocess.run(
        [*prefix, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
    )


def test_grading_stops_when_the_package_is_missing(tmp_path: Path) -> None:
    (tmp_path / "sandlock.py").write_text("raise ImportError('libsandlock_ffi.so is missing')\n")
    done = grade_with({"PYTHONPATH": str(tmp_path)}, tmp_path)
    assert done.returncode == 2
    assert "sandlock can't be imported (libsandlock_ffi.so is missing)" in done.stderr
    assert "--sandbox none" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out" / "grades.csv").exists()


@pytest.mark.parametrize("call", ["landlock_create_ruleset", "landlock_restrict_self", "seccomp"])
def test_grading_stops_when_the_kernel_refuses(call: str, tmp_path: Path) -> None:
    """The kernel's part is really taken away: the whole command runs under a filter that refuses the system call."""
    done = grade_with({}, tmp_path, sys.executable, str(Path(__file__).with_name("without_system_call.py")), call)
    assert done.returncode == 2, done.stderr
    assert "No sandbox works here" in done.stderr
    assert "--sandbox none" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_sandbox_every_result_says_so(tmp_path: Path) -> None:
    graded = run_grade(SOLUTION, tmp_path / "out", "--sandbox", "none")
    assert graded.returncode == 0, graded.output
    assert "without a sandbox" in graded.output
    assert graded.rows["week01"]["score"] == "20"
    for page in [*(tmp_path / "out" / "students").glob("*.html"), tmp_path / "out" / "index.html"]:
        assert "without a sandbox" in page.read_text(encoding="utf-8")


def test_an_unknown_sandbox_is_refused() -> None:
    with pytest.raises(UsageError):
        choose_sandbox("docker", gpu=False)


def test_wipe_removes_what_was_made_hard_to_remove(tmp_path: Path) -> None:
    path = str(tmp_path)
    for _ in range(1500):
        path += "/d"
        if len(path) > 3000:
            break
        os.mkdir(path)
    locked = tmp_path / "locked"
    (locked / "inner").mkdir(parents=True)
    (tmp_path / "-rf\n$(x)").touch()
    (tmp_path / "link").symlink_to(ROOT)
    locked.chmod(0)
    wipe(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert (ROOT / "course").is_dir()


def test_the_sandbox_ends_with_a_grader_that_is_killed() -> None:
    """SIGKILL of the grader: the warden sees its lifeline close and kills the fork server and the child."""
    code = (
        "import time; from autograder.confinement.workers import Worker\n"
        "from autograder.confinement.sandbox import Sandbox\n"
        "worker = Worker(Sandbox('x'), 60).__enter__(); child = worker.fork(); print(child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert grader.stdout is not None
    child = int(grader.stdout.readline())
    family = psutil.Process(grader.pid).children(recursive=True)
    assert child in [process.pid for process in family]
    os.kill(grader.pid, signal.SIGKILL)
    grader.wait()
    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []


def test_a_worker_leaves_no_folder() -> None:
    with Worker(Sandbox("x"), 60) as worker:
        child = worker.fork()
        assert child.folder.is_dir()
        worker.end(child)
        assert not child.folder.exists()
        home = child.folder.parent.parent.parent
        assert home.name.startswith("autograder-")
        assert home.is_dir()
    assert not home.exists()
