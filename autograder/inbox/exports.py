"""The submissions in an export by Canvas, Moodle or Gradescope: whose they are, and which file of each counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograder.inbox.entry import Entry
from autograder.inbox.found import Found, checked, told_apart
from autograder.inbox.places import Place
from autograder.inbox.systems import METADATA, Handed, best_name, gradescope_submitters, handed_in
from autograder.names import name_refusal, printable
from autograder.week import Week

Files = list[tuple[tuple[str, ...], str, int]]
"""What a student handed in: where each file lies, its own name, and the order in which it came."""


def is_export(place: Place, base: tuple[str, ...]) -> bool:
    """Whether one of the three systems wrote the folder `base`."""
    names = place.names(base)
    return METADATA in names or any(_handed(place, (*base, name)) for name in names)


def in_export(place: Place, base: tuple[str, ...], week: Week) -> tuple[list[Found], set[str]]:
    """The entries in the folder `base` that an export explains, and the names there that they explain."""
    names = sorted(place.names(base))
    if METADATA in names:
        return told_apart(list(_gradescope(place, base, week))), set(names)
    handed = {name: one for name in names if (one := _handed(place, (*base, name)))}
    students: dict[tuple[str, str], list[str]] = {}
    for name, one in handed.items():
        students.setdefault((one.about.system, one.about.number or one.student), []).append(name)
    found = [_entry(place, base, week, {name: handed[name] for name in theirs}) for theirs in students.values()]
    return told_apart(found), set(handed)


def _handed(place: Place, parts: tuple[str, ...]) -> Handed | None:
    if handed_in(parts[-1], True) is None and handed_in(parts[-1], False) is None:
        return None
    item = place.look(parts)
    return handed_in(parts[-1], item.kind == "folder") if item else None


def _entry(place: Place, base: tuple[str, ...], week: Week, handed: dict[str, Handed]) -> Found:
    """One student's entry in an export of Canvas or Moodle, of all that is there of the student."""
    files: Files = []
    for name, one in handed.items():
        parts = (*base, name)
        files += [(parts, one.name, one.order)] if one.name else _inside(place, parts)
    chosen = best_name([(name, order) for _, name, order in files], week.module)
    if chosen is None:
        name, one = next(iter(handed.items()))
        return _nothing(one, name, week, (name for _, name, _ in files))
    parts = files[chosen][0]
    top = parts[len(base)]
    return checked(place, parts, handed[top].student, top, handed[top].about)


def _inside(place: Place, parts: tuple[str, ...]) -> Files:
    item = place.look(parts)
    return [((*parts, name), name, 0) for name in place.names(parts)] if item and item.kind == "folder" else []


def _nothing(one: Handed, name: str, week: Week, held: Iterable[str]) -> Found:
    """The entry of a student who handed in no file that could count."""
    shown = sorted(printable(name) for name in held)
    listed = ", ".join(shown[:5]) + (", …" if len(shown) > 5 else "") or "nothing"
    found = Found(Entry(printable(one.student), None, about=one.about), name)
    refusal = name_refusal(one.student)
    return found.refused(refusal or f"There is no {week.module} in it; it holds {listed}.", hostile=bool(refusal))


def _gradescope(place: Place, base: tuple[str, ...], week: Week) -> Iterator[Found]:
    """An entry for each submitter; of several submissions of one it is the last."""
    last: dict[tuple[str, ...], tuple[int, str, Handed]] = {}
    for folder, people in gradescope_submitters(place, base).items():
        for one in people:
            order = int(one.about.number) if one.about.number.isdecimal() else 0
            person = (one.about.sid,) if one.about.sid else (one.student, one.about.email)
            last[person] = max(last.get(person, (-1, "", one)), (order, folder, one), key=lambda handed: handed[0])
    for _, folder, one in last.values():
        parts = (*base, folder)
        files = _inside(place, parts)
        chosen = best_name([(name, order) for _, name, order in files], week.module)
        if chosen is None:
            yield _nothing(one, folder, week, place.names(parts) if files else ())
        else:
            yield checked(place, files[chosen][0], one.student, folder, one.about)
