"""`feedback.zip`: every student's page, in a folder of its own, to be sent back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.inbox.entry import NOTHING_KNOWN, About
from autograder.reports.rows import Row

SAFE_FOLDER = re.compile(r"[\w ,'().-]{1,200}")
TIME = (1980, 1, 1, 0, 0, 0)
"""Every member's: the same pages make the same archive."""


def feedback_archive(
    week: str, rows: Sequence[Row], pages: Path, names: Mapping[str, str], about: Mapping[str, About]
) -> bytes:
    """The archive: `<student>/week01.html` for each row, read from the folder `pages`, where it is called by `names`.

    A student who came from Moodle has the folder's name there, so that Moodle takes the archive as it is (Upload
    multiple feedback files in a zip).
    """
    content = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in rows:
            page = names[row.student]
            folder = about.get(row.verdict.student, NOTHING_KNOWN).folder
            if not SAFE_FOLDER.fullmatch(folder) or ".." in folder or folder.casefold() in taken:
                folder = page.removesuffix(".html")
            taken.add(folder.casefold())
            member = zipfile.ZipInfo(f"{folder}/{week}.html", TIME)
            member.external_attr = 0o644 << 16
            archive.writestr(member, (pages / page).read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()
