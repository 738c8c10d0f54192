"""Who may import whom: the house stays in its layers."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"course", "solutions", "assignments", "autograder", "tests", "benchmarks"}
MAY_IMPORT = {
    "course": {"course"},
    "solutions": {"course"},
    "solutions/reproduce": {"course", "solutions"},
    "autograder": {"autograder", "course"},
}
# Inside of autograder: a package, and the packages of it that it may know.
INSIDE = {
    "worker": set(),
    "confinement": {"worker"},
    "grading": {"confinement", "worker"},
    "pools": {"confinement", "grading"},
    "inbox": set(),
    "reports": {"build", "inbox"},
    "build": {"grading"},
}


def imported(path: Path) -> set[str]:
    """The top-level packages that `path` imports anywhere, also inside functions.

    A week's known mistakes are a package of their own, loaded by its path: what they take from each other is none.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not (node.level == 1 and path.parent.name == "mistakes"):
            names.add(path.relative_to(ROOT).parts[0] if node.level else str(node.module).partition(".")[0])
    return names


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_what_it_may(layer: str) -> None:
    inner = [ROOT / other for other in MAY_IMPORT if other.startswith(f"{layer}/")]
    files = [path for path in sorted((ROOT / layer).rglob("*.py")) if not set(inner) & set(path.parents)]
    assert files
    trespassers = {
        str(path.relative_to(ROOT)): sorted(imported(path) & OURS - MAY_IMPORT[layer])
        for path in files
        if imported(path) & OURS - MAY_IMPORT[layer]
    }
    assert not trespassers


@pytest.mark.parametrize("package", INSIDE)
def test_a_package_of_the_grader_knows_only_those_below_it(package: str) -> None:
    """What runs beside submissions knows nothing of questions, and how one is graded nothing of how many are."""
    files = sorted((ROOT / "autograder" / package).rglob("*.py"))
    assert files
    known = {name for path in files for name in INSIDE if f"autograder.{name}" in path.read_text(encoding="utf-8")}
    assert known <= INSIDE[package] | {package}


def part(module: str) -> str:
    """Of `autograder.pools.job` the package `pools`; of `autograder.week`, which is in none, `week`."""
    return module.split(".")[1]


def test_no_two_parts_of_the_grader_import_each_other() -> None:
    """Its packages, and its modules that are in none: one that knows another isn't known by it, through others neither.

    `prepare` raises `CycleError`, which names those that go round.
    """
    root = ROOT / "autograder"
    graph: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*.py")):
        here = path.relative_to(root).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograder."):
                graph.setdefault(here, set()).update({part(str(node.module))} - {here})
    assert graph["class_run"] >= {"pools", "reports"}
    TopologicalSorter(graph).prepare()


def test_known_mistakes_stand_beside_the_questions_a_file_for_each() -> None:
    for week in sorted((ROOT / "solutions").glob("week*")):
        questions, mistakes = (
            sorted(path.name for path in (week / folder).glob("q*.py")) for folder in ("questions", "mistakes")
        )
        assert questions
        assert mistakes == questions
