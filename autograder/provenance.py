"""What a verdict depends on beside the submission: the week as it is, the library, the versions, the run."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from datetime import UTC, datetime
from pathlib import Path

import course
from autograder.verdict import Run
from autograder.week import Week

REPORTED_PACKAGES = ("tensorflow", "keras", "numpy", "cleverhans", "otter-grader")


def week_digest(week: Week) -> str:
    """A digest of what a verdict on this week depends on: every file of its folder, and of the library `course`."""
    hasher = hashlib.sha256()
    for folder in (week.folder, Path(course.__file__).parent):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                content = path.read_bytes()
                hasher.update(f"{path.relative_to(folder)}:{len(content)}:".encode())
                hasher.update(content)
    return hasher.hexdigest()


def new_run(week: Week, sandbox: str, device: str, seed: int) -> Run:
    """The run that a report is about, as it begins: now, and no seconds yet."""
    return Run(
        week=week.name,
        title=week.title,
        seed=seed,
        sandbox=sandbox,
        device=device,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        versions=versions(),
        question_keys=tuple(question.key for question in week.questions),
        possible=week.points,
    )


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that a verdict depends on."""
    return {
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in REPORTED_PACKAGES},
    }
