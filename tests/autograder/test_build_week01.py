"""Week 1, the real one: it builds, and what is built works where students and Gradescope use it."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from autograder.build.build import build
from autograder.build.one_week import Folders
from autograder.build.tree import changes
from autograder.build.zips import folder_files
from autograder.week import ROOT, load_week
from tests.autograder.building import otter_check, otter_run

WEEK = load_week("week01")
REMAIN = "points) are run when you hand in."


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Week 1 built from start to end, its lab run with the solution."""
    folder = tmp_path_factory.mktemp("week01")
    folders = Folders(ROOT / "solutions", folder / "assignments", folder / "dist")
    console = Console(record=True, quiet=False, file=(folder / "said.txt").open("w"))
    assert build(["week01"], False, folders, console) == 0, console.export_text()
    return folders


def test_what_is_committed_is_what_a_build_makes(built: Folders) -> None:
    files = folder_files(built.assignments / "week01")
    found = changes(files, ROOT / "assignments" / "week01")
    assert not found, "run `autograder build` and commit: " + "\n".join(
        line for each in found for line in each.summary()
    )


def test_otter_run_gives_the_solution_all_points(built: Folders, tmp_path: Path) -> None:
    scores = otter_run(built.dist / "otter-week01.zip", WEEK.solution, tmp_path)
    assert scores == {question.key: (question.points, question.points) for question in WEEK.questions}


@pytest.mark.slow
def test_otter_run_gives_the_stub_nothing(built: Folders, tmp_path: Path) -> None:
    scores = otter_run(built.dist / "otter-week01.zip", built.assignments / "week01" / "week01.py", tmp_path)
    assert scores == {question.key: (0, question.points) for question in WEEK.questions}


def unpacked(built: Folders, folder: Path) -> Path:
    """The student bundle, unpacked into an empty folder with a bare virtual environment; its top folder."""
    with zipfile.ZipFile(built.dist / "student-bundle.zip") as bundle:
        bundle.extractall(folder)
    return folder / "adversarial-course"


def expect_bundle_works(top: Path, python: Path) -> None:
    """`otter check` on the stub says what to write, on the solution that all is well."""
    where = subprocess.run(
        [str(python), "-c", "import course; print(course.__file__)"], cwd=top / "week01", capture_output=True, text=True
    )
    assert Path(where.stdout.strip()).is_relative_to(top), where.stderr
    said = otter_check(top / "week01", "week01.py", python=python)
    for question in WEEK.questions:
        for function in question.functions:
            assert f"{question.key}: {function} is yours to implement" in said
    assert REMAIN in said
    shutil.copy(WEEK.solution, top / "week01" / "week01.py")
    said = otter_check(top / "week01", "week01.py", python=python)
    assert "All tests passed!" in said
    assert REMAIN in said


def test_the_bundle_works_in_an_environment_of_its_own(built: Folders, tmp_path: Path) -> None:
    """The packages are the project's, to save the minutes of installing them; `course` is the bundle's."""
    top = unpacked(built, tmp_path)
    venv.create(top / ".venv", with_pip=False)
    python = top / ".venv" / "bin" / "python"
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    ).stdout.strip()
    Path(site, "packages.pth").write_text(f"{top}\n{sysconfig.get_path('purelib')}\n")
    expect_bundle_works(top, python)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_bundle_installs_and_works(built: Folders, tmp_path: Path) -> None:
    """As a student does it: an empty folder, a new environment, `pip install -r requirements.txt`."""
    top = unpacked(built, tmp_path)
    venv.create(top / ".venv", with_pip=True)
    python = top / ".venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", "requirements.txt"]
    done = subprocess.run(install, cwd=top, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expect_bundle_works(top, python)
