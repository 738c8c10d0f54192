"""Zip files that come out the same, byte for byte, whenever and wherever they are made from the same contents."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from autograder.week import ROOT

_EXECUTABLE = (".sh", "run_autograder")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
GRADERS = ("otter", "gradescope")


def zip_name(grader: str, week: str) -> str:
    """What the zip that one of `GRADERS` takes for a week is called in `dist/`."""
    return f"{grader}-{week}.zip"


def make_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files`, path to content: sorted, compressed, all with one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if name.endswith(_EXECUTABLE) else 0o100644) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def folder_files(folder: Path) -> dict[str, bytes]:
    """Path and content of every file below `folder`; caches, hidden files and editors' backups don't count."""
    files = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            files["/".join(parts)] = path.read_bytes()
    return files


def course_files() -> dict[str, bytes]:
    """The `course` package as it travels with a zip."""
    return {f"course/{name}": content for name, content in folder_files(ROOT / "course").items()}
