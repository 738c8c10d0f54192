"""Judging by what follows from earlier functions: credit for what really does, and for nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from course import checks
from course.asked import Asked, Earlier
from course.checks import CheckFailed
from course.differences import images_differ

X = np.linspace(0.1, 0.9, 12, dtype=np.float32).reshape(3, 4)


class Following:
    """A reference whose every answer follows: it is `answer`, whatever it is built on."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def answer(self, function: str, *args: Any) -> Any:
        return X

    def following(self, function: str, own: Mapping[str, Any], *args: Any) -> Any:
        return self._answer

    def mistakes(self, function: str, *args: Any) -> list[tuple[str, Any]]:
        return []


def asked(following: Any, earlier: Any = lambda x: 2 * x) -> Asked:
    own = Earlier("step", earlier, (X,), np.zeros_like(X))
    return Asked("attack", (X,), images_differ, Following(following), [own])


def is_within_limits(images: Any) -> None:
    checks.expect_in_range(images, "attack")
    checks.expect_within(images, X, 0.3, "attack")


def test_a_property_that_is_lost_as_an_earlier_mistake_loses_it_costs_nothing() -> None:
    asked(X + 5).expect_that(is_within_limits, X + 7)


@pytest.mark.parametrize("following", [X, X + 0.5 * (0.9 - X), np.clip(X + 0.6, 0, 1), None])
def test_a_property_that_is_lost_in_another_way_was_lost_here(following: Any) -> None:
    """The earlier function moves no pixel, keeps the rule, or breaks another one: none of it explains pixels of 7."""
    with pytest.raises(CheckFailed, match="outside"):
        asked(following).expect_that(is_within_limits, X + 7)


@pytest.mark.parametrize("dull", [lambda x: 0 * x, np.ones_like, lambda x: x * np.nan, lambda x: x[:1], lambda x: None])
def test_nothing_follows_from_an_earlier_function_that_does_nothing(dull: Any) -> None:
    with pytest.raises(CheckFailed):
        asked(X + 5, dull).expect_that(is_within_limits, X + 5)
    with pytest.raises(CheckFailed):
        asked(X + 5, dull).expect(X + 5, X)
    asked(X + 5).expect(X + 5, X)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_never_follows(number: float) -> None:
    answer = np.full_like(X, number)
    with pytest.raises(CheckFailed, match="not finite"):
        asked(answer).expect(answer, X)
    with pytest.raises(CheckFailed):
        asked(answer).expect(X + 5, X)


@pytest.mark.parametrize("following", [np.full(4, 0.5), 0.5, np.full((3, 4, 4), 0.5), "a", [[1], [2, 3]]])
def test_what_follows_is_not_stretched_to_the_shape_of_the_answer(following: Any) -> None:
    with pytest.raises(CheckFailed):
        asked(following).expect(np.full_like(X, 0.5), X)


def test_text_is_refused_before_it_is_padded() -> None:
    with pytest.raises(CheckFailed, match="Got text"):
        checks.to_array(["a" * 200_000, *["b"] * 100_000], (3, 4), "attack")
    with pytest.raises(CheckFailed, match="Got text"):
        checks.to_array([[["a" * 200_000]], [1.0]], (3, 4), "attack")
