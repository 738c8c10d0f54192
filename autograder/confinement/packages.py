"""What a submission may import: a folder of links to the allowed packages, and nothing beside them.

Site-packages itself can't be opened to the sandbox: it holds Otter, CleverHans and whatever else is installed.
The worker's import path is a folder of links to TensorFlow, Keras, NumPy, SciPy, Matplotlib and what they need.
"""

from __future__ import annotations

import importlib.metadata
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.week import ROOT

ALLOWED = ("tensorflow", "keras", "numpy", "scipy", "matplotlib", "msgpack")
WORKED_OUT = ("by_hand.py", "fit_by_hand.py", "own_step.py")  # of `course`: with them cases judge submissions
WORKER_ONLY = "landlockpy"  # the fork server imports it before it is confined; then it can't be read any more
GPU_EXTRA = "and-cuda"  # of the package tensorflow: what it needs for a GPU, where that is installed


def allowed_distributions(names: Sequence[str] = ALLOWED) -> dict[str, importlib.metadata.Distribution]:
    """The distributions `names` and all they require, by canonical name."""
    found: dict[str, importlib.metadata.Distribution] = {}
    wanted = list(names)
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
            extras = ("", GPU_EXTRA) if name == "tensorflow" else ("",)
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
                wanted.append(requirement.name)
    return found


def importable_paths() -> list[Path]:
    """The files and folders of site-packages that belong to the allowed distributions."""
    return _paths(*ALLOWED)


def _paths(*names: str) -> list[Path]:
    paths: set[Path] = set()
    for distribution in allowed_distributions(names).values():
        tops = {str(file).partition("/")[0] for file in distribution.files or ()}
        paths.update(Path(str(distribution.locate_file(top))) for top in tops - {"", "..", "__pycache__"})
    return sorted(path for path in paths if path.exists())


def python_itself() -> list[Path]:
    """The interpreter, its libraries and its standard library, without what is installed beside these."""
    standard_library = Path(sysconfig.get_path("stdlib"))
    libraries = sysconfig.get_config_var("LIBDIR")
    return [
        Path(sys.executable),
        Path(sysconfig.get_config_var("DESTSHARED") or standard_library),
        *(path for path in standard_library.iterdir() if path.name not in ("site-packages", "dist-packages")),
        *(Path(libraries).glob("*.so*") if libraries else []),
    ]


def make_view(view: Path) -> list[Path]:
    """Fill the folder `view` with links to the allowed packages, `course` and the worker; returns what they lead to.

    What `course` has for the cases alone is left out.
    """
    targets = importable_paths()
    for target in {*targets, *_paths(WORKER_ONLY)}:
        (view / target.name).symlink_to(target)
    course = [path for path in (ROOT / "course").iterdir() if path.name not in ("__pycache__", *WORKED_OUT)]
    (view / "course").mkdir()
    for path in course:
        (view / "course" / path.name).symlink_to(path)
    package = view / "autograder"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "worker").symlink_to(ROOT / "autograder" / "worker")
    return [*targets, *course, ROOT / "autograder" / "worker"]
