"""One student's submission as the inbox knows it, and why one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.names import printable

if TYPE_CHECKING:
    from autograder.inbox.places import Place

MAX_BYTES = 1_000_000
"""A submission is a text of some kilobytes; nothing larger is read."""

MAX_NOTEBOOK_BYTES = 5_000_000
"""A notebook may hold pictures; larger than this its code is not looked for."""


class RefusedError(Exception):
    """A submission that can't be read; the text is the refusal, a sentence for the student's page."""


@dataclass(frozen=True)
class About:
    """What the system that students handed in to says beside the file; "" and False where it says nothing.

    `system` is canvas, moodle or gradescope; `number` its own number for the student; `sid` the student number of the
    university; `folder` the name under which it takes feedback back.
    """

    system: str = ""
    number: str = ""
    email: str = ""
    sid: str = ""
    late: bool = False
    folder: str = ""


NOTHING_KNOWN = About()


@dataclass(frozen=True)
class Entry:
    """One student's submission, or the reason why it is not taken.

    `student` is always printable: a character that can't be seen stands there escaped (`\\n`, `\\u202e`). The file is
    `parts`, names from the top of `place` downwards; `place` is None when there is a `refusal`.
    """

    student: str
    place: Place | None
    parts: tuple[str, ...] = ()
    refusal: str = ""
    about: About = NOTHING_KNOWN


def kind_refusal(kind: str, size: int, name: str) -> str:
    """Why something of this kind and size is no submission; "" for an ordinary file of an ordinary size."""
    if kind == "link":
        return f"{printable(name)} is a link. Hand in the file itself."
    if kind == "folder":
        return f"{printable(name)} is a folder. Expected a Python file of that name."
    if kind == "other":
        return f"{printable(name)} is a pipe, a socket or a device. Expected an ordinary file."
    return too_large(size, name) if size > limit(name) else ""


def limit(name: str) -> int:
    """How many bytes a file of this name may have."""
    return MAX_NOTEBOOK_BYTES if name.endswith(".ipynb") else MAX_BYTES


def too_large(size: int, name: str) -> str:
    """The refusal of a file of `size` bytes."""
    return (
        f"The file is too large: {size:,} bytes, where a submission may have {limit(name):,}. "
        "Hand in the code alone, without data or outputs."
    )
