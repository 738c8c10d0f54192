"""Whether a class seems to have been handed in for another week than the one it is graded for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.inbox.entry import Entry, RefusedError
from autograder.inbox.find import read_submission
from autograder.week import Week, load_week, week_names


def seems_of_another_week(entries: Sequence[Entry], week: Week, solutions: Path | None) -> str:
    """A warning where no submission defines most functions of `week` and most submissions those of another; else "".

    Each would get 0 points, and the grades would look like any others. The first file that does ends the search.
    """
    if any(_defines_most(week.functions, source) for source in _sources(entries)):
        return ""
    for name in week_names(solutions):
        try:
            functions = load_week(name, solutions).functions
        except UsageError:  # a week that somebody is working on
            continue
        count = sum(_defines_most(functions, source) for source in _sources(entries))
        if 2 * count > len(entries):
            return (
                f"No submission defines most of {week.name}'s functions ({', '.join(week.functions)}); those of {name} "
                f"are defined by {count} of {len(entries)}. Did you mean `autograder grade {name}`?"
            )
    return ""


def _sources(entries: Sequence[Entry]) -> Iterator[bytes]:
    for entry in entries:
        try:
            yield read_submission(entry)
        except RefusedError:
            continue


def _defines_most(functions: Sequence[str], source: bytes) -> bool:
    found = sum(bool(re.search(rb"\bdef %s\b" % name.encode(), source)) for name in functions)
    return 2 * found > len(functions)
