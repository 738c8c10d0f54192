"""The files of a report: names that every file system takes, and what earlier runs left."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from autograder.names import same_name

GENERATOR = '<meta name="generator" content="autograder">'
"""Stands at the head of every page, so that a page of ours is known from a page of the user's."""

PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@ -]{0,79}")
RESERVED_NAME = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows takes for a device."""


def page_names(students: Sequence[str]) -> dict[str, str]:
    """A file name for each student's page: the name itself where it is plain and unique, else one with a digest."""
    spellings = [same_name(student) for student in students]
    return {
        student: f"{student}.html" if _is_plain(student) and spellings.count(spelling) == 1 else _digest_name(student)
        for student, spelling in zip(students, spellings, strict=True)
    }


def _is_plain(student: str) -> bool:
    return bool(
        PLAIN_NAME.fullmatch(student) and not RESERVED_NAME.fullmatch(student) and not student.endswith((" ", "."))
    )


def _digest_name(student: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", student.casefold()).strip("-")[:40] or "student"
    return f"{slug}-{hashlib.sha256(student.encode()).hexdigest()[:10]}.html"


def remove_stale(folder: Path, keep: set[str], ending: str, mark: str) -> None:
    """Remove what an earlier run wrote into `folder`, known by the `mark` at its head, and this one did not."""
    for path in folder.glob(f"*{ending}"):
        if path.name not in keep and path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                ours = mark.encode() in file.read(500)
            if ours:
                path.unlink()
