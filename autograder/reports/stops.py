"""Which submissions took long, and which had to be stopped: for who looks after the machine, and after the students."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.reports.rows import Row

KINDS = {
    "time limit": "time-out",
    "crash": "crash",
    "resource limit": "too many files, bytes or threads",
    "MemoryError": "out of memory",
    "ResourceExhaustedError": "out of memory",
}
"""How a call ends that had to be stopped or that stopped its process, and what that is called."""

MOST = 6


@dataclass(frozen=True)
class Stop:
    """A submission that was stopped: in how many cases, and how often by each of the kinds."""

    student: str
    cases: int
    kinds: tuple[tuple[str, int], ...]


def stops_of(rows: Sequence[Row]) -> tuple[Stop, ...]:
    """The submissions that were stopped, the most often stopped first. An import that was stopped counts once."""
    stops = []
    for row in rows:
        endings = [row.verdict.ending, *(case.ending for part in row.verdict.questions for case in part.cases)]
        kinds = Counter(KINDS[ending] for ending in endings if ending in KINDS)
        if kinds:
            stops.append(Stop(row.student, kinds.total(), tuple(kinds.most_common())))
    return tuple(sorted(stops, key=lambda stop: (-stop.cases, stop.student)))


def slowest_of(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The few that took longest, the slowest first."""
    ran = [row for row in rows if row.verdict.seconds > 0]
    return tuple(sorted(ran, key=lambda row: -row.verdict.seconds)[:MOST])
