"""A notebook taken as a module: its code cells one after the other, so that it loads as `week01.py` would."""

from __future__ import annotations

import json
import re
from typing import Any

from autograder.inbox.entry import MAX_BYTES, RefusedError, too_large

CELL_MAGIC = re.compile(r"\s*%%(\w+)")
FUTURE = re.compile(r"^from __future__ import .*$", re.MULTILINE)
"""A notebook may say this in any cell, a module only at its head: it is moved there."""
STILL_PYTHON = frozenset(("time", "timeit", "capture", "prun", "memit"))
"""Cell magics that run the rest of the cell as Python."""


def notebook_source(content: bytes, name: str) -> bytes:
    """The Python source in a notebook: each code cell under `# cell 3`, with magics and shell lines commented out.

    A line that is commented out stays a line, so that a message's line number leads to the cell. Raises `RefusedError`
    when there is no notebook in `content`, or no code in it.
    """
    try:
        cells = _code_cells(json.loads(content))
    except (ValueError, RecursionError):
        raise RefusedError(f"{name} can't be read as a notebook: it is not valid JSON. Save it again.") from None
    if not any(cell.strip() for cell in cells):
        raise RefusedError(f"{name} has no code in it. Was it saved?")
    characters = sum(map(len, cells))
    if characters > MAX_BYTES:
        raise RefusedError(too_large(characters, ".py"))
    text = "\n\n".join(f"# cell {number}\n{_python(cell)}" for number, cell in enumerate(cells, 1)) + "\n"
    futures = dict.fromkeys(FUTURE.findall(text))
    text = "".join(f"{line}\n" for line in futures) + FUTURE.sub(r"# \g<0>", text)
    source = text.encode("utf-8", "replace")
    if len(source) > MAX_BYTES:
        raise RefusedError(too_large(len(source), ".py"))
    return source


def _code_cells(notebook: Any) -> list[str]:
    """The source of each code cell. Whatever is not as the format has it counts as no cell."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    sources = []
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            lines = cell.get("source")
            lines = [lines] if isinstance(lines, str) else lines
            if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
                sources.append("".join(lines))
    return sources


def _python(cell: str) -> str:
    from jupytext.magics import comment_magic

    lines = cell.replace("\r\n", "\n").split("\n")
    magic = CELL_MAGIC.match(cell)
    if magic and magic[1] not in STILL_PYTHON:
        return "\n".join(f"# {line}" for line in lines)
    try:
        return "\n".join(comment_magic(list(lines)))
    except Exception:  # what it can't make sense of is for Python to complain about
        return "\n".join(lines)
