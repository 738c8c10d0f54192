"""How Canvas, Moodle and Gradescope name what students handed in, in the archives that teachers download.

Canvas: `doejane_LATE_12345_678910_week01-1.py`, by student: name, late or not, the student's and the file's number, or
`anon_x7Yq2_678910_week01.py` (`lib/content_zipper.rb` of Canvas). Moodle:
`Jane Doe_12345_assignsubmission_file/week01.py`, with or without a `_` at the folder's end, or all in the file's name
(`mod/assign/classes/downloader.php` of Moodle). Gradescope: `submission_12345/week01.py`, and a
`submission_metadata.yml` that says who that is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.errors import UsageError
from autograder.inbox.entry import About, RefusedError
from autograder.inbox.places import Place

METADATA = "submission_metadata.yml"
MAX_METADATA = 50_000_000
MAX_DEPTH = 100
CANVAS = re.compile(r"(?P<student>[^/]+?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<file>\d+)_(?P<name>[^/]+)")
CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<student>anon_\w{5})_(?P<file>\d+)_(?P<name>[^/]+)", re.ASCII)
_OF_MOODLE = r"_(?P<number>\d+)_assignsubmission_(?P<type>file|onlinetext)(?:_(?P<name>[^/]*))?"
MOODLE_FOLDER = re.compile(rf"(?P<student>[^/]+){_OF_MOODLE}")
MOODLE_FILE = re.compile(rf"(?P<student>[^/]+?){_OF_MOODLE}")
"""What comes last in a file's name is the student's to choose, who could put another one's number there."""
ATTEMPT = re.compile(r"[-_ ]?\(?(\d{1,4})\)?")
"""What a browser or a system adds to the name of a file that is handed in again: `-1`, ` (1)`."""


@dataclass(frozen=True)
class Handed:
    """What a name in an export says: who handed in, and, unless it is a folder, the file's `name` and `order`."""

    student: str
    about: About
    name: str = ""
    order: int = 0


def handed_in(name: str, is_folder: bool) -> Handed | None:
    """What a name at the top of an export by Canvas or Moodle says; None for any other name."""
    found = (MOODLE_FOLDER if is_folder else MOODLE_FILE).fullmatch(name)
    if found and (is_folder or found["name"]):
        about = About("moodle", found["number"], folder=name if is_folder else "")
        return Handed(found["student"], about, "" if is_folder else found["name"])
    if is_folder:
        return None
    anonymous = CANVAS_ANONYMOUS.fullmatch(name)
    found = anonymous or CANVAS.fullmatch(name)
    if found:
        number = "" if anonymous else found["number"]  # Canvas imports grades by a number that isn't told then
        about = About("canvas", number, late=bool(found["late"]))
        return Handed(found["student"], about, found["name"], int(found["file"]))
    return None


def best_name(names: Sequence[tuple[str, int]], module: str) -> int | None:
    """The index of the file that counts among `names` (each with the order it was handed in), None for none.

    That is the module, under the name that the system may have given it, rather than the notebook; then the only
    Python file. Of several attempts it is the last.
    """
    stem = module.removesuffix(".py")
    for suffix in (".py", ".ipynb"):
        ranked = []
        for index, (name, order) in enumerate(names):
            start, ending = name[: len(stem)], name[-len(suffix) :]
            attempt = ATTEMPT.fullmatch(name[len(stem) : -len(suffix)])
            if (start.casefold(), ending.casefold()) == (stem, suffix) and (attempt or len(name) == len(stem + suffix)):
                ranked.append((order, int(attempt[1]) if attempt else 0, index))
        if ranked:
            return max(ranked)[2]
    python = [(order, index) for index, (name, order) in enumerate(names) if name.endswith(".py")]
    return max(python)[1] if len(python) == 1 else None


def gradescope_submitters(place: Place, base: tuple[str, ...]) -> dict[str, list[Handed]]:
    """By folder: who handed it in, several in a group. Raises `UsageError` when the metadata can't be read."""
    import yaml  # type: ignore[import-untyped]

    try:
        content = place.read((*base, METADATA), MAX_METADATA)
        # The base loader makes strings, lists and dicts, whatever a tag asks for: a student number keeps its zeros.
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        depth = 0
        for event in yaml.parse(content, Loader=loader):  # one by one: the loader itself would exhaust the stack
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise yaml.YAMLError("it is nested too deeply")
        metadata = yaml.load(content, Loader=loader)
    except (RefusedError, yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise UsageError(f"{METADATA} in {place.title} can't be read: {str(error).splitlines()[0]}") from error
    if not isinstance(metadata, dict):
        raise UsageError(f"{METADATA} in {place.title} is not what Gradescope writes: download the export again.")
    return {str(folder): _submitters(str(folder), about) for folder, about in metadata.items()}


def _submitters(folder: str, about: Any) -> list[Handed]:
    people = about.get(":submitters") if isinstance(about, dict) else None
    found = []
    for person in people if isinstance(people, list) else ():
        if isinstance(person, dict):
            name, email, sid = (str(person.get(key) or "") for key in (":name", ":email", ":sid"))
            number = folder.removeprefix("submission_")
            found.append(Handed(name or email or sid or folder, About("gradescope", number, email, sid)))
    return found or [Handed(folder, About("gradescope", folder.removeprefix("submission_")))]
