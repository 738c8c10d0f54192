"""The roster: who is in the course, as a CSV file, who of them handed nothing in, and what it knows of the others."""

from __future__ import annotations

import csv
import io
import itertools
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
CANVAS_ONLY = {"sis user id", "sis login id", "section"}  # beside ID: somebody without SIS rights sees the last alone
EMAILS = ("email", "email address")
FIRST, LAST = ("first name", "firstname", "given name"), ("last name", "lastname", "family name", "surname")


@dataclass(frozen=True)
class Attendance:
    """How the roster and the inbox agree: who is `missing` of the `expected`, and who is in the inbox `unexpected`.

    `said` is what the roster says of those who handed in, by the inbox's name: headings in small letters, and values.
    """

    expected: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def attendance(path: Path, entries: Sequence[Entry]) -> Attendance:
    """Compare the roster at `path` with the inbox. Raises `UsageError` when there is no roster in the file.

    Somebody on the roster is found by anything it says of them: a name in either order, a number, an address.
    """
    people = _people(path)
    known = {key: entry.student for entry in entries for key in _keys_of(entry)}
    said: dict[str, Mapping[str, str]] = {}
    missing = []
    for name, values, row in people:
        theirs = {known[key] for value in values for key in _keys(value) if key in known}
        said |= dict.fromkeys(theirs, row)
        if not theirs:
            missing.append(name)
    unexpected = sorted({entry.student for entry in entries} - said.keys())
    return Attendance(len(people), tuple(sorted(missing)), tuple(unexpected), said)


def informed(about: About, said: Mapping[str, str]) -> About:
    """`about`, and what the roster `said` of the student where it says nothing itself.

    Canvas's own list of grades, used as a roster, has its number for a student in the column ID.
    """
    number = said.get("canvas user id") or (said.get("id") if said.keys() & CANVAS_ONLY else "") or ""
    sid = next((said[heading] for heading in SIDS if said.get(heading)), "")
    email = next((said[heading] for heading in EMAILS if said.get(heading)), "")
    about = replace(about, sid=about.sid or sid, email=about.email or email)
    return replace(about, system="canvas", number=number) if number and not about.system else about


def _people(path: Path) -> list[tuple[str, list[str], dict[str, str]]]:
    """Each person's name to show, all values that say who it is, and these by their headings."""
    rows = [[value.strip() for value in row] for row in _rows(path) if any(value.strip() for value in row)]
    if not rows:
        raise UsageError(f"The roster {path} is empty. Expected a CSV file with a row for each student.")
    headings = [same_name(heading) for heading in rows[0]]
    columns = [index for index, heading in enumerate(headings) if heading in HEADINGS]
    columns.sort(key=lambda index: headings[index] not in NAMES)  # who is missing is told by name, if there is one
    if columns:
        rows = rows[1:]
    elif len(headings) == 1:
        columns = [0]
    else:
        raise UsageError(
            f"The roster {path} has no column that says who somebody is. Head one of its columns "
            "Student, Name, Email, Username or ID."
        )
    first, last = (next((i for i in columns if headings[i] in known), None) for known in (FIRST, LAST))
    people = []
    for row in rows:
        values = [row[index] for index in columns if index not in (first, last) and index < len(row) and row[index]]
        if first is not None and last is not None:
            values.insert(0, " ".join(row[index] for index in (first, last) if index < len(row)).strip())
        if values and "points possible" not in same_name(values[0]):  # the second line of Canvas's own file
            said = dict(zip(headings, row, strict=False))
            people.append((printable(values[0]), values, said))
    return people


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
