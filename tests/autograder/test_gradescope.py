"""The zip for Gradescope, run as Gradescope runs it: unpacked below a folder laid out like its container's.

Gradescope starts as root in a container of its own; here `AUTOGRADER_ROOT` says where the container's folder is.
"""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.build.gradescope import gradescope_zip
from autograder.confinement.packages import allowed_distributions
from autograder.week import ROOT, load_week

WEEKS = ROOT / "tests" / "weeks"
TINY = load_week("tiny", WEEKS)
HONEST = (WEEKS / "tiny" / "tiny.py").read_text(encoding="utf-8")
WRONG = HONEST.replace("np.clip(moved_before_clipping, 0.0, 1.0)", "moved_before_clipping")
# q1 is right; q2 tells what it found, in places that it was told of, and tries to give itself the points.
ATTACK = ROOT / "tests" / "submissions" / "threats" / "_on_gradescope.py"
HOSTILE = HONEST + ATTACK.read_text(encoding="utf-8")


# The capabilities that Docker leaves to root in a container.
OF_DOCKER = (
    "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "setfcap", "mknod",
    "net_raw", "net_bind_service", "sys_chroot", "audit_write",
)  # fmt: skip


@dataclass(frozen=True)
class Container:
    """A folder laid out like `/autograder` of Gradescope's container, and the Python that runs there."""

    base: Path
    python: Path = Path(sys.executable)

    def run(self, submission: str, name: str = "tiny.py", prefix: tuple[str, ...] = ()) -> Result:
        """Run the copy of `run_autograder` on one submission."""
        shutil.rmtree(self.base / "submission", ignore_errors=True)
        (self.base / "submission").mkdir()
        (self.base / "submission" / name).write_text(submission.replace("BASE", str(self.base)), encoding="utf-8")
        done = subprocess.run(
            [*prefix, str(self.base / "run_autograder")],
            cwd=self.base,
            env={
                "PATH": "/usr/bin:/bin",
                "AUTOGRADER_ROOT": str(self.base),
                "AUTOGRADER_PYTHON": str(self.python),
                "TMPDIR": str(self.base.parent),
            },
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        results = self.base / "results" / "results.json"
        read = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
        return Result(done.returncode, done.stdout + done.stderr, read)


@dataclass(frozen=True)
class Result:
    """What `run_autograder` ended with, printed, and wrote."""

    returncode: int
    output: str
    results: dict[str, Any]

    def tests(self, visibility: str) -> list[dict[str, Any]]:
        return [test for test in self.results["tests"] if test["visibility"] == visibility]


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return unpacked(tmp_path)


def unpacked(folder: Path) -> Container:
    """The zip as Gradescope unpacks it, and what it puts beside it."""
    base = folder / "autograder"
    archive = folder / "gradescope-tiny.zip"
    archive.write_bytes(gradescope_zip(TINY))
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(base / "source")
    (base / "results").mkdir()
    shutil.copy(base / "source" / "run_autograder", base / "run_autograder")
    (base / "run_autograder").chmod(0o755)
    (base / "submission_metadata.json").write_text('{"users": [{"name": "Ann"}], "previous_submissions": []}')
    return Container(base)


def test_a_hostile_submission_gets_its_real_score_and_an_honest_one_all(container: Container) -> None:
    hostile = container.run(HOSTILE)
    assert hostile.returncode == 0, hostile.output
    assert "Sandbox: Landlock" in hostile.output
    assert hostile.results["score"] == 3
    expect_nothing_found(hostile)
    honest = container.run(HONEST)
    assert (honest.returncode, honest.results["score"]) == (0, 6), honest.output
    assert all(test["status"] == "passed" for test in honest.results["tests"])
    assert {path.name for path in (container.base / "results").iterdir()} == {"results.json"}


def expect_nothing_found(hostile: Result) -> None:
    q2 = [test for test in hostile.results["tests"] if test["number"].startswith("q2")]
    assert [test["score"] for test in q2] == [0, 0]
    public, hidden = sorted(q2, key=lambda test: test["visibility"], reverse=True)
    assert "RuntimeError: nothing to see" in public["output"], public["output"]
    assert hidden["visibility"] == "after_published"
    assert hidden["output"].startswith("Your function ended with: RuntimeError.")
    for_all = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")
    assert not [left for folder in for_all for left in Path(folder).glob("left-by-*")]


@pytest.mark.slow
def test_a_wrong_submission_is_told_its_mistake_and_a_missing_one_what_to_hand_in(container: Container) -> None:
    wrong = container.run(WRONG)
    assert (wrong.returncode, wrong.results["score"]) == (0, 3), wrong.output
    (failed,) = [test for test in wrong.tests("visible") if test["status"] == "failed"]
    assert "Your answer equals x + offset: it is never clipped." in failed["output"]
    assert len(wrong.tests("after_published")) == 2
    missing = container.run(HONEST, name="homework.py")
    assert (missing.returncode, missing.results["score"]) == (0, 0), missing.output
    assert "There is no tiny.py" in missing.results["output"]
    assert "homework.py" in missing.results["output"]
    notebook = {"cells": [{"cell_type": "code", "source": HONEST}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    assert container.run(json.dumps(notebook), name="tiny.ipynb").results["score"] == 6


@pytest.mark.slow
def test_an_error_of_ours_gives_nobody_a_zero(container: Container) -> None:
    question = container.base / "source" / "solutions" / "tiny" / "questions" / "q1_shift.py"
    question.write_text(question.read_text().replace("np.arange(3.0) + 2.5", "nowhere_defined"))
    broken = container.run(HONEST)
    assert (broken.returncode, broken.results) == (1, {})
    assert "nowhere_defined" in broken.output


@pytest.mark.slow
def test_all_that_is_imported_is_asked_for(container: Container) -> None:
    """Gradescope's image has nothing but `requirements.txt` and what that needs."""
    python = container.base / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -X importtime "$@"\n')
    python.chmod(0o755)
    output = Container(container.base, python).run(HONEST).output
    imported = {line.rpartition("|")[2].strip() for line in output.splitlines() if line.startswith("import time:")}
    ours = [name for name in imported if name.startswith(("autograder.", "course."))]
    top = {name for module in ours for name in asked_for(container.base / "source", module)} - sys.stdlib_module_names
    wanted = (container.base / "source" / "requirements.txt").read_text().splitlines()
    allowed = allowed_distributions([Requirement(line).name for line in wanted])
    owners = importlib.metadata.packages_distributions()
    assert {"tensorflow", "otter", "msgpack", "jinja2"} <= top
    strangers = {name for name in top - {"autograder", "course"} if name in owners}
    assert not {name for name in strangers if not {canonicalize_name(one) for one in owners[name]} & {*allowed}}


def asked_for(source: Path, module: str) -> Iterator[str]:
    """The packages that a module of ours imports wherever it is imported itself."""
    path = source / (module.replace(".", "/") + ".py")
    path = path if path.exists() else source / module.replace(".", "/") / "__init__.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a submission as another user")
def test_without_landlock_a_submission_is_another_user() -> None:
    """The kernel's part is really taken away, and with it the capabilities that a container's root lacks."""
    without = [
        sys.executable,
        str(Path(__file__).with_name("without_system_call.py")),
        "landlock_create_ruleset",
        "EPERM",
    ]
    docker = [shutil.which("setpriv") or "setpriv", f"--bounding-set=-all,{','.join(f'+{one}' for one in OF_DOCKER)}"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        container = unpacked(Path(folder))
        container = Container(container.base, python_for_everybody(container.base))
        hostile = container.run(HOSTILE, prefix=(*without, *docker))
        assert hostile.returncode == 0, hostile.output
        assert "submissions run as user" in hostile.output
        assert hostile.results["score"] == 3
        expect_nothing_found(hostile)
        assert container.run(HONEST, prefix=(*without, *docker)).results["score"] == 6


def python_for_everybody(base: Path) -> Path:
    """A Python that other users can start, with the packages of this one."""
    interpreter = Path(f"/usr/bin/python{sysconfig.get_python_version()}")
    if not interpreter.exists():
        pytest.skip(f"{interpreter} does not exist, and {sys.executable} may not be open to other users")
    subprocess.run([interpreter, "-m", "venv", "--without-pip", base / "venv"], check=True)
    (packages,) = (base / "venv" / "lib").glob("python3*/site-packages")
    (packages / "all.pth").write_text(sysconfig.get_path("purelib"))
    return base / "venv" / "bin" / "python"
