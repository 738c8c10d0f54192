"""Names that strangers chose: made visible, compared, and refused where nobody is called that."""

from __future__ import annotations

import unicodedata

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, full-width forms included."""


def is_visible(character: str) -> bool:
    """Whether `character` is seen as itself: no control, direction or joining mark, no half of a surrogate pair."""
    category = unicodedata.category(character)
    return category[0] != "C" and category not in ("Zl", "Zp")


def escaped(character: str) -> str:
    """The escape by which Python writes `character`: `\\n`, `\\x1b`, `\\u202e`."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def printable(name: str) -> str:
    """`name` with everything that is not visible escaped, and backslashes too: two names stay two."""
    return "".join(c if is_visible(c) and c != "\\" else escaped(c) for c in name)


def visible(text: str, keep: str = "\n\t") -> str:
    """`text` with everything escaped that is neither visible nor in `keep`: no terminal or page obeys it."""
    if text.isprintable():
        return text
    return "".join(c if is_visible(c) or c in keep else escaped(c) for c in text)


def same_name(name: str) -> str:
    """What two spellings of one name share: case, composed or loose accents, and spaces don't count."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def name_refusal(name: str) -> str:
    """Why a student can't be called `name`, as a sentence; "" for an ordinary name."""
    if not all(is_visible(character) for character in name):
        return "The name holds a character that can't be seen, such as a line break: rename it."
    if name.strip().startswith(FORMULA_STARTS):
        return f"The name begins with {name.strip()[0]}, which a spreadsheet would run as a formula: rename it."
    if "\\" in name or ".." in name or not name.strip(" ."):
        return "The name is a path, not a student's name: rename it."
    return ""
