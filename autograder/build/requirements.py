"""The short lists of packages that travel with the zips, with the versions that the project pins."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.week import ROOT

# What a student's code, the lab and `otter check` need. Nothing that grades.
COURSE = (
    "tensorflow",
    "keras",
    "numpy",
    "scipy",
    "matplotlib",
    "scikit-learn",
    "Pillow",
    "tensorflow-datasets",
    "importlib_resources",
    "mlxtend",
    "cleverhans",
)
# `otter check` runs the file in a Jupyter kernel, and Otter brings none by itself.
KERNEL = "ipykernel==7.4.0"


def pinned(names: tuple[str, ...], requirements: Path = ROOT / "requirements.txt") -> list[str]:
    """The lines of `requirements` for these packages. Raises `KeyError` when one isn't in it."""
    lines = [line.split("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines()]
    by_name = {re.split(r"[\[=<>;\s]", line)[0]: line for line in lines if line}
    return [by_name[name] for name in names]


def for_students() -> list[str]:
    """What the student bundle asks for: the course, and Otter without its grading extras."""
    return [*pinned(COURSE), *(line.replace("[grading]", "") for line in pinned(("otter-grader",))), KERNEL]
