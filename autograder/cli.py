"""The commands: `autograder build`, `autograder check`, `autograder grade`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.errors import GraderError, UsageError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def build(
    weeks: Annotated[list[str] | None, typer.Argument(help="The weeks to build; all of them by default.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say what would change and exit 1.")] = False,
) -> None:
    """Rebuild assignments/ and dist/ from solutions/, once the solution scores 100 %, the stub 0 and nothing leaks."""
    from autograder.build import build as build_weeks

    raise typer.Exit(build_weeks(weeks or [], check))


@app.command()
def check(
    week: Annotated[str, typer.Argument(help="The week, such as week01.")],
    file: Annotated[Path | None, typer.Argument(help="Your file; the week's file in this folder by default.")] = None,
) -> None:
    """Check your own file: what passes, what does not and why, with the line. Runs it here, without a sandbox."""
    from autograder.check import check as check_file

    raise typer.Exit(check_file(week, file))


@app.command()
def grade(
    week: Annotated[str, typer.Argument(help="The week, such as week01.")],
    path: Annotated[Path, typer.Argument(help="One file, a folder with a folder per student, or <student>.py files.")],
    out: Annotated[Path, typer.Option("--out", help="Where the gradebook, the grades and the pages are written.")],
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no table.")] = False,
    sandbox: Annotated[str, typer.Option(help="auto, or none (only for submissions that you trust).")] = "auto",
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Seed of the fresh inputs; by default the gradebook's.")
    ] = None,
    solutions: Annotated[Path | None, typer.Option(help="A folder of weeks, instead of solutions/.")] = None,
) -> None:
    """Grade untrusted submissions in a sandbox: grades.csv, a page per student and a page for the class."""
    from autograder.grade_command import grade_path

    grade_path(week, path, out, quiet=quiet, sandbox=sandbox, seed=seed, solutions=solutions)


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
