"""What the tests of the build share: a tiny course, and Otter's commands as users run them."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from autograder.build.build import build
from autograder.build.one_week import Folders
from autograder.week import ROOT, Week

WEEKS = ROOT / "tests" / "weeks"


class NoLab:
    """Stands in for `LabRun`: a kernel takes seconds to start, and only the tests of the lab need one."""

    def __init__(self, assignment: Path, week: Week) -> None:
        pass

    def __enter__(self) -> NoLab:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def expect_success(self) -> None:
        pass


def skip_the_lab(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(importlib.import_module("autograder.build.one_week"), "LabRun", NoLab)


def build_tiny(folder: Path) -> Folders:
    """The tiny week, built below `folder`; its lab is not run."""
    folders = Folders(folder / "solutions", folder / "assignments", folder / "dist")
    shutil.copytree(WEEKS / "tiny", folders.solutions / "tiny")
    with pytest.MonkeyPatch.context() as patch:
        skip_the_lab(patch)
        assert build([], False, folders, Console(quiet=True)) == 0
    return folders


def otter_run(archive: Path, submission: Path, folder: Path) -> dict[str, tuple[float, float]]:
    """What `otter run` gives, as question: (score, possible)."""
    command = [sys.executable, "-m", "otter", "run", "-a", str(archive), "-o", str(folder), str(submission)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    tests = json.loads((folder / "results.json").read_text())["tests"]
    return {test["name"]: (test["score"], test["max_score"]) for test in tests if "score" in test}


def otter_check(folder: Path, file: str, *options: str, python: Path = Path(sys.executable)) -> str:
    """What `otter check` prints for a file in the assignment's `folder`, on both streams."""
    command = [str(python), "-m", "otter", "check", file, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    # The kernel may be asked to flush what it prints when it is gone already: ipykernel's own race, once in a while.
    ours, _, _ = done.stderr.partition("ERROR:tornado.general:Uncaught exception in ZMQStream callback")
    assert "Traceback" not in ours, done.stderr
    return done.stdout + done.stderr
