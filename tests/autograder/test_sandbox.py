"""The sandbox, tried for real: what it stops, and that grading stops where it can't work."""

from __future__ import annotations

import os
import platform
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import landlockpy
import psutil
import pytest

from autograder.confinement import sandbox
from autograder.confinement.homes import wipe
from autograder.confinement.packages import WORKED_OUT, make_view
from autograder.confinement.sandbox import Confined, Sandbox, choose_sandbox, probe
from autograder.confinement.workers import Worker
from autograder.errors import GraderError, UsageError
from autograder.week import ROOT
from autograder.worker import forbidden, refusals
from autograder.worker.probe import attempts_on_files_and_memory, attempts_on_the_filter
from autograder.worker.refusals import Rule
from tests.autograder.conftest import answer_in_a_child, run_grade

TARGETS: dict[str, Any] = {"pid": os.getpid(), "files": None, "file": "", "secrets": [], "port": 0, "abstract": ""}
READ = {"x86_64": 0, "aarch64": 63}
SOLUTION = ROOT / "solutions" / "week01" / "week01.py"


def test_nothing_can_be_done_from_inside() -> None:
    sandbox = choose_sandbox("auto", gpu=False)
    assert sandbox.level.startswith("Landlock ABI")
    assert probe(sandbox) == []


def test_the_probe_notices_when_there_is_no_landlock() -> None:
    """The filter of system calls still stands."""
    breaches = probe(Sandbox("none", confined=False))
    assert {"read a file outside", "write a file outside", "read the memory of the fork server"} <= {*breaches}
    assert {*breaches} <= {*attempts_on_files_and_memory(TARGETS)}


@pytest.mark.parametrize("version", range(1, 7))
def test_an_older_kernels_landlock_suffices_from_version_3_on(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Landlock learned later (devices, signals, sockets), the filter refuses too; before, files could be cut."""
    older = "import landlockpy; landlockpy.ruleset._syscall.abi_version = lambda: " + str(version) + "; {module}.main()"
    if version > landlockpy.abi_version():
        pytest.skip("this kernel's Landlock is older")
    monkeypatch.setattr(sandbox, "START", sandbox.START.replace("{module}.main()", older))
    assert probe(Sandbox("older")) == ([] if version >= 3 else ["cut a file outside"])


def test_the_probe_notices_when_a_child_may_open_what_the_fork_server_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Confined, "files_of_a_child", lambda *_: None)
    breaches = probe(Sandbox("without a child's own part"))
    assert "read the memory of the fork server" in breaches
    assert "read a file outside" not in breaches


def test_the_probe_notices_when_the_filter_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What only the filter of system calls prevents: without it, each of the attempts succeeds."""
    without = (
        "from autograder.worker import boundary; "
        "{module}.forbid = boundary.forbid_processes = lambda *gpu: None; {module}.main()"
    )
    monkeypatch.setattr(sandbox, "START", sandbox.START.replace("{module}.main()", without))
    breaches = probe(Sandbox("without the filter"))
    # Not every file system knows flags and attributes, nor every kernel namespaces for all.
    unknown = {
        "change the flags of a file",
        "change the attributes of a file outside",
        "see the system in another way",
    }
    alone = {*attempts_on_the_filter(TARGETS)}
    assert ({*breaches} & alone) | unknown == alone


@pytest.mark.parametrize("machine", refusals.MACHINES)
def test_the_filter_refuses_by_the_argument_alone(machine: str) -> None:
    """The program, run by hand: also for the machine that this is not."""
    prlimit64, fcntl, ioctl, close_range, getsockopt = (rule.numbers[machine] for rule in refusals.RULES[:5])
    verdict = partial(allows, machine, forbidden.ALWAYS)
    assert verdict(prlimit64, 0)
    assert not verdict(prlimit64, 1)
    assert not verdict(prlimit64, 2**32 + 7)
    assert verdict(fcntl, 1, 1)
    assert verdict(fcntl, 8, 1)
    assert not verdict(fcntl, 1, 8)
    assert not verdict(fcntl, 1, 1024)
    assert verdict(ioctl, 1, 0x5421)
    assert not verdict(ioctl, 1, 0x40086602)
    assert allows(machine, forbidden.ALWAYS_WITH_GPU, ioctl, 1, 0xC020462A)  # one of a driver's
    assert not allows(machine, forbidden.ALWAYS_WITH_GPU, ioctl, 1, 0x40086602)
    assert verdict(close_range, 3, 9, 4)
    assert not verdict(close_range, 3, 9, 2)
    ppoll = next(rule for rule in refusals.RULES if rule.most and "aarch64" in rule.numbers).numbers[machine]
    assert verdict(ppoll, 1, 64)
    assert not verdict(ppoll, 1, 65)
    clock_gettime = {"x86_64": 228, "aarch64": 113}[machine]
    assert verdict(clock_gettime, 1)
    assert not verdict(clock_gettime, (~4711 << 3 | 2) & 0xFFFFFFFF)  # another process's
    assert verdict(getsockopt, 3, 1, 3)
    assert not verdict(getsockopt, 3, 1, 77)
    assert verdict(READ[machine], 8)
    assert not verdict(READ[machine], audit=0x40000003)
    assert not verdict(0x40000000 + 1)


@pytest.mark.parametrize("machine", refusals.MACHINES)
def test_the_filter_refuses_whole_system_calls(machine: str) -> None:
    for name, rule in forbidden.WHOLE.items():
        if machine in rule.numbers:
            assert not allows(machine, forbidden.ALWAYS, rule.numbers[machine]), name


def test_the_numbers_of_the_system_calls_are_those_of_the_kernels_headers() -> None:
    headers = [*Path("/usr/include").glob("*/asm/unistd_64.h")]
    if platform.machine() != "x86_64" or not headers:
        pytest.skip("the headers of the kernel (linux-libc-dev) are not installed")
    known = dict(re.findall(r"#define __NR_(\w+)\s+(\d+)", headers[0].read_text()))
    ours = {name: str(rule.numbers["x86_64"]) for name, rule in forbidden.WHOLE.items() if name in known}
    assert len(ours) > 100
    assert ours == {name: known[name] for name in ours}


@pytest.mark.parametrize("machine", refusals.MACHINES)
def test_a_child_starts_threads_and_no_processes(machine: str) -> None:
    clone = forbidden.NO_PROCESSES[0].numbers[machine]
    thread = 0x3D0F00  # the flags of the library's threads
    assert allows(machine, forbidden.NO_PROCESSES, clone, thread)
    assert not allows(machine, forbidden.NO_PROCESSES, clone, 0x10900)  # with descriptors of its own
    assert not allows(machine, forbidden.NO_PROCESSES, clone, signal.SIGCHLD)
    for rule in forbidden.NO_PROCESSES:
        if machine in rule.numbers and not rule.these:
            assert not allows(machine, forbidden.NO_PROCESSES, rule.numbers[machine], thread)


def test_no_number_has_two_rules() -> None:
    """The first would decide."""
    for rules in (forbidden.ALWAYS, forbidden.ALWAYS_WITH_GPU, forbidden.NO_PROCESSES):
        for machine in refusals.MACHINES:
            numbers = [rule.numbers[machine] for rule in rules if machine in rule.numbers]
            assert len(numbers) == len({*numbers})


def allows(machine: str, rules: Sequence[Rule], number: int, *arguments: int, audit: int | None = None) -> bool:
    """Whether the filter of these rules allows a system call of `machine`."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    about = struct.pack("<IIQ6Q", number, refusals.MACHINES[machine] if audit is None else audit, 0, *padded)
    return run_filter(refusals.program(machine, rules), about)


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
            met = {0x15: accumulator == value, 0x35: accumulator >= value}[operation]
            place += yes if met else no


def test_a_sandbox_that_children_cannot_enter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    files = Confined.files_of_a_child

    def with_one_that_is_gone(self: Confined, folder: Path) -> dict[str, Any]:
        known = files(self, folder)
        assert known is not None
        return {**known, "readable": [*known["readable"], "/gone"]}

    monkeypatch.setattr(Confined, "files_of_a_child", with_one_that_is_gone)
    with pytest.raises(UsageError, match="a child can't go behind the boundary"):
        probe(Sandbox("x"))
    with Worker(Sandbox("x"), 60) as worker, pytest.raises(GraderError, match="No such file or directory: '/gone'"):
        worker.fork()


def test_a_child_sees_its_own_part_of_what_the_fork_server_sees() -> None:
    """A real one, asked through a submission: no other process, no other scratch, no package of the grader's."""
    source = (
        "import os, tempfile\n"
        "import tensorflow as tf\n"
        "@tf.function\n"
        "def count(to):\n"
        "    counted = 0\n"
        "    for _ in tf.range(to):  # for AutoGraph, which writes a file\n"
        "        counted += 1\n"
        "    return counted\n"
        "def look():\n"
        "    seen = []\n"
        "    others = [f'/proc/{os.getppid()}/maps', '/proc/1/cmdline', '/proc', '..']\n"
        f"    for path in [*others, {landlockpy.__file__!r}, {pytest.__file__!r}, {str(SOLUTION)!r}]:\n"
        "        try:\n"
        "            os.close(os.open(path, os.O_RDONLY))\n"
        "            seen.append(path)\n"
        "        except OSError:\n"
        "            pass\n"
        "    with tempfile.NamedTemporaryFile() as file:\n"
        "        seen += [] if file.name.startswith(os.getcwd()) and int(count(tf.constant(3))) == 3 else ['nothing']\n"
        "    return [*seen, open('/proc/self/status').readline().split()[1]]\n"
    )
    with Worker(Sandbox("x"), 60) as worker:
        for _ in range(2):
            (seen,) = answer_in_a_child(worker, source, "look")
            assert seen.startswith("python")


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
    (tmp_path / "landlockpy.py").write_text("raise ImportError('it is half installed')\n")
    done = grade_with({"PYTHONPATH": str(tmp_path)}, tmp_path)
    assert done.returncode == 2
    assert "landlockpy can't be imported (it is half installed)" in done.stderr
    assert "--sandbox none" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out" / "grades.csv").exists()


@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
@pytest.mark.parametrize("call", ["landlock_create_ruleset", "landlock_restrict_self", "prctl"])
def test_grading_stops_when_the_kernel_refuses(call: str, error: str, tmp_path: Path) -> None:
    """The kernel's part is really taken away: the whole command runs under a filter that refuses the system call."""
    without = str(Path(__file__).with_name("without_system_call.py"))
    done = grade_with({}, tmp_path, sys.executable, without, call, error)
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


def test_what_cases_compare_with_is_not_there_for_submissions(tmp_path: Path) -> None:
    make_view(tmp_path)
    there = {path.name for path in (tmp_path / "course").iterdir()}
    assert {"__init__.py", "measures.py", "weights", "stand_ins.py"} <= there
    assert not there & {"by_hand.py", "fit_by_hand.py", "own_step.py", "__pycache__"}
    assert all((ROOT / "course" / name).exists() for name in WORKED_OUT)


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
