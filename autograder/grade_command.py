"""`autograder grade`: what a teaching assistant sees while a class is graded, and what the command ends with."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from autograder.class_run import Outcome, Workplace, grade_class
from autograder.confinement.sandbox import UNCONFINED, choose_sandbox
from autograder.errors import INTERRUPTED, UsageError
from autograder.gradebook import FILE_NAME
from autograder.history_command import match_name
from autograder.inbox import Entry, find_submissions
from autograder.inbox.entry import NOTHING_KNOWN
from autograder.inbox.roster import Attendance, attendance, informed
from autograder.inbox.wrong_week import seems_of_another_week
from autograder.names import same_name
from autograder.output import held, make_writable
from autograder.pools.local_pool import ThisMachine
from autograder.pools.machine import device_name
from autograder.pools.progress import ClassProgress
from autograder.reports import Extras, print_table
from autograder.reports.formats import FORMATS, is_found
from autograder.week import Week, load_week
from autograder.whole_files import write_atomically

MAX_NAMES = 30
KEPT_ROSTER = "roster.csv"  # in the folder of the results: the last one that was given


def grade_path(
    week_name: str,
    path: Path,
    out: Path,
    *,
    quiet: bool,
    sandbox: str,
    seed: int | None,
    solutions: Path | None,
    again: bool,
    students: Sequence[str],
    roster: Path | None,
    formats: Sequence[str],
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Grade what lies under `path` into `out`. Raises `UsageError` for what the user can mend.

    Returns when every submission got a verdict, whatever it scored; Ctrl-C ends the program with status 130.
    """
    console = Console(quiet=quiet)
    if workers is not None and scheduler is not None:
        raise UsageError("--workers is for this machine: with --scheduler the cluster has the workers that it has.")
    week = load_week(week_name, solutions)
    if path.is_dir() and path.resolve() == out.resolve():
        raise UsageError(f"--out is the folder of the submissions, {path}: what is written there would be graded next.")
    passed_over: list[str] = []
    entries = find_submissions(path, week, passed_over.append)
    kept = out / KEPT_ROSTER
    roster = roster or (kept if _is_there(kept) else None)
    present = attendance(roster, entries) if roster else None
    wanted = _Wanted(
        sandbox, seed, again, _only(entries, students), present, _known_formats(formats), solutions, workers, scheduler
    )
    make_writable(out)
    if passed_over:
        console.print(Text(f"No submissions, and passed over: {_listed(passed_over)}."), soft_wrap=True)
    _warn(seems_of_another_week(entries, week, solutions))
    try:
        with held(out):
            if roster and roster != kept:
                write_atomically(kept, roster.read_bytes())
            _grade(week, entries, out, console, wanted)
    except KeyboardInterrupt:
        _stop(out, 0)


@dataclass(frozen=True)
class _Wanted:
    """What the options ask for; `only` is None for the whole class."""

    sandbox: str
    seed: int | None
    again: bool
    only: frozenset[str] | None
    attendance: Attendance | None
    formats: frozenset[str]
    solutions: Path | None
    workers: int | None
    scheduler: str | None


def _only(entries: list[Entry], students: Sequence[str]) -> frozenset[str] | None:
    """The entries' names that the user's spellings mean. Raises `UsageError` for a student who handed nothing in."""
    names = {same_name(entry.student): entry.student for entry in entries}
    return frozenset(match_name(name, names, "There is no submission of {}.") for name in students) or None


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except PermissionError:  # of the folder, which is told of when it is to be written to
        return False


def _known_formats(formats: Sequence[str]) -> frozenset[str]:
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise UsageError(f"--format takes {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, not {unknown[0]!r}.")
    return frozenset(formats)


def _stop(out: Path, count: int) -> NoReturn:
    """End the program after Ctrl-C, with `count` verdicts in the gradebook."""
    Console(stderr=True).print(Text(_how_to_go_on(out, count)), soft_wrap=True)
    sys.exit(INTERRUPTED)


def _how_to_go_on(out: Path, count: int) -> str:
    """The line after Ctrl-C: that `count` verdicts are kept, and what the same command does next time."""
    if not count:
        return "Stopped before anything was graded. Run the same command again."
    return (
        f"Stopped. The {'verdict' if count == 1 else f'{count} verdicts'} so far "
        f"{'is' if count == 1 else 'are'} in {out / FILE_NAME}; the reports are written at a run's end. "
        "Run the same command again: it goes on where it stopped."
    )


def _grade(week: Week, entries: list[Entry], out: Path, console: Console, wanted: _Wanted) -> None:
    with ExitStack() as closing:
        with console.status("Trying the sandbox"):
            workplace = _workplace(week, wanted, closing)
        _grade_at(workplace, week, entries, out, console, wanted)


def _workplace(week: Week, wanted: _Wanted, closing: ExitStack) -> Workplace:
    if wanted.scheduler:
        from autograder.pools.cluster import Cluster

        return closing.enter_context(Cluster(wanted.scheduler, week, wanted.solutions, wanted.sandbox))
    device = device_name()
    sandbox = choose_sandbox(wanted.sandbox, gpu=not device.startswith("CPU"))
    return ThisMachine(sandbox, device, wanted.solutions, wanted.workers)


def _grade_at(
    workplace: Workplace, week: Week, entries: list[Entry], out: Path, console: Console, wanted: _Wanted
) -> None:
    console.print(Text(f"Device: {workplace.device}. Sandbox: {workplace.sandbox}."))
    said = wanted.attendance.said if wanted.attendance else {}
    about = {entry.student: informed(entry.about, said.get(entry.student, {})) for entry in entries}
    extras = Extras(about=about, attendance=wanted.attendance, formats=wanted.formats)
    progress = ClassProgress(console, len(entries if wanted.only is None else wanted.only))
    try:
        with progress:
            outcome = grade_class(
                week,
                entries,
                out,
                workplace,
                wanted.seed,
                progress.show,
                again=wanted.again,
                only=wanted.only,
                extras=extras,
            )
    except KeyboardInterrupt:
        _stop(out, progress.shown)
    shown = [verdict for verdict in outcome.verdicts if wanted.only is None or verdict.student in wanted.only]
    print_table(console, outcome.run, shown)
    console.print(Text(_in_short(outcome, wanted.only)))
    if wanted.attendance:
        _print_attendance(console, wanted.attendance)
    for system in wanted.formats:
        unknown = [one.student for one in shown if not is_found(system, about.get(one.student, NOTHING_KNOWN))]
        if unknown:
            _print_unknown(console, system, unknown)
    if workplace.sandbox == UNCONFINED:
        _warn("Graded without a sandbox: every result says so.")
    console.print(Text(f"Open {out / 'index.html'} — the grades are in {out / 'grades.csv'}."), soft_wrap=True)


def _in_short(outcome: Outcome, only: frozenset[str] | None) -> str:
    """`12 verdicts in 3 s: 11 graded, 1 refused. 10 were kept from earlier runs.`"""
    shown = [verdict for verdict in outcome.verdicts if only is None or verdict.student in only]
    others = len(outcome.verdicts) - len(shown)
    statuses = Counter(verdict.status for verdict in shown)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    many = "verdict" if len(shown) == 1 else "verdicts"
    kept = outcome.kept - others
    told = f" {kept} {'was' if kept == 1 else 'were'} kept from earlier runs." if kept else ""
    if others:
        told += f" What the reports say of {others} other{'' if others == 1 else 's'} is from earlier runs."
    return f"{len(shown)} {many} in {outcome.run.seconds:.0f} s: {counts}.{told}"


def _print_attendance(console: Console, present: Attendance) -> None:
    for names, heading in (
        (present.missing, f"Handed in nothing: {len(present.missing)} of {present.expected} on the roster"),
        (present.unexpected, f"Not on the roster: {len(present.unexpected)}"),
        (present.shared, f"Could be more than one person on the roster, of the same name: {len(present.shared)}"),
    ):
        if names:
            console.print(Text(f"{heading}: {_listed(names)}"))


def _print_unknown(console: Console, system: str, students: Sequence[str]) -> None:
    many = "1 student" if len(students) == 1 else f"{len(students)} students"
    told = f"{system.capitalize()} may not recognise {many} in {system}.csv"
    where = "the list that Canvas exports" if system == "canvas" else "a list with their numbers or addresses"
    console.print(Text(f"{told}: {_listed(students)}. Give {where} as --roster."))


def _listed(names: Sequence[str]) -> str:
    more = f"; and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return "; ".join(names[:MAX_NAMES]) + more


def _warn(text: str) -> None:
    if text:
        Console(stderr=True).print(Text(text, style="bold red"), soft_wrap=True)
