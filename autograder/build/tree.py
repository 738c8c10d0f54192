"""The built files against those on disk: what would change, and putting them in place."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.build.zips import folder_files
from autograder.whole_files import write_atomically
from course import known

SHOWN = 12  # lines of a difference


@dataclass(frozen=True)
class Change:
    """A file that differs: `old` is None when it is new, `new` is None when nothing makes it any more.

    `name` is how messages call it, such as `assignments/week01/README.md`.
    """

    path: Path
    name: str
    old: bytes | None
    new: bytes | None

    def summary(self) -> Iterator[str]:
        """One line that says what changes, then the first lines of the difference."""
        if self.new is None:
            yield f"- {self.name} would be removed: nothing in solutions/ makes it"
        elif self.old is None:
            yield f"+ {self.name} would be added"
        else:
            old, new = (content.decode("utf-8", "replace").splitlines() for content in (self.old, self.new))
            lines = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
            added = sum(line.startswith("+") for line in lines)
            removed = sum(line.startswith("-") for line in lines)
            yield f"~ {self.name} would change: lines added: {added}, removed: {removed}"
            yield from (f"    {line[:120]}" for line in lines[:SHOWN])
            if len(lines) > SHOWN:
                yield f"    … and {len(lines) - SHOWN} lines more"


def changes(files: Mapping[str, bytes], folder: Path) -> list[Change]:
    """What has to change in `folder` so that it holds exactly `files`."""
    present = folder_files(folder) if folder.is_dir() else {}
    found = []
    for name in sorted({*files, *present}):
        old, new = present.get(name), files.get(name)
        if not _same(name, old, new):
            found.append(Change(folder / name, f"{folder.parent.name}/{folder.name}/{name}", old, new))
    return found


def apply(found: list[Change]) -> None:
    """Make the changes; each file is whole at every moment, and files that don't change are not touched."""
    for change in found:
        if change.new is None:
            change.path.unlink()
            continue
        change.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(change.path, change.new)


def settled(name: str, new: bytes, folder: Path) -> bytes:
    """The file as it is in `folder` if `new` says the same up to rounding, else `new`."""
    path = folder / name
    old = path.read_bytes() if path.is_file() else None
    return old if old is not None and _same(name, old, new) else new


def _same(name: str, old: bytes | None, new: bytes | None) -> bool:
    if old is None or new is None or old == new or not name.endswith("known_mistakes.json"):
        return old == new
    try:
        return known.same(json.loads(old), json.loads(new))
    except ValueError:
        return False
