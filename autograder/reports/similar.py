"""Submissions that look alike, as a hint for a person: who, how much, and where.

The comparison itself is `fingerprints.py`, a process with limits. Whatever happens to it, the other reports are
written, and say what happened.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.reports.rows import Row
from autograder.week import ROOT, Week

MAX_CHARACTERS = 100_000
"""A longer text is not compared, and named: a week's solution has some thousands."""

MAX_TEXTS = 1_000
"""Of a larger class every two are too many."""

SECONDS = 300

LEAST_SHARE = 0.8
"""Of the code that is a student's own, in the one of the two of which more is in the other.

Measured on the correct samples of weeks 1 to 4, written into the stub: 303 pairs in different styles have at most
0.75 in common, 95 of 100 less than 0.47; 51 copies with every variable renamed and the functions in another order, at
least 0.80.
"""

LEAST_MATCHED = 350
"""Characters in common, without names and spaces. Unfinished work is short, and what is short is alike."""


@dataclass(frozen=True)
class Side:
    """One submission of a pair: the `share` (0 to 1) of its own code that the other has too, and in which `lines`."""

    student: str
    share: float
    lines: frozenset[int]


@dataclass(frozen=True)
class Pair:
    """Two submissions that look alike, the one first of which more is in the other."""

    first: Side
    second: Side


@dataclass(frozen=True)
class Similarity:
    """What a class has in common. `pairs` holds those to show, the most alike first, of the `found` ones.

    `groups`: students who look like another of their group, the largest first. `median` and `high`: what half of all
    pairs, and 95 of 100, have in common at most (0 to 1). `unread`: students whose code was not compared. `trouble`:
    why nothing was compared, "" if it was.
    """

    pairs: tuple[Pair, ...] = ()
    found: int = 0
    groups: tuple[tuple[str, ...], ...] = ()
    compared: int = 0
    median: float | None = None
    high: float | None = None
    unread: tuple[str, ...] = ()
    trouble: str = ""


def similar_submissions(rows: Sequence[Row], week: Week) -> Similarity:
    """Compare the code of all `rows`, less what students of `week` were given: the stub and the lab."""
    texts = {row.student: row.verdict.source for row in rows if row.verdict.source.strip()}
    unread = tuple(student for student, text in texts.items() if len(text) > MAX_CHARACTERS)
    texts = {student: text for student, text in texts.items() if student not in unread}
    if len(texts) < 2:
        return Similarity(compared=len(texts), unread=unread)
    if len(texts) > MAX_TEXTS:
        return Similarity(unread=unread, trouble=f"More than {MAX_TEXTS:,} submissions are not compared.")
    try:
        answer = _ask(given_code(week), list(texts.values()))
    except subprocess.TimeoutExpired:
        return Similarity(unread=unread, trouble=f"The comparison took longer than {SECONDS} seconds.")
    except subprocess.CalledProcessError as error:
        last = [f"status {error.returncode}", *error.stderr.decode("utf-8", "replace").strip().splitlines()][-1]
        return Similarity(unread=unread, trouble=f"The comparison ended with: {last[:300]}.")
    students = list(texts)
    pairs = tuple(_pair(found, students, texts) for found in answer["pairs"])
    return Similarity(
        pairs=pairs,
        found=len(answer["found"]),
        groups=groups_of([(students[one], students[other]) for one, other in answer["found"]]),
        compared=len(texts) - len(answer["unread"]),
        median=answer["median"],
        high=answer["high"],
        unread=(*unread, *(students[number] for number in answer["unread"])),
    )


def given_code(week: Week) -> list[str]:
    """What students were given, which is nobody's own: the week's stub and its lab."""
    # Here, since the zip for Gradescope, where nobody is compared, comes without the build.
    from autograder.build.refusal import RefusalError
    from autograder.build.stub import make_stub

    try:
        given = [make_stub(week.solution.read_text(encoding="utf-8"), week)]
    except (RefusalError, SyntaxError):  # a week that can't be built was handed out in another way
        given = []
    return [*given, week.lab.read_text(encoding="utf-8")] if week.lab.is_file() else given


def _ask(given: list[str], texts: list[str]) -> dict[str, Any]:
    """The answer of `fingerprints.py`, in a process of its own."""
    request = {"given": given, "texts": texts, "least_share": LEAST_SHARE, "least_matched": LEAST_MATCHED}
    done = subprocess.run(
        [sys.executable, "-m", "autograder.reports.fingerprints"],
        input=json.dumps(request).encode(),
        capture_output=True,
        timeout=SECONDS,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"},
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _pair(found: dict[str, Any], students: Sequence[str], texts: dict[str, str]) -> Pair:
    sides = [
        Side(students[number], share, lines_in(texts[students[number]], slices))
        for number, share, slices in zip(found["texts"], found["shares"], found["slices"], strict=True)
    ]
    return Pair(*sorted(sides, key=lambda side: -side.share))


def lines_in(text: str, slices: Sequence[Sequence[int]]) -> frozenset[int]:
    """The lines of `text`, counted from 1, of which at least half lies within `slices`: starts, then ends."""
    inside = bytearray(len(text))
    for start, end in zip(*slices, strict=True):
        inside[start:end] = b"\1" * len(inside[start:end])
    lines = set()
    place = 0
    for number, line in enumerate(text.split("\n"), 1):
        begin = place + len(line) - len(line.lstrip())
        covered = sum(inside[begin : place + len(line)])
        if line.strip() and 2 * covered >= len(line.strip()):
            lines.add(number)
        place += len(line) + 1
    return frozenset(lines)


def groups_of(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The students who are linked by pairs, directly or through others, the largest group first."""
    group_of: dict[str, set[str]] = {}
    for one, other in pairs:
        if one in group_of and group_of[one] is group_of.get(other):
            continue
        group = group_of.get(one, {one}) | group_of.get(other, {other})
        group_of.update(dict.fromkeys(group, group))
    distinct = {tuple(sorted(group)) for group in group_of.values()}
    return tuple(sorted(distinct, key=lambda group: (-len(group), group)))
