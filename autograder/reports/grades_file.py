"""`grades.csv`: one row per student, safe to open in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.names import FORMULA_STARTS
from autograder.reports.rows import Row, number
from autograder.verdict import Run

PLAIN = re.compile(r"[\w .@'-]*")
"""A cell that no spreadsheet, whatever its separator, reads as more than one."""


def grades_file(run: Run, rows: Sequence[Row]) -> str:
    """The file's text: a header, then a row per student, sorted; lines end with a single line feed.

    The score is out of `possible`; percent is 0 to 100. Score and percent are empty where an error of ours is to be
    looked at first.
    """
    header = ["student", "score", "possible", "percent", "status", *run.question_keys]
    lines = sorted([cell(row.student), *_values(run, row)] for row in rows)
    return "".join(f"{','.join(line)}\n" for line in [header, *lines])


def _values(run: Run, row: Row) -> list[str]:
    return [number(row.score), number(run.possible), number(row.percent), row.status, *map(number, row.points)]


def cell(text: str) -> str:
    """`text` as one cell of a CSV file: no formula starts in it, and no separator splits it.

    An apostrophe before a formula's first character is the spreadsheets' own sign for text.
    """
    if text.lstrip().startswith(FORMULA_STARTS):
        text = f"'{text}"
    return text if PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'
