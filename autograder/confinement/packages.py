"""What a submission may import: a folder of links to the allowed packages, and nothing beside them.

Site-packages itself can't be opened to the sandbox: it holds Otter, CleverHans and whatever else is installed.
The worker's import path is a folder of links to TensorFlow, Keras, NumPy, SciPy, Matplotlib and what they need.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.week import ROOT

ALLOWED = ("tensorflow", "keras", "numpy", "scipy", "matplotlib", "msgpack")
GPU_PREFIX = "nvidia-"


def allowed_distributions(names: Sequence[str] = ALLOWED) -> dict[str, importlib.metadata.Distribution]:
    """The distributions `names` and all they require, by canonical name."""
    found: dict[str, importlib.metadata.Distribution] = {}
    wanted = list(names) + [
        name
        for distribution in importlib.metadata.distributions()
        if (name := canonicalize_name(distribution.metadata["Name"])).startswith(GPU_PREFIX)
    ]
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name in found:
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a requirement for another platform
        for line in found[name].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append(requirement.name)
    return found


def importable_paths() -> list[Path]:
    """The files and folders of site-packages that belong to the allowed distributions."""
    paths: set[Path] = set()
    for distribution in allowed_distributions().values():
        for file in distribution.files or ():
            first = file.parts[0]
            if first not in ("..", "__pycache__"):
                paths.add(Path(str(distribution.locate_file(first))))
    return sorted(path for path in paths if path.exists())


def make_view(view: Path) -> list[Path]:
    """Fill the folder `view` with links to the allowed packages, `course` and the worker; returns what they lead to."""
    targets = importable_paths()
    for target in targets:
        (view / target.name).symlink_to(target)
    (view / "course").symlink_to(ROOT / "course")
    package = view / "autograder"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "worker").symlink_to(ROOT / "autograder" / "worker")
    return [*targets, ROOT / "course", ROOT / "autograder" / "worker"]
