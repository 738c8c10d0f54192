"""A week as its folder declares it: `solutions/<week>/week.toml` and the files beside it."""

from __future__ import annotations

import importlib.util
import math
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent

# What a week.toml must hold and what it may hold besides, at its top and in its tables; and what each of it is.
_TEXT, _NUMBER = "a text", "a number above 0"
_TEXTS, _TEXTS_OR_NONE = "a list of texts", "a list of texts, or []"
_TABLE, _TABLES = "a table ([limits])", "a list of tables ([[questions]])"
_KEYS = {
    "title": _TEXT, "objectives": _TEXTS, "minutes": _NUMBER, "difficulty": _TEXT, "points": _NUMBER,
    "references": _TEXTS_OR_NONE, "limits": _TABLE, "questions": _TABLES,
}  # fmt: skip
_MORE_KEYS = {"trains": _TEXTS_OR_NONE}
_LIMITS = dict.fromkeys(("load_seconds", "submission_seconds", "call_seconds"), _NUMBER)
_QUESTION_KEYS = {"key": _TEXT, "title": _TEXT, "functions": _TEXTS, "points": _NUMBER, "file": _TEXT}
_MORE_QUESTION_KEYS = {"call_seconds": _NUMBER}


@dataclass(frozen=True)
class Question:
    """One question: `key` (`q1`), `title`, the `functions` a student writes for it, and its Otter test file."""

    key: str
    title: str
    functions: tuple[str, ...]
    points: float
    file: Path
    call_seconds: float


@dataclass(frozen=True)
class Week:
    """A week's declaration. `trains` names the functions that may change a model's weights."""

    name: str
    folder: Path
    title: str
    objectives: tuple[str, ...]
    minutes: int
    difficulty: str
    points: float
    load_seconds: float
    submission_seconds: float
    trains: frozenset[str]
    questions: tuple[Question, ...]
    references: tuple[str, ...]

    @property
    def module(self) -> str:
        """The file that students hand in."""
        return f"{self.name}.py"

    @property
    def functions(self) -> tuple[str, ...]:
        """Every function the week asks for, in order."""
        return tuple(name for question in self.questions for name in question.functions)

    @property
    def call_seconds(self) -> dict[str, float]:
        """How long one call of each function may take: its question's limit."""
        return {name: question.call_seconds for question in self.questions for name in question.functions}

    @property
    def cpu_seconds(self) -> int:
        """A child's limit of processor seconds, which add up over the cores; the wall clock usually ends a call."""
        return int(8 * self.submission_seconds)

    @property
    def solution(self) -> Path:
        """The reference solution."""
        return self.folder / self.module

    @property
    def mistakes(self) -> Path:
        """The folder of the known mistakes: variants of the reference, each with a sentence for the student."""
        return self.folder / "mistakes"

    @property
    def lab(self) -> Path:
        """The lab as a percent-format script."""
        return self.folder / "lab.py"


def week_name(name: str) -> str:
    """The week's whole name, of which a user may give the number alone: `week01` for `1`."""
    numbered = re.fullmatch(r"(?:week)?([0-9]{1,3})", name)
    return f"week{int(numbered[1]):02d}" if numbered else name


def load_week(name: str, solutions: Path | None = None) -> Week:
    """Read the declaration of week `name` (`week01`, or its number) from `solutions`, by default the project's own.

    Raises `UsageError` when there is no such week or its `week.toml` lacks something.
    """
    solutions = solutions or ROOT / "solutions"
    name = week_name(name)
    folder = solutions / name
    path = folder / "week.toml"
    if not path.is_file():
        known = ", ".join(week_names(solutions)) or "none"
        raise UsageError(f"There is no week {name!r}. Known weeks: {known}.")
    try:
        return _week_from(name, folder, tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}/week.toml is not TOML: {error}") from error
    except ValueError as error:
        raise UsageError(f"{name}/week.toml can't be used: {error}") from error


def _expect_keys(table: dict[str, Any], needed: dict[str, str], more: dict[str, str], where: str) -> None:
    """Raise `ValueError` that names each key that is missing, is of another kind, or is read by nobody."""
    told = [f"{key}{where} is missing: it is {needed[key]}" for key in sorted(needed.keys() - table.keys())]
    unknown = sorted(table.keys() - needed.keys() - more.keys())
    if unknown:
        told.append(f"nothing reads {', '.join(unknown)}{where}: is it misspelt?")
    for key, kind in (needed | more).items():
        if key in table and not _is(kind, table[key]):
            told.append(f"{key}{where} must be {kind}, got {table[key]!r:.60}")
    if told:
        raise ValueError("; ".join(told))


def _is(kind: str, value: Any) -> bool:
    if kind == _NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
    if kind == _TEXT:
        return isinstance(value, str) and bool(value.strip())
    if kind == _TABLE:
        return isinstance(value, dict)
    each = _TABLE if kind == _TABLES else _TEXT
    enough = isinstance(value, list) and (bool(value) or kind == _TEXTS_OR_NONE)
    return enough and all(_is(each, item) for item in value)


def _expect_sense(week: Week) -> None:
    """Raise `ValueError` for what fits each by itself and not together."""
    for what, names in (
        ("the key", [question.key for question in week.questions]),
        ("the file", [question.file.name for question in week.questions]),
        ("the function", list(week.functions)),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two questions have {what} {', '.join(twice)}")
    for question in week.questions:
        if not re.fullmatch(r"q[1-9][0-9]*", question.key):
            raise ValueError(f"a question's key is q1, q2 and so on, got {question.key!r}")
        if question.call_seconds > week.submission_seconds:
            told = f"{question.call_seconds:g} seconds a call, and {week.submission_seconds:g} a submission"
            raise ValueError(f"{question.key} may take {told}: that is never reached")
    strangers = sorted(week.trains - set(week.functions))
    if strangers:
        raise ValueError(f"trains names {', '.join(strangers)}, which no question asks for")


def _week_from(name: str, folder: Path, values: dict[str, Any]) -> Week:
    _expect_keys(values, _KEYS, _MORE_KEYS, "")
    limits = values["limits"]
    _expect_keys(limits, _LIMITS, {}, " in [limits]")
    for number, entry in enumerate(values["questions"], 1):
        _expect_keys(entry, _QUESTION_KEYS, _MORE_QUESTION_KEYS, f" in [[questions]] number {number}")
    questions = tuple(
        Question(
            key=entry["key"],
            title=entry["title"],
            functions=tuple(entry["functions"]),
            points=entry["points"],
            file=folder / "questions" / entry["file"],
            call_seconds=entry.get("call_seconds", limits["call_seconds"]),
        )
        for entry in values["questions"]
    )
    week = Week(
        name=name,
        folder=folder,
        title=values["title"],
        objectives=tuple(values["objectives"]),
        minutes=values["minutes"],
        difficulty=values["difficulty"],
        points=values["points"],
        load_seconds=limits["load_seconds"],
        submission_seconds=limits["submission_seconds"],
        trains=frozenset(values.get("trains", ())),
        questions=questions,
        references=tuple(values["references"]),
    )
    _expect_sense(week)
    return week


def week_names(solutions: Path | None = None) -> list[str]:
    """The weeks that have a declaration, sorted."""
    solutions = solutions or ROOT / "solutions"
    return sorted(path.parent.name for path in solutions.glob("*/week.toml"))


def load_module(path: Path, name: str) -> ModuleType:
    """A fresh module made from the file `path`, or a fresh package from the folder `path` and all files in it.

    Only for the project's own files, never for a submission.
    """
    if path.is_dir():
        spec = importlib.util.spec_from_file_location(
            name, path / "__init__.py", submodule_search_locations=[str(path)]
        )
        for loaded in [other for other in sys.modules if other.startswith(f"{name}.")]:
            del sys.modules[loaded]  # an earlier package's, which this one would take for its own
    else:
        spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
