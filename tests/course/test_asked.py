"""Judging an answer: what is no answer is refused, and an earlier function must be worth something to be judged by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course import checks
from course.asked import Asked, Earlier
from course.checks import CheckFailed
from course.differences import images_differ

X = np.linspace(0.1, 0.9, 12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(CheckFailed, match="not finite"):
        Asked("attack", (X,), images_differ, None).expect(np.full_like(X, number), X)


@pytest.mark.parametrize("answer", [np.full(4, 0.5), 0.5, np.full((3, 4, 4), 0.5), "a", [[1], [2, 3]]])
def test_an_answer_is_not_stretched_to_the_shape_that_is_expected(answer: Any) -> None:
    with pytest.raises(CheckFailed):
        Asked("attack", (X,), images_differ, None).expect(answer, np.full_like(X, 0.5))


@pytest.mark.parametrize(
    "dull", [lambda x: 0.0, lambda x: 1.0, lambda x: float("nan"), lambda x: x, lambda x: None, lambda x: 1 / 0]
)
def test_nothing_is_judged_by_a_loss_that_is_always_the_same(dull: Any) -> None:
    assert not Earlier("loss", dull, (X,)).does_something()
    assert Earlier("loss", lambda x: float(x[0, 0]), (X,)).does_something()


def test_text_is_refused_before_it_is_padded() -> None:
    with pytest.raises(CheckFailed, match="Got text"):
        checks.to_array(["a" * 200_000, *["b"] * 100_000], (3, 4), "attack")
    with pytest.raises(CheckFailed, match="Got text"):
        checks.to_array([[["a" * 200_000]], [1.0]], (3, 4), "attack")
