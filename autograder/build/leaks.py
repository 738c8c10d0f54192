"""Does anything a student gets hold a line of a solution or of a hidden case?"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator

SHORTEST = 26  # normalised characters: shorter lines, such as `return x`, say nothing


def normalised(line: str) -> str:
    """The line without any white space, so that neither indentation nor formatting hides it."""
    return re.sub(r"\s+", "", line)


def secrets(lines: Iterable[str], given: Iterable[str]) -> set[str]:
    """The `lines` that must not be found, normalised: the long ones that the `given` texts don't hold anyway.

    A line of code with a comment behind it counts without the comment too.
    """
    public = "\n".join(normalised(text) for text in given)
    pieces = {piece.strip() for line in lines for piece in (line, line.split("  # ")[0])}
    return {line for piece in pieces if len(piece) >= SHORTEST and (line := normalised(piece)) not in public}


def leaks(files: Iterable[tuple[str, bytes]], secret: set[str]) -> list[str]:
    """One sentence for each secret line that a file holds, at any depth of zips, with the line as it stands there."""
    found = []
    for name, content in texts(files):
        body = normalised(content)
        for line in sorted(secret):
            if line in body:
                shown = as_it_stands(content, body.index(line), len(line))
                found.append(f"{name} holds a line of a solution or of a hidden case: {shown}")
    return found


def as_it_stands(content: str, start: int, length: int) -> str:
    """The piece of `content` that begins after `start` characters which are no white space and has `length` of them."""
    places = [match.start() for match in re.finditer(r"\S", content)]
    return " ".join(content[places[start] : places[start + length - 1] + 1].split())


def texts(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    """Name and text of each file; zips are opened, and a notebook gives the text of its cells."""
    for name, content in files:
        if zipfile.is_zipfile(io.BytesIO(content)) and name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                inner = [(f"{name}: {entry}", archive.read(entry)) for entry in archive.namelist()]
            yield from texts(inner)
        elif name.endswith(".ipynb"):
            cells = json.loads(content)["cells"]
            yield name, "\n".join("".join(cell["source"]) for cell in cells)
        else:
            yield name, content.decode("utf-8", errors="replace")
