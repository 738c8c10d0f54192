"""The sandbox with a GPU, as far as a machine without one shows it: what stays refused, and what its driver is left.

What the driver needs is in `like_a_driver.c`: a library that starts as it does, and names what it was refused.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import grade_command
from autograder.cli import app
from autograder.confinement import policy, sandbox
from autograder.confinement.gpu import driver_trouble
from autograder.confinement.sandbox import Sandbox, choose_sandbox, probe
from autograder.confinement.workers import Worker
from autograder.worker import forbidden, refusals
from tests.autograder.conftest import answer_in_a_child
from tests.autograder.test_sandbox import SOLUTION, allows

SOURCE = Path(__file__).with_name("like_a_driver.c")
STEPS = ("looks at the devices", "keeps a file in memory", "listens for its like", "names another thread")
SOCKET, SETSOCKOPT = (forbidden.WHOLE[name].numbers for name in ("socket", "setsockopt"))

Build = Callable[..., None]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build the driver that is none, with these arguments of the compiler, and have the sandbox find it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler (gcc) here")

    def build(*arguments: str) -> None:
        library = tmp_path / "libcuda.so.1"
        subprocess.run([compiler, *arguments, "-shared", "-fPIC", "-pthread", "-o", library, SOURCE], check=True)
        monkeypatch.setattr(policy, "SYSTEM_PATHS", (*policy.SYSTEM_PATHS, str(tmp_path)))
        with_it = f"{{module}}.LIBRARY = {str(library)!r}; {{module}}.main()"
        monkeypatch.setattr(sandbox, "START", sandbox.START.replace("{module}.main()", with_it))

    return build


def test_a_driver_that_starts_gets_the_gpu(build: Build) -> None:
    build()
    chosen = choose_sandbox("auto", gpu=True)
    assert chosen.gpu
    assert "CPU" not in chosen.level


@pytest.mark.parametrize("step", range(1, 5), ids=STEPS)
def test_each_step_of_the_driver_is_refused_without_a_gpu(step: int, build: Build) -> None:
    build(f"-DONLY={step}")
    assert driver_trouble(Sandbox("x", gpu=True)) == ""
    assert driver_trouble(Sandbox("x")) == f"cuInit answers with error {300 + step}"


def test_without_its_driver_a_gpu_is_left_alone_and_every_result_says_so() -> None:
    """The sandbox is then the one for the CPU, not the wider one."""
    chosen = choose_sandbox("auto", gpu=True)
    assert not chosen.gpu
    assert "submissions compute on the CPU, as the GPU does not work in it (libcuda.so.1" in chosen.level


def test_a_driver_that_crashes_is_trouble(build: Build) -> None:
    build("-DCRASHES")
    assert driver_trouble(Sandbox("x", gpu=True)) == "the process that starts it ends"


def test_what_has_no_sandbox_has_no_gpu_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "START", "raise SystemExit('the fork server can not start')")
    assert driver_trouble(Sandbox("x", gpu=True)) == "the fork server can not start"


def test_with_a_gpu_nothing_more_can_be_done_from_inside() -> None:
    assert probe(Sandbox("x", gpu=True)) == []


@pytest.mark.parametrize("machine", refusals.MACHINES)
def test_with_a_gpu_one_kind_of_socket_can_be_opened(machine: str) -> None:
    def opened(family: int, kind: int) -> bool:
        rules = (forbidden.ALWAYS_WITH_GPU, forbidden.ALSO_WITH_GPU)
        return all(allows(machine, each, SOCKET[machine], family, kind) for each in rules)

    close_on_exec, do_not_wait = 0x80000, 0x800
    assert opened(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    assert opened(socket.AF_UNIX, socket.SOCK_SEQPACKET | close_on_exec | do_not_wait)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_DGRAM | close_on_exec):
        assert not opened(socket.AF_UNIX, kind)
    for family in (socket.AF_INET, socket.AF_INET6, 16):  # 16: AF_NETLINK
        assert not opened(family, socket.SOCK_SEQPACKET)
    assert not allows(machine, forbidden.ALWAYS_WITH_GPU, SETSOCKOPT[machine], 3, 1, 26)  # SO_ATTACH_FILTER
    for name in ("connect", "accept", "accept4", "sendmsg", "socketpair"):
        assert not allows(machine, forbidden.ALWAYS_WITH_GPU, forbidden.WHOLE[name].numbers[machine])


@pytest.mark.parametrize("driver", ["", "starts"])
def test_a_class_is_graded_with_a_gpu_and_told_where(
    driver: str, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the driver, in the wider sandbox; TensorFlow finds no GPU in it here, and computes as it does without."""
    if driver:
        build()
    monkeypatch.setattr(grade_command, "device_name", lambda: "NVIDIA H200")
    done = CliRunner().invoke(app, ["grade", "week01", str(SOLUTION), "--out", str(tmp_path / "out"), "--workers", "1"])
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "Device: NVIDIA H200. Sandbox: Landlock" in said
    assert ("submissions compute on the CPU" in said) == (not driver)
    assert "week01,20," in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")


TRIES = """
import ctypes, os, resource, socket
def tries():
    done = [] if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY else ["a limit on addresses"]
    end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    attempts = {
        "bind a path": lambda: end.bind("socket"),
        "connect": lambda: end.connect("\\0like-a-driver"),
        "name a thread of the fork server": lambda: open(f"/proc/{os.getppid()}/task/{os.getppid()}/comm", "w"),
        "make the fork server die last": lambda: open(f"/proc/{os.getppid()}/oom_score_adj", "w"),
        "write what is the kernel's": lambda: open("/proc/sys/vm/drop_caches", "w"),
        "see the fork server": lambda: open(f"/proc/{os.getppid()}/maps"),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
            done.append(name)
        except OSError:
            pass
    with open(f"/proc/self/task/{os.getpid()}/comm", "r+") as file:
        file.write("named")
    return [*done, open("/proc/self/status").readline().split()[1]]
"""


def test_a_child_with_a_gpu_names_its_own_threads_and_has_no_limit_on_addresses() -> None:
    with Worker(Sandbox("x", gpu=True), 60) as worker:
        assert answer_in_a_child(worker, TRIES, "tries") == ["named"]
