"""Everything that is made for one week: its assignment and its zips, once it has passed every check."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from autograder.build import tree
from autograder.build.assignment import Sources
from autograder.build.gradescope import gradescope_zip
from autograder.build.lab import LabRun
from autograder.build.leaks import leaks
from autograder.build.otter_zip import otter_zip
from autograder.build.refusal import RefusalError
from autograder.build.rehearsal import Rehearsal, rehearse_public
from autograder.week import ROOT, Week, load_module

KNOWN = "tests/known_mistakes.json"

Step = Callable[[str], None]


@dataclass(frozen=True)
class Folders:
    """Where the build reads and writes."""

    solutions: Path = ROOT / "solutions"
    assignments: Path = ROOT / "assignments"
    dist: Path = ROOT / "dist"


@dataclass(frozen=True)
class Built:
    """A week that passed every check: its assignment, and a zip for each of `GRADERS`."""

    week: Week
    files: dict[str, bytes]
    zips: dict[str, bytes]


def build_week(week: Week, folders: Folders, step: Step) -> Built:
    """Everything that is made for one week, in memory. Raises `RefusalError` when it isn't fit to hand out."""
    step(f"{week.name}: reading the solution")
    sources = Sources.read(week)
    files = sources.files()
    expect_no_leak(files, sources.solution_secrets() | sources.hidden_secrets(), "the assignment")
    solution = _imported(week, week.solution)
    if week.mistakes.is_dir():
        _imported(week, week.mistakes)
    with tempfile.TemporaryDirectory() as scratch:
        stage = Path(scratch) / week.name
        _lay_out(files, stage)
        with LabRun(stage, week) as lab:  # it has a process of its own: beside it the week is rehearsed here
            recordings, known = _rehearse(sources, solution, stage, step)
            step(f"{week.name}: the lab runs from start to end")
            lab.expect_success()
    step(f"{week.name}: packing")
    files[KNOWN] = tree.settled(KNOWN, known, folders.assignments / week.name)
    otter = otter_zip(week, sources.questions, recordings, files[KNOWN])
    expect_no_leak({"otter.zip": otter}, sources.solution_secrets(), "the zip for `otter run`")
    return Built(week, files, {"otter": otter, "gradescope": gradescope_zip(week)})


def _rehearse(sources: Sources, solution: ModuleType, stage: Path, step: Step) -> tuple[dict[str, bytes], bytes]:
    """Let solution, stub and mistakes answer the questions: the recordings of hidden cases, and the known mistakes.

    The mistakes come last: without a reference beside it, on a student's machine, a wrong solution is found out, and
    it must not look as if the cases were too weak.
    """
    week, rehearsal = sources.week, Rehearsal(sources.week)
    step(f"{week.name}: the solution answers the questions")
    recordings = rehearsal.solution(solution)
    step(f"{week.name}: the stub answers the questions")
    stub = load_module(stage / week.module, f"stub_{week.name}")
    rehearsal.stub(stub)
    rehearse_public(week, stage / "tests", solution, stub)
    for mistake in rehearsal.mistakes(solution):
        step(f"{week.name}: does a known mistake pass? {mistake}")
    return recordings, rehearsal.known_mistakes(sources.questions)


def _imported(week: Week, path: Path) -> ModuleType:
    """The module at `path`. Raises `RefusalError` with its traceback when it stops."""
    try:
        return load_module(path, f"{path.stem}_of_{week.name}")
    except Exception as error:
        told = "".join(traceback.format_exception(error)[-3:])
        raise RefusalError(f"{week.name}/{path.name} can't be imported:\n{told}") from error


def _lay_out(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def expect_no_leak(files: dict[str, bytes], secret: set[str], where: str) -> None:
    """Raise `RefusalError` if a line of `secret` stands anywhere in the `files`."""
    found = leaks(files.items(), secret)
    if found:
        raise RefusalError(
            f"{where.capitalize()} would give away what students must not have:\n  "
            + "\n  ".join(found[:10])
            + "\nTake them out of there (the notebook is made from lab.py). What students may see of a solution stands "
            "outside of its markers."
        )
