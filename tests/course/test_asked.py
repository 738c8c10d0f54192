"""Judging by what follows from earlier functions: credit for what really does, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


class Stepping:
    """A reference that steps where the labels say, and ends with the projection that it is built on."""

    def answer(self, function: str, *args: Any) -> Any:
        return np.clip(moved(*args), 0, 1)

    def following(self, function: str, own: Mapping[str, Any], *args: Any) -> Any:
        return own["project"](moved(*args))

    def mistakes(self, function: str, *args: Any) -> list[tuple[str, Any]]:
        return []


def moved(x: Any, y: Any) -> Any:
    return x + (y[:, None] - 4.5) / 10


Y = np.array([0, 3, 8])
HANDED_OVER = 0.3 * X


class HandsOver:
    """A projection that is right, but for the calls in which it returns what was answered, as `when` says."""

    def __init__(self, when: Callable[[int], bool]) -> None:
        self._when = when
        self._calls = 0

    def __call__(self, images: Any) -> Any:
        if np.array_equal(images, X) or np.array_equal(images, 1 - X):
            return np.clip(images - 0.5, 0, 1)
        self._calls += 1
        return HANDED_OVER if self._when(self._calls) else np.clip(images, 0, 1)


def stepping(project: Any) -> Asked:
    own = Earlier("project", project, (X,), X)
    return Asked("attack", (X, Y), images_differ, Stepping(), [own])


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


def test_what_follows_from_a_wrong_projection_is_right() -> None:
    def half_a_projection(images: Any) -> Any:
        return np.clip(images, 0.2, 2)

    stepping(half_a_projection).expect(half_a_projection(moved(X, Y)), np.clip(moved(X, Y), 0, 1))


def test_an_answer_that_an_earlier_function_only_hands_over_does_not_follow() -> None:
    expected = np.clip(moved(X, Y), 0, 1)
    for when in (lambda call: True, lambda call: call == 99):
        with pytest.raises(CheckFailed, match="differ"):
            stepping(HandsOver(when)).expect(HANDED_OVER, expected)
    with pytest.raises(CheckFailed, match="lowered"):
        stepping(HandsOver(lambda call: True)).expect_that(is_never_right, HANDED_OVER)


def test_when_an_answer_is_to_be_handed_over_can_not_be_foreseen() -> None:
    def passes() -> bool:
        try:
            stepping(HandsOver(lambda call: call == 1)).expect(HANDED_OVER, np.clip(moved(X, Y), 0, 1))
        except CheckFailed:
            return False
        return True

    assert sum(passes() for _ in range(60)) < 40  # a third of them may, by luck


def is_never_right(answer: Any) -> None:
    raise CheckFailed("Never right.", "attack lowered the loss.")
