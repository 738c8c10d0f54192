"""One row per student: what every report says of a verdict, decided in one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.names import visible
from autograder.verdict import CaseResult, Run, Status, Verdict

UNWRITTEN = re.compile(r"\s*(Your function ended with: )?NotImplementedError\b")
STUB = re.compile(r"\b(\w+) is yours to implement")
"""How the line that the build leaves in a stub names the function."""


@dataclass(frozen=True)
class Row:
    """A verdict as it is reported.

    `score` and `percent` (0 to 100) are None where an error of ours stands in the way: such a submission has no score
    until it is graded again, and is never counted as zero. So have its `points`, one per question of the run. A
    submission that could not be run has 0.
    """

    verdict: Verdict
    student: str
    status: Status
    score: float | None
    percent: float | None
    points: tuple[float | None, ...]


def rows_of(run: Run, verdicts: Sequence[Verdict]) -> list[Row]:
    """The rows of `verdicts`, sorted by student."""
    return sorted((row_of(run, verdict) for verdict in verdicts), key=lambda row: row.student)


def row_of(run: Run, verdict: Verdict) -> Row:
    """The row of one verdict."""
    points = tuple(_points(verdict, key) for key in run.question_keys)
    broken = verdict.status == "error" or None in points
    score = None if broken else verdict.earned
    percent = None if score is None else 100 * score / run.possible if run.possible else 0.0
    status: Status = "error" if broken else verdict.status
    return Row(verdict, visible(verdict.student, keep=""), status, score, percent, points)


def _points(verdict: Verdict, key: str) -> float | None:
    for question in verdict.questions:
        if question.key == key:
            broken = any(case.outcome == "error" for case in question.cases)
            return None if broken else question.earned
    return None if verdict.status in ("error", "graded") else 0.0


def number(value: float | None) -> str:
    """`value` with at most two decimals and no needless ones; "" for None."""
    if value is None:
        return ""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def first_line(message: str) -> str:
    """The first line of `message` that says something, cut to a length that fits a list."""
    line = next((line.strip() for line in message.splitlines() if line.strip()), "")
    return line if len(line) <= 200 else line[:200] + "…"


def unwritten(case: CaseResult) -> str:
    """A sentence for a case that failed because a function still raises `NotImplementedError`; "" for any other.

    It names the function where the message does: that of an earlier question may be the one that is missing.
    """
    if case.outcome != "failed" or not UNWRITTEN.match(case.message):
        return ""
    named = STUB.search(first_line(case.message))
    return f"Not written yet: {named[1]}." if named else "Not written yet."
