"""The class as a table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.names import visible
from autograder.reports.rows import Row, first_line, number, rows_of
from autograder.verdict import Run, Verdict

STYLES = {"graded": "green", "refused": "yellow", "not_loadable": "yellow", "error": "bold red"}
MAX_REASONS = 40


def print_table(console: Console, run: Run, verdicts: Sequence[Verdict]) -> None:
    """Print a row per student, then why points were lost, a line for each question.

    Names and messages come from strangers: they are printed as text, so neither markup nor control codes work.
    """
    rows = rows_of(run, verdicts)
    table = Table(
        title=Text(f"{run.week}: {run.title}", "bold"), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    table.add_column("student", overflow="fold")
    table.add_column(f"of {number(run.possible)}", justify="right")
    table.add_column("%", justify="right")
    for key in run.question_keys:
        table.add_column(Text(key), justify="right")
    table.add_column("status")
    for row in rows:
        points = [Text(number(points) or "?") for points in row.points]
        status = Text(row.status, STYLES[row.status])
        table.add_row(
            Text(row.student), Text(number(row.score) or "?"), Text(number(row.percent) or "?"), *points, status
        )
    console.print(table)
    _print_reasons(console, rows)


def _print_reasons(console: Console, rows: Sequence[Row]) -> None:
    """Why points were lost, one line for each question, the student's name once."""
    reasons = [(row.student, *reason) for row in rows for reason in _reasons(row)]
    if not reasons:
        return
    grid = Table(
        title=Text("Why points were lost", "bold"), title_justify="left", box=None, show_header=False, pad_edge=False
    )
    grid.add_column(overflow="fold", max_width=24)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    before = None
    for student, key, sentence in reasons[:MAX_REASONS]:
        grid.add_row(Text("" if student == before else student, "cyan"), Text(key), Text(visible(sentence, keep="")))
        before = student
    console.print(grid)
    if len(reasons) > MAX_REASONS:
        console.print(Text(f"… and {len(reasons) - MAX_REASONS} more, on the students' pages", "dim"))


def _reasons(row: Row) -> list[tuple[str, str]]:
    """What went wrong: for the submission as a whole, or the first case lost of each of its questions."""
    reasons = []
    if row.status != "graded" and row.verdict.message:
        reasons.append(("", first_line(row.verdict.message)))
    for question in row.verdict.questions:
        lost = next((case for case in question.cases if case.outcome != "passed"), None)
        if lost and lost.outcome == "error":
            reasons.append((question.key, f"our error in the case {lost.title}: see the page of the class"))
        elif lost:
            reasons.append((question.key, first_line(lost.message) or f"{lost.title} (hidden case)"))
    return reasons
