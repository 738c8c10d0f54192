"""A class that was handed in for another week is told of before its grades look like any others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.inbox import find_submissions
from autograder.inbox.wrong_week import seems_of_another_week
from autograder.week import ROOT, load_week, week_names

SOURCES = {name: (ROOT / "solutions" / name / f"{name}.py").read_text(encoding="utf-8") for name in week_names()}


def told(folder: Path, week: str, sources: dict[str, str], solutions: Path | None = None) -> str:
    folder.mkdir()
    for student, source in sources.items():
        (folder / f"{student}.py").write_text(source, encoding="utf-8")
    return seems_of_another_week(find_submissions(folder, load_week(week, solutions)), load_week(week), solutions)


@pytest.mark.parametrize("week", SOURCES)
@pytest.mark.parametrize("other", SOURCES)
def test_a_class_of_another_week_is_told_of(tmp_path: Path, week: str, other: str) -> None:
    said = told(tmp_path / "class", week, dict.fromkeys(("ann", "bob"), SOURCES[other]))
    if week == other:
        assert said == ""
    else:
        assert f"No submission defines most of {week}'s functions" in said
        assert f"those of {other} are defined by 2 of 2. Did you mean `autograder grade {other}`?" in said


@pytest.mark.parametrize(
    "handed_in",
    [["week03", "week02"], ["week02", "week03", "week03"], ["nothing", "week03", "nothing"]],
    ids=["one of each", "one of this week", "most of no week"],
)
def test_nothing_is_said_of(tmp_path: Path, handed_in: list[str]) -> None:
    sources = {f"student{i}": SOURCES.get(name, "x = 1") for i, name in enumerate(handed_in)}
    assert told(tmp_path / "class", "week02", sources) == ""


def test_one_file_of_another_week_is_told_of(tmp_path: Path) -> None:
    said = told(tmp_path / "class", "week02", {"ann": SOURCES["week03"]})
    assert "those of week03 are defined by 1 of 1. Did you mean `autograder grade week03`?" in said


def test_a_week_that_somebody_is_working_on_is_passed_over(tmp_path: Path) -> None:
    for week in ("week01", "week02"):
        shutil.copytree(ROOT / "solutions" / week, tmp_path / "weeks" / week)
    (tmp_path / "weeks" / "week01" / "week.toml").write_text("title = ")
    assert told(tmp_path / "class", "week02", {"ann": "x = 1", "bob": "y = 2"}, tmp_path / "weeks") == ""
