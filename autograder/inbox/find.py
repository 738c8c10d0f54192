"""Which submissions lie under a path: whose they are, and why one is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.errors import UsageError
from autograder.gradebook import FILE_NAME
from autograder.inbox.entry import Entry, RefusedError, limit
from autograder.inbox.exports import in_export, is_export
from autograder.inbox.found import Found, checked, one_per_student
from autograder.inbox.notebook import notebook_source
from autograder.inbox.places import Archive, Folder, Place, some_names
from autograder.names import name_refusal, printable
from autograder.output import LOCK
from autograder.week import Week

LEFT_BY_TOOLS = frozenset(
    (".DS_Store", ".git", ".gitignore", ".gitkeep", ".ipynb_checkpoints", "__MACOSX", "__pycache__", "Thumbs.db")
)
HANDED_IN_BY_MISTAKE = {
    ".zip": "a zip archive, which is never unpacked",
    ".gz": "an archive, which is never unpacked",
    ".pyc": "a compiled file",
    ".pdf": "a document",
    ".docx": "a document",
    ".txt": "a text file",
}
"""What a student's file may end in that is not code. A `.txt` counts only as `ann.py.txt`: others are the user's."""
CODE = (".py", ".ipynb")

PassOver = Callable[[str], None]


def find_submissions(path: Path, week: Week, pass_over: PassOver = lambda _name: None) -> list[Entry]:
    """The submissions of `week` under `path` (a file, a folder, or an archive), sorted by student.

    `pass_over` is called with each name at the top that is taken for no student's.

    Raises `UsageError` when there is nothing at `path`, no submission in it, or when two files are one student's.
    """
    try:
        if not path.exists():
            raise UsageError(f"There is nothing at {path}. Expected a file, or a folder with {_layouts(week)}.")
        if path.is_dir():
            found = list(_in_place(Folder(path), path.resolve().name, week, pass_over))
        elif path.suffix.casefold() == ".zip":
            found = list(_in_place(Archive(path), path.stem, week, pass_over))
        else:
            found = [_single(path, week)]
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from error
    if all(one.empty for one in found):
        held = some_names(Folder(path) if path.is_dir() else Archive(path), ())
        raise UsageError(f"No submission found in {path}. Expected {_layouts(week)}; it holds {held}.")
    return sorted(one_per_student(found), key=lambda entry: entry.student)


def read_submission(entry: Entry) -> bytes:
    """The submission as the source of a module; raises `RefusedError` with the reason when it has none to give."""
    if entry.place is None:
        raise RefusedError(entry.refusal)
    name = entry.parts[-1]
    content = entry.place.read(entry.parts, limit(name))
    return notebook_source(content, printable(name)) if name.endswith(".ipynb") else content


def _single(path: Path, week: Week) -> Found:
    """The user named one file: it is the submission, of the student that it or its folder is named after."""
    if path.suffix not in CODE:
        raise UsageError(
            f"{path} is not a Python file, a notebook or a zip archive. "
            f"Expected {week.module}, or a folder with {_layouts(week)}."
        )
    path = path.resolve()
    student = path.parent.name if path.name in (week.module, _notebook(week)) else path.stem
    return checked(Folder(path.parent), (path.name,), student, path.name)


def _in_place(place: Place, own_name: str, week: Week, pass_over: PassOver) -> Iterator[Found]:
    base = _top(place, week)
    found, explained = in_export(place, base, week)
    yield from found
    names = sorted(set(place.names(base)) - LEFT_BY_TOOLS - explained)
    for own in (week.module, _notebook(week)):
        if own in names:
            yield _own_folder(place, base, names, own, own_name, week)
            return
    for name in names:
        parts = (*base, name)
        if name.endswith(".ipynb") and name.removesuffix("ipynb") + "py" in names:
            continue
        if _holds_results(place, parts, week):
            continue
        one = _candidate(place, parts, week)
        if one:
            yield one
        else:
            pass_over(printable(name))


def _top(place: Place, week: Week) -> tuple[str, ...]:
    """The folder that holds the class: the place itself, or the only folder in it when that is an export or a class."""
    names = set(place.names(())) - LEFT_BY_TOOLS
    if len(names) == 1 and not is_export(place, ()):
        inner = (names.pop(),)
        item = place.look(inner)
        if item and item.kind == "folder" and (is_export(place, inner) or _is_class(place, inner, week)):
            return inner
    return ()


def _is_class(place: Place, folder: tuple[str, ...], week: Week) -> bool:
    """Whether students' folders lie in it, and it is none itself: what is archived is often the folder around them."""
    owns = (week.module, _notebook(week))
    try:
        names = place.names(folder)
    except OSError:
        return False
    students = [name for name in names if any(_is_there(place, (*folder, name, own)) for own in owns)]
    return len(students) > 1 and not set(owns) & set(names)


def _own_folder(place: Place, base: tuple[str, ...], names: list[str], own: str, student: str, week: Week) -> Found:
    """The user named one student's folder: fine if nothing else in it could be a submission."""
    for name in names:
        also = name.endswith(".py") or place.look((*base, name, week.module))
        if name != own and also and not (own.endswith(".ipynb") and name == week.module):
            raise UsageError(
                f"{place.title} holds {own} beside {printable(name)}: is it one student's folder, or a class? "
                f"Give the file {own} itself, or rename it after its student."
            )
    return checked(place, (*base, own), student, student)


def _candidate(place: Place, parts: tuple[str, ...], week: Week) -> Found | None:
    """What a name in the class's folder is: an entry, or None if it has nothing to do with submissions."""
    name = parts[-1]
    item = place.look(parts)
    if item is None:
        return None
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = stem or name, dot + suffix.lower() if dot else ""
    mistake = HANDED_IN_BY_MISTAKE.get(suffix) if suffix != ".txt" or stem.endswith(".py") else None
    module = _is_there(place, (*parts, week.module))
    if item.kind == "folder" and suffix not in CODE:
        if name.startswith(".") and not module and not name_refusal(name):
            return None
        return checked(place, (*parts, week.module if module else _nearly(place, parts, week)), name, name)
    if item.kind == "file" and mistake:
        refusal, stem = f"{printable(name)} is {mistake}. Hand in {week.module}.", stem.removesuffix(".py")
        return Found(Entry(printable(stem), None), name).refused(refusal, hostile=bool(name_refusal(stem)))
    if suffix in CODE or item.kind != "file":
        return checked(place, parts, stem if suffix in CODE else name, name)
    return None


def _holds_results(place: Place, folder: tuple[str, ...], week: Week) -> bool:
    """Whether an earlier run wrote its results there: it is no student's."""
    item = place.look(folder)
    if item is None or item.kind != "folder":
        return False
    ours = any(_is_there(place, (*folder, name)) for name in (FILE_NAME, LOCK))
    return ours and not _is_there(place, (*folder, week.module))


def _nearly(place: Place, folder: tuple[str, ...], week: Week) -> str:
    """What stands for the module that a student's folder lacks: a notebook, or the one file that is nearly called so.

    Browsers and students make `Week01.py`, `week01 (1).py` and `week01_final.py` of it. The module's own name if there
    is no such file, or more than one.
    """
    if _is_there(place, (*folder, _notebook(week))):
        return _notebook(week)
    try:
        names = [] if place.crowded(folder) else place.names(folder)
    except OSError:
        names = []
    code = [name for name in names if name.casefold().endswith(".py") or name.endswith(".ipynb")]
    near = [name for name in code if week.name.casefold() in name.casefold()]
    return near[0] if len(near) == 1 else week.module


def _is_there(place: Place, parts: tuple[str, ...]) -> bool:
    try:
        return place.look(parts) is not None
    except OSError:
        return False


def _notebook(week: Week) -> str:
    return f"{week.name}.ipynb"


def _layouts(week: Week) -> str:
    return f"one folder per student (<student>/{week.module}) or one file per student (<student>.py)"
