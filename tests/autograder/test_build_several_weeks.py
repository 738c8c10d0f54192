"""Several weeks built at once: each in a process of its own, none of which outlives the build."""

from __future__ import annotations

import functools
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.build.one_week import Folders
from autograder.build.zips import folder_files
from autograder.errors import INTERRUPTED
from tests.autograder.building import WEEKS

BUILD = (
    "import sys; from pathlib import Path; from autograder.build.build import build; from autograder.build.one_week "
)
BUILD += "import Folders; sys.exit(build([], False, Folders(*map(Path, sys.argv[1:]))))"


def two_weeks(folder: Path) -> Folders:
    """A course of the tiny week, twice: the other one is called small."""
    folders = Folders(folder / "solutions", folder / "assignments", folder / "dist")
    shutil.copytree(WEEKS / "tiny", folders.solutions / "tiny")
    small = folders.solutions / "small"
    shutil.copytree(WEEKS / "tiny", small)
    (small / "tiny.py").rename(small / "small.py")
    for path in (small / "lab.py", *small.glob("questions/*.py")):
        path.write_text(path.read_text().replace("from tiny", "from small").replace('"tiny"', '"small"'))
    return folders


def building(folders: Folders) -> list[str]:
    """The command that builds all weeks: as a process of its own, whose children end with it."""
    return [sys.executable, "-c", BUILD, str(folders.solutions), str(folders.assignments), str(folders.dist)]


@pytest.mark.slow
def test_one_that_is_refused_keeps_the_other_from_being_written(tmp_path: Path) -> None:
    folders = two_weeks(tmp_path)
    solution = folders.solutions / "small" / "small.py"
    solution.write_text(solution.read_text().replace("np.float32(offset)", "np.float32(2 * offset)"))
    done = subprocess.run(building(folders), stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "small is refused. The solution fails q1.1" in done.stderr
    assert "tiny is refused" not in done.stderr
    assert not folders.assignments.exists()


@pytest.mark.slow
def test_all_of_them_are_written(tmp_path: Path) -> None:
    folders = two_weeks(tmp_path)
    assert subprocess.run(building(folders), timeout=120, check=False).returncode == 0
    assert sorted(path.name for path in folders.assignments.iterdir()) == ["small", "tiny"]
    weeks = [f"{grader}-{week}.zip" for grader in ("otter", "gradescope") for week in ("small", "tiny")]
    assert set(folder_files(folders.dist)) == {"student-bundle.zip", *weeks}


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 2.0, 5.0])
def test_ctrl_c_leaves_no_process(tmp_path: Path, seconds: float) -> None:
    folders = two_weeks(tmp_path)
    for lab in folders.solutions.glob("*/lab.py"):
        lab.write_text(lab.read_text() + "\n# %%\nimport time\n\ntime.sleep(60)\n")
    # A suite that runs in the background ignores Ctrl-C, and what it starts would too.
    listening = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(building(folders), stderr=subprocess.PIPE, preexec_fn=listening) as process:
        while not psutil.Process(process.pid).children():  # it is still importing, and not building yet
            time.sleep(0.05)
        time.sleep(seconds)
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    assert started
    _gone, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert not folders.assignments.exists()
