"""Make `assignments/` and `dist/` from `solutions/`, or refuse and say why."""

from __future__ import annotations

import contextlib
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from rich.console import Console

from autograder.build import tree
from autograder.build.assignment import Sources
from autograder.build.bundle import student_bundle
from autograder.build.gradescope import gradescope_zip
from autograder.build.lab import LabRun
from autograder.build.leaks import leaks
from autograder.build.otter_zip import otter_zip
from autograder.build.refusal import RefusalError
from autograder.build.rehearsal import Rehearsal, rehearse_public
from autograder.build.zips import GRADERS, folder_files, zip_name
from autograder.errors import UsageError
from autograder.start import start_tensorflow
from autograder.week import ROOT, Week, load_module, load_week, week_names

KNOWN = "tests/known_mistakes.json"
BUNDLE = "student-bundle.zip"

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


def build(
    weeks: Sequence[str], check: bool = False, folders: Folders | None = None, console: Console | None = None
) -> int:
    """Build these weeks (all when none is named). Returns the exit status.

    0: built, or with `check` nothing would change. 1: refused, or with `check` something would change. Nothing is
    written unless every week passed every check. Raises `UsageError` for an unknown week.
    """
    folders, console = folders or Folders(), console or Console(stderr=True, soft_wrap=True)
    chosen = [load_week(name, folders.solutions) for name in weeks or week_names(folders.solutions)]
    if not chosen:
        raise UsageError(f"There is no week in {folders.solutions}: a week is a folder with a week.toml.")
    built: list[Built] = []
    refusals: list[str] = []
    with _progress(console) as step:
        step("starting TensorFlow")
        start_tensorflow()
        for week in chosen:
            if not console.is_terminal:  # where nobody sees the step that it is at
                console.print(f"{week.name}: its questions are sat, its lab is run …", highlight=False)
            try:
                built.append(build_week(week, folders, step))
            except RefusalError as refusal:
                refusals.append(f"{week.name} is refused. {refusal}")
        try:
            dist = {} if refusals else _dist(built, folders)
        except RefusalError as refusal:
            refusals.append(f"dist is refused. {refusal}")
    if refusals:
        for text in refusals:
            console.print(text, markup=False, highlight=False, style="red")
        console.print("Nothing was written.")
        return 1
    if check:
        return _report(built, folders, console)
    try:
        return _write(built, dist, folders, console)
    except OSError as error:
        raise UsageError(
            f"Can't write {error.filename}: {error.strerror}. Is the folder yours, and the disk not full?"
        ) from error


def build_week(week: Week, folders: Folders, step: Step) -> Built:
    """Everything that is made for one week, in memory. Raises `RefusalError` when it isn't fit to hand out."""
    step(f"{week.name}: reading the solution")
    sources = Sources.read(week)
    files = sources.files()
    _expect_no_leak(files, sources.solution_secrets() | sources.hidden_secrets(), "the assignment")
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
    _expect_no_leak({"otter.zip": otter}, sources.solution_secrets(), "the zip for `otter run`")
    return Built(week, files, {"otter": otter, "gradescope": gradescope_zip(week)})


def _rehearse(sources: Sources, solution: ModuleType, stage: Path, step: Step) -> tuple[dict[str, bytes], bytes]:
    """Let solution, stub and mistakes sit the questions: the recordings of hidden cases, and the known mistakes.

    The mistakes come last: without a reference beside it, on a student's machine, a wrong solution is found out, and
    it must not look as if the cases were too weak.
    """
    week, rehearsal = sources.week, Rehearsal(sources.week)
    step(f"{week.name}: the solution sits the questions")
    recordings = rehearsal.solution(solution)
    step(f"{week.name}: the stub sits the questions")
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


def _expect_no_leak(files: dict[str, bytes], secret: set[str], where: str) -> None:
    found = leaks(files.items(), secret)
    if found:
        raise RefusalError(
            f"{where.capitalize()} would give away what students must not have:\n  "
            + "\n  ".join(found[:10])
            + "\nTake them out of there (the notebook is made from lab.py). What students may see of a solution stands "
            "outside of its markers."
        )


def _dist(built: Sequence[Built], folders: Folders) -> dict[str, bytes]:
    """The zips: two for the graders of each week that was built, and the bundle of every week that there is."""
    fresh = {each.week.name: each.files for each in built}
    weeks, assignments, secret, given = [], {}, set(), set()
    for name in week_names(folders.solutions):
        files = fresh.get(name) or folder_files(folders.assignments / name)
        if files:
            weeks.append(load_week(name, folders.solutions))
            sources = Sources.read(weeks[-1])
            assignments.update({f"{name}/{path}": content for path, content in files.items()})
            secret |= sources.solution_secrets() | sources.hidden_secrets()
            given |= sources.given_lines()
    bundle = student_bundle(weeks, assignments)
    _expect_no_leak({BUNDLE: bundle}, secret - given, "the student bundle")
    zips = {zip_name(grader, each.week.name): each.zips[grader] for each in built for grader in GRADERS}
    return {BUNDLE: bundle, **zips}


def _report(built: Sequence[Built], folders: Folders, console: Console) -> int:
    """Say what a build would change; 1 if anything."""
    found = [change for each in built for change in tree.changes(each.files, folders.assignments / each.week.name)]
    for change in found:
        for line in change.summary():
            console.print(line, markup=False, highlight=False)
    if found:
        weeks = " ".join(each.week.name for each in built)
        console.print(
            f"assignments/ is not what solutions/ makes. Run `autograder build {weeks}` and commit the result."
        )
        return 1
    console.print("assignments/ is what solutions/ makes.")
    return 0


def _write(built: Sequence[Built], dist: dict[str, bytes], folders: Folders, console: Console) -> int:
    for each in built:
        found = tree.changes(each.files, folders.assignments / each.week.name)
        tree.apply(found)
        written = [change for change in found if change.new is not None]
        console.print(
            f"{each.week.name}: {len(written)} of {len(each.files)} files written to assignments/{each.week.name}"
        )
        for change in found:
            console.print(f"  {'written' if change in written else 'removed'}: {change.name}", markup=False)
    folders.dist.mkdir(parents=True, exist_ok=True)
    for name, content in dist.items():
        tree.write_atomically(folders.dist / name, content)
    console.print(f"dist/: {', '.join(sorted(dist))}")
    for grader in GRADERS:
        of_weeks = {zip_name(grader, name) for name in week_names(folders.solutions)}
        for path in folders.dist.glob(zip_name(grader, "*")):
            if path.name not in of_weeks:
                path.unlink()
                console.print(f"  removed: {path.name}, of a week that is no more", markup=False)
    return 0


@contextlib.contextmanager
def _progress(console: Console) -> Iterator[Step]:
    """A line that says what is being done, on a terminal only."""
    with console.status("reading", spinner="dots") as status:
        yield lambda text: status.update(text[: max(20, console.width - 4)])
