"""The student's own code that stands beside a failed case: the question's functions, and the lines that it names.

The code is only looked at, line by line, and never parsed: it may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autograder.reports.rows import unwritten
from autograder.verdict import QuestionResult

LINE_NUMBER = re.compile(r"\bline (\d{1,6})\b", re.IGNORECASE)
HEAD = re.compile(r"(?:async\s+)?(?:def|class)\s+(\w+)")
INSIDE = re.compile(r"[\s#)\]}]|$")
"""How a line begins that goes on with what began above it."""

MAX_LINES = 40
AROUND = 4


@dataclass(frozen=True)
class CodeLine:
    """A line of the submitted code, by its number; `named` if a message names it."""

    number: int
    text: str
    named: bool


@dataclass(frozen=True)
class Excerpt:
    """A part of the submitted code: what it is, and its lines; `cut` if it goes on."""

    title: str
    lines: tuple[CodeLine, ...]
    cut: bool


def excerpts(question: QuestionResult, functions: Collection[str], lines: Sequence[str]) -> tuple[Excerpt, ...]:
    """What to show beside the cases that `question` lost: its `functions`, and the places that the messages name.

    Nothing when no case failed, or when the function is still to be written.
    """
    failed = [case for case in question.cases if case.outcome == "failed" and not unwritten(case)]
    if not failed:
        return ()
    named = {number for case in failed for number in named_lines(case.message, len(lines))}
    blocks = _blocks(lines)
    wanted = {name: blocks[name] for name in blocks if name in functions}
    wanted |= {name: block for name, block in blocks.items() if name not in wanted and named.intersection(block)}
    shown = [_excerpt(name, block, named, lines) for name, block in wanted.items()]
    elsewhere = sorted(named.difference(*wanted.values()))
    return (*shown, *around(elsewhere[:1], lines))


def named_lines(message: str, count: int) -> list[int]:
    """The line numbers that `message` names, of a text that has `count` lines."""
    return [number for found in LINE_NUMBER.finditer(message) if 1 <= (number := int(found[1])) <= count]


def around(named: Sequence[int], lines: Sequence[str]) -> tuple[Excerpt, ...]:
    """The first of the `named` lines and those around it; nothing if none is named."""
    if not named:
        return ()
    place = range(max(1, named[0] - AROUND), min(len(lines), named[0] + AROUND) + 1)
    return (_excerpt(f"Line {named[0]}", place, named[:1], lines),)


def _blocks(lines: Sequence[str]) -> dict[str, range]:
    """By name, the line numbers of each function and class that stands at the margin; of two by one name the last."""
    starts: list[tuple[str, int]] = []
    ends: list[int] = []
    decorated = 0  # the first line of the decorators above, 0 if there are none
    for number, line in enumerate([*lines, "end"], 1):
        if INSIDE.match(line):
            continue
        if len(ends) < len(starts):
            ends.append(number)
        if head := HEAD.match(line):
            starts.append((head[1], decorated or number))
        decorated = (decorated or number) if line.startswith("@") else 0
    return {name: _trimmed(range(start, end), lines) for (name, start), end in zip(starts, ends, strict=True)}


def _trimmed(block: range, lines: Sequence[str]) -> range:
    """The block without the blank lines and the comments at the margin that follow it."""
    last = block.stop - 1
    while last > block.start and re.match(r"#|\s*$", lines[last - 1]):
        last -= 1
    return range(block.start, last + 1)


def _excerpt(title: str, block: range, named: Collection[int], lines: Sequence[str]) -> Excerpt:
    """The block; where it is too long, the part around the last line that is named in it, else its beginning."""
    last = max((number for number in named if number in block), default=block.start)
    start = min(max(block.start, last - MAX_LINES // 2), max(block.start, block.stop - MAX_LINES))
    shown = range(start, min(block.stop, start + MAX_LINES))
    return Excerpt(
        title, tuple(CodeLine(number, lines[number - 1], number in named) for number in shown), shown != block
    )
