"""What was found for a student, before it is settled which of several entries counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from autograder.errors import UsageError
from autograder.inbox.entry import NOTHING_KNOWN, About, Entry, kind_refusal
from autograder.inbox.places import Place, some_names
from autograder.names import name_refusal, printable, same_name


@dataclass(frozen=True)
class Found:
    """An entry with its name in the place. `hostile`: it must not stop the class. `empty`: alone, it makes no class."""

    entry: Entry
    name: str
    hostile: bool = False
    empty: bool = False

    def refused(self, refusal: str, *, hostile: bool = False, empty: bool = False) -> Found:
        """The same, as a refusal."""
        entry = replace(self.entry, place=None, refusal=refusal)
        return replace(self, entry=entry, hostile=hostile, empty=empty)


def checked(place: Place, parts: tuple[str, ...], student: str, name: str, about: About = NOTHING_KNOWN) -> Found:
    """The entry of `student` at `parts`, refused if the name, the student's folder or the file is not as it should be.

    `name` is what the user sees of it: the name at the top of the place.
    """
    found = Found(Entry(printable(student), place, parts, about=about), name)
    refusal = name_refusal(student)
    if refusal:
        return found.refused(refusal, hostile=True)
    folder, file = parts[:-1], parts[-1]
    try:
        outside = place.look(folder) if folder else None
        if outside and outside.kind == "link":
            return found.refused(kind_refusal("link", 0, name), hostile=True)
        files = place.crowded(folder) if file != name else 0
        item = place.look(parts)
    except OSError as error:
        return found.refused(f"{printable(file)} can't be read: {error.strerror}.")
    if files:
        return found.refused(f"The submission holds {files:,} files. Hand in {printable(file)} alone.")
    if item is None:
        held = some_names(place, folder)
        hint = f" Name the one that counts {file}." if ".py" in held else ""
        return found.refused(f"There is no {file} in this folder; it holds {held}.{hint}", empty=True)
    refusal = kind_refusal(item.kind, item.size, file)
    return found.refused(refusal, hostile=item.kind in ("link", "other")) if refusal else found


def told_apart(found: list[Found]) -> list[Found]:
    """The entries of an export, in which two students of one name also go by their numbers."""
    names = Counter(same_name(one.entry.student) for one in found)
    return [
        replace(one, entry=replace(one.entry, student=f"{one.entry.student} ({one.entry.about.number})"))
        if names[same_name(one.entry.student)] > 1
        else one
        for one in found
    ]


def one_per_student(found: list[Found]) -> list[Entry]:
    """One entry per student. Two files of one student are the user's to settle; a hostile name is told apart by '."""
    taken: dict[str, Found] = {}
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
