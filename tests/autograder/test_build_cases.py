"""The public half of a question: no hidden case, nothing that only hidden cases use, and a file that still runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.build.cases import QuestionFile
from autograder.build.refusal import RefusalError
from autograder.week import Question

SOURCE = '''# ruff: noqa: D103
"""Question 1."""

from __future__ import annotations

import math
import os.path
from typing import Any, Callable

import numpy as np
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"

FOR_ALL = 3
# Only the hidden one reads it.
SECRET_TABLE = {"a": 1}


def shared(x: Any) -> Any:
    return np.asarray(x) + deeper()


def deeper() -> int:
    return FOR_ALL


def secret_helper() -> Any:
    return SECRET_TABLE, math.pi


# A comment of the public case.
@test_case(name="Public", points=1)
def test_public(f: Callable[..., Any]) -> None:
    assert shared(f(1)) == 5


# A comment of the hidden case.
@test_case(
    name="Not shown",
    points=2,
    hidden=True,
)
def test_secret(f: Any) -> None:
    assert secret_helper()
    # the end of the hidden case


@test_case(name="Another", points=0.5)
def test_another(f: Any) -> None:
    assert f(2) == deeper()
    # the end of the other case
'''


def question_file(source: str) -> QuestionFile:
    return QuestionFile(Question("q1", "", ("f",), 3.5, Path("q1_f.py"), 1), source)


def test_cases_in_order() -> None:
    cases = question_file(SOURCE).cases
    assert [(case.number, case.title, case.points, case.hidden) for case in cases] == [
        (1, "Public", 1, False),
        (2, "Not shown", 2, True),
        (3, "Another", 0.5, False),
    ]


def test_hidden_cases_and_all_that_only_they_use_are_left_out() -> None:
    public = question_file(SOURCE).public_source()
    for secret in ("secret", "SECRET", "Not shown", "hidden", "math", "os.path", "Only the hidden", "ruff"):
        assert secret not in public
    for kept in (
        "# A comment of the public case.",
        "# the end of the other case",
        "FOR_ALL = 3",
        "def deeper",
        '"""Que',
    ):
        assert kept in public
    assert "\n\n\n\n" not in public


def test_the_public_file_runs() -> None:
    names: dict[str, object] = {}
    exec(question_file(SOURCE).public_source(), names)
    assert names["name"] == "q1"
    assert names["OK_FORMAT"] is False


def test_hidden_lines_are_all_that_was_left_out() -> None:
    hidden = question_file(SOURCE).hidden_lines()
    assert "    return SECRET_TABLE, math.pi" in hidden
    assert "    assert secret_helper()" in hidden
    assert "    return FOR_ALL" not in hidden


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("def test_another", "def test_public", "two cases are called test_public"),
        ("points=0.5", "points=HALF", "as plain values"),
        ("points=0.5", "", "needs name= and points="),
        ("hidden=True", "hidden=IS_HIDDEN", "as plain values"),
    ],
)
def test_what_cannot_be_read_without_running_it_is_refused(old: str, new: str, told: str) -> None:
    with pytest.raises(RefusalError, match=told):
        _ = question_file(SOURCE.replace(old, new)).cases
