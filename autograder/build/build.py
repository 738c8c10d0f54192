"""Make `assignments/` and `dist/` from `solutions/`, or refuse and say why."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from rich.console import Console

from autograder.build import tree
from autograder.build.assignment import Sources
from autograder.build.bundle import student_bundle
from autograder.build.one_week import Built, Folders, Step, expect_no_leak
from autograder.build.refusal import RefusalError
from autograder.build.several_weeks import build_weeks
from autograder.build.zips import GRADERS, folder_files, zip_name
from autograder.errors import INTERRUPTED, UsageError
from autograder.week import load_week, week_names
from autograder.whole_files import write_atomically

BUNDLE = "student-bundle.zip"


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
    if not console.is_terminal:  # where nobody sees the step that it is at
        names = ", ".join(week.name for week in chosen)
        console.print(f"{names}: solution, stub and known mistakes are tried, the lab is run …", highlight=False)
    with _progress(console) as step:
        try:
            outcomes = build_weeks(chosen, folders, step)
        except KeyboardInterrupt:
            console.print("Stopped. Nothing was written.")
            return INTERRUPTED
        built = [outcome for outcome in outcomes.values() if isinstance(outcome, Built)]
        refusals = [f"{name} is refused. {why}" for name, why in outcomes.items() if isinstance(why, RefusalError)]
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
    expect_no_leak({BUNDLE: bundle}, secret - given, "the student bundle")
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
        write_atomically(folders.dist / name, content)
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
    """Lines that say what is being done, on a terminal only."""
    with console.status("reading", spinner="dots") as status:
        width = max(20, console.width - 4)
        yield lambda text: status.update("\n".join(line[:width] for line in text.splitlines()))
