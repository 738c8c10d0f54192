"""The roster: who is in the course, as a CSV file, who of them handed nothing in, and what it knows of the others."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.errors import UsageError
from autograder.inbox.entry import About, Entry
from autograder.names import printable, same_name

MAX_ROSTER = 20_000_000
HEADINGS = frozenset(
    (
        *("student", "name", "full name", "fullname", "student name", "display name", "sortable name"),
        *("first name", "last name", "firstname", "lastname", "given name", "family name", "surname"),
        *("id", "student id", "sid", "id number", "sis id", "sis user id", "user id", "canvas user id"),
        *("sis login id", "login", "username", "user name", "netid", "email", "email address", "identifier"),
    )
)
"""The columns that say who somebody is, as Canvas, Moodle, Gradescope and people head them."""
NAMES = ("student", "name", "full name", "fullname", "student name", "display name")
SIDS = ("sis user id", "sis id", "sid", "student id", "id number")
BY_NAME = {*NAMES, "sortable name"}  # what two people may share, unlike a number or an address
CANVAS_ONLY = {"sis user id", "sis login id", "section"}  # beside ID: somebody without SIS rights sees the last alone
EMAILS = ("email", "email address")
FIRST, LAST = ("first name", "firstname", "given name"), ("last name", "lastname", "family name", "surname")


@dataclass(frozen=True)
class Attendance:
    """How the roster and the inbox agree: who is `missing` of the `expected`, and who is in the inbox `unexpected`.

    `shared` are submissions that may be of several people on the roster, who have one name. `said` is what the roster
    says of the others who handed in, by the inbox's name: headings in small letters, and values.
    """

    expected: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Person:
    """A row of the roster: the name to show, by what somebody is called and by what known, and all that it says."""

    shown: str
    names: tuple[str, ...]
    marks: tuple[str, ...]
    said: Mapping[str, str]


def attendance(path: Path, entries: Sequence[Entry]) -> Attendance:
    """Compare the roster at `path` with the inbox. Raises `UsageError` when there is no roster in the file.

    Somebody on the roster is found by a number or an address, else by name, in either order.
    """
    people = _people(path)
    known: dict[str, set[str]] = {}
    for entry in entries:
        for key in _keys_of(entry):
            known.setdefault(key, set()).add(entry.student)
    found = [_known_by(person.marks, known) for person in people]
    claimed = set().union(*found)
    pairs = [
        (person, theirs or _known_by(person.names, known) - claimed)
        for person, theirs in zip(people, found, strict=True)
    ]
    owners = Counter(itertools.chain.from_iterable(theirs for _, theirs in pairs))
    return Attendance(
        expected=len(people),
        missing=tuple(sorted(person.shown for person, theirs in pairs if not theirs)),
        unexpected=tuple(sorted({entry.student for entry in entries} - owners.keys())),
        said={student: person.said for person, theirs in pairs for student in theirs if owners[student] == 1},
        shared=tuple(sorted(student for student, owned in owners.items() if owned > 1)),
    )


def _known_by(values: Sequence[str], known: Mapping[str, set[str]]) -> set[str]:
    return {student for value in values for key in _keys(value) for student in known.get(key, ())}


def informed(about: About, said: Mapping[str, str]) -> About:
    """`about`, and what the roster `said` of the student where it says nothing itself.

    Canvas's own list of grades, used as a roster, has its number for a student in the column ID.
    """
    number = said.get("canvas user id") or (said.get("id") if said.keys() & CANVAS_ONLY else "") or ""
    sid = next((said[heading] for heading in SIDS if said.get(heading)), "")
    email = next((said[heading] for heading in EMAILS if said.get(heading)), "")
    about = replace(about, sid=about.sid or sid, email=about.email or email)
    return replace(about, system="canvas", number=number) if number and not about.system else about


def _people(path: Path) -> list[_Person]:
    """Everybody on the roster."""
    rows = [[value.strip() for value in row] for row in _rows(path) if any(value.strip() for value in row)]
    if not rows:
        raise UsageError(f"The roster {path} is empty. Expected a CSV file with a row for each student.")
    headings = [same_name(heading) for heading in rows[0]]
    if HEADINGS.intersection(headings):
        rows = rows[1:]
    elif len(headings) == 1:
        headings = [NAMES[0]]
    else:
        raise UsageError(
            f"The roster {path} has no column that says who somebody is. Head one of its columns "
            "Student, Name, Email, Username or ID."
        )
    people = (
        _person([(heading, value) for heading, value in zip(headings, row, strict=False) if value]) for row in rows
    )
    return [person for person in people if person and "points possible" not in same_name(person.shown)]


def _person(cells: Sequence[tuple[str, str]]) -> _Person | None:
    """Who a row is about; None if it says nothing of that."""
    whole = " ".join(next((value for heading, value in cells if heading in half), "") for half in (FIRST, LAST)).strip()
    names = [whole] if whole else []
    names += [value for heading, value in cells if heading in BY_NAME]
    marks = [value for heading, value in cells if heading in HEADINGS - BY_NAME - {*FIRST, *LAST}]
    shown = next(iter([*names, *marks]), "")  # who is missing is told by name, if there is one
    return _Person(printable(shown), tuple(names), tuple(marks), dict(cells)) if shown else None


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_ROSTER)
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        start = text[:10_000]
        separator = max(",;\t", key=start.split("\n")[0].count)
        return list(csv.reader(io.StringIO(text), delimiter=separator))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = (
            error.strerror
            if isinstance(error, OSError)
            else "it is not CSV text in UTF-8 (in Excel: Save as, CSV UTF-8)"
        )
        raise UsageError(f"The roster {path} can't be read: {reason}.") from error


def _keys_of(entry: Entry) -> set[str]:
    about = entry.about
    # Canvas's number is the student's; those of the others are a submission's, and mean nobody on a roster.
    number = about.number if about.system == "canvas" else ""
    return set().union(*map(_keys, (entry.student, number, about.sid, about.email)))


def _keys(value: str) -> set[str]:
    """What compares equal when two values mean one person: `Doe, Jane` is `Jane Doe`, and Canvas's `doejane`."""
    whole = same_name(value)
    words = ["".join(filter(str.isalnum, word)) for word in whole.replace(",", " ").split()]
    turned = (words[index:] + words[:index] for index in range(len(words)))
    local = whole.partition("@")[0] if "@" in whole else ""
    return set(filter(None, itertools.chain((whole, local), map("".join, turned))))
