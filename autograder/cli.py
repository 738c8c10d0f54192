"""The commands: `autograder build`, `autograder check`, `autograder grade`, `autograder history`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.errors import GraderError, UsageError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.info.context_settings = {"help_option_names": ["-h", "--help"]}


@app.command()
def build(
    weeks: Annotated[list[str] | None, typer.Argument(help="The weeks to build; all of them by default.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say what would change and exit 1.")] = False,
) -> None:
    """Rebuild assignments/ and dist/ from solutions/, once the solution scores 100 %, the stub 0 and nothing leaks."""
    from autograder.build.build import build as build_weeks

    raise typer.Exit(build_weeks(weeks or [], check))


@app.command()
def check(
    week: Annotated[str, typer.Argument(help="The week, such as week01, or its file.")],
    file: Annotated[Path | None, typer.Argument(help="Your file; the week's file in this folder by default.")] = None,
) -> None:
    """Check your own file: what passes, what does not and why, with the line. Runs it here, without a sandbox."""
    from autograder.check import check as check_file

    raise typer.Exit(check_file(week, file))


@app.command()
def grade(
    week: Annotated[str, typer.Argument(help="The week, such as week01.")],
    path: Annotated[
        Path, typer.Argument(help="One file, a class's folder, or an export of Canvas, Moodle or Gradescope.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the gradebook, the grades and the pages are written.")],
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    sandbox: Annotated[str, typer.Option(help="auto, or none (only for submissions that you trust).")] = "auto",
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Seed of the fresh inputs; by default the gradebook's.")
    ] = None,
    solutions: Annotated[Path | None, typer.Option(help="A folder of weeks, instead of solutions/.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Grade anew what has a verdict already.")] = False,
    student: Annotated[list[str] | None, typer.Option(help="Grade only this student; may be repeated.")] = None,
    roster: Annotated[
        Path | None, typer.Option(help="A CSV file of the course: say who handed in nothing. Kept with the results.")
    ] = None,
    format_: Annotated[
        list[str] | None,
        typer.Option(
            "--format", help="Also write canvas, moodle, gradescope or jsonl; and from then on; may be repeated."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many to grade at once; by default what cores and memory allow.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Grade on a cluster: the address of its Dask scheduler, tcp://host:8786.")
    ] = None,
) -> None:
    """Grade untrusted submissions in a sandbox: grades.csv, a page per student and a page for the class.

    Into the same --out a second time, only what is new or changed is graded, and what was interrupted goes on.
    """
    from autograder.grade_command import grade_path

    grade_path(
        week,
        path,
        out,
        quiet=quiet,
        sandbox=sandbox,
        seed=seed,
        solutions=solutions,
        again=again,
        students=student or [],
        roster=roster,
        formats=format_ or [],
        workers=workers,
        scheduler=scheduler,
    )


@app.command()
def history(
    week: Annotated[str, typer.Argument(help="The week, such as week01.")],
    student: Annotated[str, typer.Argument(help="The student, as grades.csv spells the name.")],
    out: Annotated[Path, typer.Option("--out", help="Where `autograder grade` wrote.")],
) -> None:
    """Show every verdict that a student got in a week, oldest first."""
    from autograder.history_command import print_history

    print_history(week, student, out, Console())


def main() -> None:
    """Run the command line: a user's mistake is one line and exit status 2, Ctrl-C a line and 130."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        app()
    except UsageError as error:
        errors.print(f"[red]Error:[/] {_one_line(error)}")
        sys.exit(2)
    except GraderError as error:
        errors.print(f"[red]The grader failed:[/] {_one_line(error)}")
        sys.exit(1)


def _one_line(error: Exception) -> str:
    from rich.markup import escape

    return escape(" ".join(str(error).split()))


if __name__ == "__main__":
    main()
