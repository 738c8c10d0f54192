"""`autograder grade`: what a teaching assistant sees while a class is graded, and what the command ends with."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from autograder.errors import UsageError
from autograder.inbox import Entry, find_submissions
from autograder.names import visible
from autograder.sandbox import Sandbox, choose_sandbox
from autograder.verdict import Verdict
from autograder.week import Week, load_week
from course.quiet import quiet_start

INTERRUPTED = 130


def grade_path(
    week_name: str,
    path: Path,
    out: Path,
    *,
    quiet: bool,
    sandbox: str,
    seed: int | None,
    solutions: Path | None,
) -> None:
    """Grade what lies under `path` into `out`. Raises `UsageError` for what the user can mend.

    Returns when every submission got a verdict, whatever it scored; Ctrl-C ends the program with status 130.
    """
    console = Console(quiet=quiet)
    week = load_week(week_name, solutions)
    entries = find_submissions(path, week)
    make_writable(out)
    try:
        _grade(week, entries, out, console, sandbox, seed)
    except KeyboardInterrupt:
        kept = out / "gradebook.sqlite"
        so_far = f"The verdicts so far are in {kept}; the reports were not touched." if kept.exists() else ""
        again = "Run the same command again to grade the whole class."
        Console(stderr=True).print(Text(" ".join(f"Stopped. {so_far} {again}".split())), soft_wrap=True)
        sys.exit(INTERRUPTED)


def make_writable(out: Path) -> None:
    """Make the folder `out`. Raises `UsageError` when it can't be written to."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {out} can't be made: {error.strerror}. Choose another with --out.") from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise UsageError(f"The folder {out} can't be written to. Choose another with --out.")


def _grade(week: Week, entries: list[Entry], out: Path, console: Console, requested: str, seed: int | None) -> None:
    with console.status("Loading TensorFlow and trying the sandbox"):
        with quiet_start():
            from autograder.class_run import grade_class
            from autograder.reports import print_table
            from course.device import use_gpu_politely

            device = use_gpu_politely()
        sandbox = choose_sandbox(requested, gpu=not device.startswith("CPU"))
    console.print(Text(f"Device: {device}. Sandbox: {sandbox.level}."))
    with _progress(console) as progress:
        task = progress.add_task("starting the worker", total=len(entries))

        def show(student: str, verdict: Verdict | None) -> None:
            progress.update(task, description=visible(student, keep="")[:40], advance=0 if verdict is None else 1)

        run, verdicts = grade_class(week, entries, out, sandbox, device, seed, show)
    print_table(console, run, verdicts)
    statuses = Counter(verdict.status for verdict in verdicts)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    many = "verdict" if len(verdicts) == 1 else "verdicts"
    console.print(Text(f"{len(verdicts)} {many} in {run.seconds:.0f} s: {counts}."))
    _warn(sandbox)
    console.print(Text(f"Open {out / 'index.html'} — the grades are in {out / 'grades.csv'}."), soft_wrap=True)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _warn(sandbox: Sandbox) -> None:
    if not sandbox.confined:
        Console(stderr=True).print("[bold red]Graded without a sandbox:[/] every result says so.")
