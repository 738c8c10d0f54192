"""`autograder history`: every verdict that a student got in a week, oldest first."""

from __future__ import annotations

import difflib
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.errors import UsageError
from autograder.gradebook import FILE_NAME, Gradebook, Judgement
from autograder.names import printable, same_name, visible
from autograder.reports.rows import first_line, number, row_of
from autograder.week import week_name

WIDE = 250
"""Characters of a line that goes to a file or a pipe, where a row is one line."""


def print_history(week: str, student: str, out: Path, console: Console) -> None:
    """Print what the gradebook in `out` holds of `student` in `week`. Raises `UsageError` when that is nothing."""
    path, week = out / FILE_NAME, week_name(week)
    if not path.is_file():
        raise UsageError(f"There is no gradebook in {out}. Give the folder that `autograder grade` wrote to.")
    with Gradebook(path) as gradebook:
        names = {same_name(name): name for name in gradebook.students(week)}
        found = match_name(student, names, f"The gradebook holds no verdict on {{}} in {week}.")
        judgements = gradebook.history(found, week)
    table = Table(title=Text(f"{found}, {week}", "bold"), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("run", "graded (UTC)", "status", "score", "of", "submission", "sandbox"):
        table.add_column(heading, justify="right" if heading in ("run", "score", "of") else "left", overflow="fold")
    for judgement in judgements:
        table.add_row(*map(Text, _cells(judgement)))
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)


def match_name(wanted: str, names: dict[str, str], complaint: str) -> str:
    """The name in `names` (by how it compares) that `wanted` spells; raises `UsageError` with the nearest ones."""
    found = names.get(same_name(wanted)) or names.get(same_name(printable(wanted)))
    if found is None:
        near = difflib.get_close_matches(same_name(wanted), names, n=3)
        hint = f" Did you mean {' or '.join(names[name] for name in near)}?" if near else ""
        raise UsageError(complaint.format(printable(wanted)) + hint)
    return found


def _cells(judgement: Judgement) -> list[str]:
    row = row_of(judgement.run, judgement.verdict)
    reason = first_line(visible(judgement.verdict.message)) if row.status == "refused" else ""
    return [
        str(judgement.number),
        judgement.saved,
        f"{row.status}: {reason}" if reason else row.status,
        number(row.score) or "?",
        number(judgement.run.possible),
        judgement.verdict.digest[:8] or "–",
        judgement.run.sandbox,
    ]
