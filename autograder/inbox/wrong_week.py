"""Whether a class was handed in for another week than the one it is to be graded for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.inbox.entry import Entry, RefusedError
from autograder.inbox.find import read_submission
from autograder.week import Week, load_week, week_names


def expect_the_week(entries: Sequence[Entry], week: Week, solutions: Path | None) -> None:
    """Raise `UsageError` where no submission defines most functions of `week` and most submissions those of another.

    Each would get 0 points, and the grades would look like any others. The first file that does ends the search; a
    single submission is never asked about: its student may have handed in the wrong file.
    """
    if any(_defines_most(week.functions, source) for source in _sources(entries)):
        return
    for other in week_names(solutions):
        functions = load_week(other, solutions).functions
        count = sum(_defines_most(functions, source) for source in _sources(entries))
        if count > 1 and 2 * count > len(entries):
            raise UsageError(
                f"No submission defines most of {week.name}'s functions ({', '.join(week.functions)}), and {count} "
                f"of {len(entries)} define those of {other}. Did you mean `autograder grade {other}`?"
            )


def _sources(entries: Sequence[Entry]) -> Iterator[bytes]:
    for entry in entries:
        try:
            yield read_submission(entry)
        except RefusedError:
            continue


def _defines_most(functions: Sequence[str], source: bytes) -> bool:
    found = sum(bool(re.search(rb"\bdef %s\b" % name.encode(), source)) for name in functions)
    return 2 * found > len(functions)
