"""The inbox: which submissions lie under a path, and their bytes, read so that no name, link or device can do harm.

A class is a folder with a folder per student (`<student>/week01.py`), or flat files (`<student>.py`), or both mixed.
What can't be accepted becomes an entry with a `refusal`, so that the others are graded all the same. Nothing but the
file that the week declares is ever opened: what else a student hands in (`numpy.py`, `conftest.py`) has no effect.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import UsageError
from autograder.names import name_refusal, printable, same_name
from autograder.week import Week

MAX_BYTES = 1_000_000
"""A submission is a text of some kilobytes; nothing larger is read."""

GRADEBOOK = "gradebook.sqlite"
LEFT_BY_TOOLS = frozenset(
    (".DS_Store", ".git", ".gitignore", ".gitkeep", ".ipynb_checkpoints", "__MACOSX", "__pycache__", "Thumbs.db")
)
HANDED_IN_BY_MISTAKE = {
    ".zip": "a zip archive, which is never unpacked",
    ".gz": "an archive, which is never unpacked",
    ".ipynb": "a notebook",
    ".pyc": "a compiled file",
    ".pdf": "a document",
    ".docx": "a document",
    ".txt": "a text file",
}
"""What a student's file may end in that is not `.py`. A `.txt` counts only as `ann.py.txt`: others are the user's."""


class RefusedError(Exception):
    """A submission that can't be read; the text is the refusal, a sentence for the student's page."""


@dataclass(frozen=True)
class Entry:
    """One student's submission, or the reason why it is not taken.

    `student` is always printable: a character that can't be seen stands there escaped (`\\n`, `\\u202e`).
    `path` is None when there is a `refusal`. `inbox` is the folder that the user named: links on the way there are the
    user's own, below it they are refused.
    """

    student: str
    path: Path | None
    refusal: str = ""
    inbox: Path = Path()


@dataclass(frozen=True)
class _Found:
    """An entry with its name on the disk. `hostile`: it must not stop the class. `empty`: alone, it makes no class."""

    entry: Entry
    name: str
    hostile: bool = False
    empty: bool = False

    def refused(self, refusal: str, *, hostile: bool = False, empty: bool = False) -> _Found:
        entry = replace(self.entry, path=None, refusal=refusal)
        return replace(self, entry=entry, hostile=hostile, empty=empty)


def find_submissions(path: Path, week: Week) -> list[Entry]:
    """The submissions of `week` under `path` (a file, or a folder as described above), sorted by student.

    Raises `UsageError` when there is nothing at `path`, no submission in it, or when two files are one student's.
    """
    try:
        if not path.exists():
            raise UsageError(f"There is nothing at {path}. Expected a file, or a folder with {_layouts(week)}.")
        found = list(_in_folder(path, week)) if path.is_dir() else [_single(path, week)]
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from error
    if all(one.empty for one in found):
        raise UsageError(f"No submission found in {path}. Expected {_layouts(week)}; it holds {_some_names(path)}.")
    return sorted(_one_per_student(found), key=lambda entry: entry.student)


def read_submission(entry: Entry) -> bytes:
    """The bytes of the submission, at most `MAX_BYTES`; raises `RefusedError` with the reason when it has none to give.

    No link below the inbox is followed, and what is looked at is what is open: swapping the file for a link or a
    pipe after it was found gains nothing.
    """
    if entry.path is None:
        raise RefusedError(entry.refusal)
    try:
        descriptor = _open_below(entry.inbox, entry.path.relative_to(entry.inbox).parts)
    except OSError as error:
        raise RefusedError(f"{printable(entry.path.name)} can't be read: {error.strerror}.") from error
    try:
        refusal = _kind_refusal(os.fstat(descriptor), entry.path.name)
        if refusal:
            raise RefusedError(refusal)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_BYTES:
        raise RefusedError(_too_large(len(content)))
    return content


def _open_below(folder: Path, parts: Iterable[str]) -> int:
    """A descriptor of the file `folder`/`parts`, opened name by name without following a link or waiting for a pipe."""
    descriptor = os.open(folder, os.O_RDONLY)
    for part in parts:
        parent = descriptor
        try:
            descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
        finally:
            os.close(parent)
    return descriptor


def _kind_refusal(status: os.stat_result, name: str) -> str:
    """Why what `status` describes is no submission; "" for an ordinary file of an ordinary size."""
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        return f"{printable(name)} is a link. Hand in the file itself."
    if stat.S_ISDIR(mode):
        return f"{printable(name)} is a folder. Expected a Python file of that name."
    if not stat.S_ISREG(mode):
        return f"{printable(name)} is a pipe, a socket or a device. Expected an ordinary file."
    return _too_large(status.st_size) if status.st_size > MAX_BYTES else ""


def _too_large(size: int) -> str:
    return (
        f"The file is too large: {size:,} bytes, where a submission may have {MAX_BYTES:,}. "
        "Hand in the code alone, without data or outputs."
    )


def _single(path: Path, week: Week) -> _Found:
    """The user named one file: it is the submission, of the student that it or its folder is named after."""
    if path.suffix != ".py":
        raise UsageError(f"{path} is not a Python file. Expected {week.module}, or a folder with {_layouts(week)}.")
    path = path.resolve()
    student = path.parent.name if path.name == week.module else path.stem
    return _checked(_Found(Entry(printable(student), path, inbox=path.parent), path.name), student)


def _in_folder(folder: Path, week: Week) -> Iterator[_Found]:
    names = sorted(set(os.listdir(folder)) - LEFT_BY_TOOLS)
    if week.module in names:
        yield _own_folder(folder, names, week)
        return
    for name in names:
        yield from _candidate(folder, name, week)


def _own_folder(folder: Path, names: list[str], week: Week) -> _Found:
    """The user named one student's folder: fine if nothing else in it could be a submission."""
    for name in names:
        if name != week.module and (name.endswith(".py") or os.path.lexists(folder / name / week.module)):
            raise UsageError(
                f"{folder} holds {week.module} beside {printable(name)}: is it one student's folder, or a class? "
                f"Give the file {folder / week.module} itself, or rename it after its student."
            )
    student = folder.resolve().name
    return _checked(_Found(Entry(printable(student), folder / week.module, inbox=folder), student), student)


def _candidate(folder: Path, name: str, week: Week) -> Iterator[_Found]:
    """What `name` in the class's folder is: one entry, or none if it has nothing to do with submissions."""
    path = folder / name
    mode = path.lstat().st_mode
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = stem or name, dot + suffix.lower() if dot else ""
    mistake = HANDED_IN_BY_MISTAKE.get(suffix) if suffix != ".txt" or stem.endswith(".py") else None
    if stat.S_ISDIR(mode) and (path / GRADEBOOK).is_file() and not os.path.lexists(path / week.module):
        return  # where an earlier run wrote its results, not a student
    if stat.S_ISDIR(mode) and suffix != ".py":
        yield _checked(_Found(Entry(printable(name), path / week.module, inbox=folder), name), name)
    elif stat.S_ISREG(mode) and mistake:
        refusal = f"{printable(name)} is {mistake}. Hand in {week.module}."
        yield _Found(Entry(printable(stem), None), name).refused(refusal, hostile=bool(name_refusal(stem)))
    elif suffix == ".py" or not stat.S_ISREG(mode):
        student = stem if suffix == ".py" else name
        yield _checked(_Found(Entry(printable(student), path, inbox=folder), name), student)


def _checked(found: _Found, student: str) -> _Found:
    """`found`, refused if the name, the student's folder or the file is not what it should be."""
    path = found.entry.path
    assert path is not None
    refusal = name_refusal(student)
    if refusal:
        return found.refused(refusal, hostile=True)
    try:
        status = path.lstat()
    except FileNotFoundError:
        refusal = f"There is no {path.name} in this folder; it holds {_some_names(path.parent)}."
        return found.refused(refusal, empty=True)
    except OSError as error:
        return found.refused(f"{printable(path.name)} can't be read: {error.strerror}.")
    refusal = _kind_refusal(status, path.name)
    hostile = not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))
    return found.refused(refusal, hostile=hostile) if refusal else found


def _one_per_student(found: list[_Found]) -> list[Entry]:
    """One entry per student. Two files of one student are the user's to settle; a hostile name is told apart by '."""
    taken: dict[str, _Found] = {}
    for one in sorted(found, key=lambda one: one.hostile):
        other = taken.get(same_name(one.entry.student))
        if other and not one.hostile:
            raise UsageError(
                f"Two files for one student: {printable(other.name)} and {printable(one.name)}. Keep one of them."
            )
        while same_name(one.entry.student) in taken:
            one = replace(one, entry=replace(one.entry, student=one.entry.student + "'"))
        taken[same_name(one.entry.student)] = one
    return [one.entry for one in taken.values()]


def _some_names(folder: Path) -> str:
    """The first names in `folder`, for a message."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(printable(entry.name) for entry in itertools.islice(entries, 6))
    except OSError:
        return "what can't be read"
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "") or "nothing"


def _layouts(week: Week) -> str:
    return f"one folder per student (<student>/{week.module}) or one file per student (<student>.py)"
