"""Comparing answers that are no images: logits, and dicts of numbers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from course.asked import Asked, Tried
from course.checks import CheckFailed, call
from course.differences import accuracies_differ, logits_differ
from course.known import alike, entries, key_of, listed
from course.portable import Mirrored


def test_logits_differ_by_more_than_rounding() -> None:
    expected = np.random.default_rng(1).normal(size=(7, 10)).astype(np.float32)
    assert logits_differ(expected + np.float32(1e-5), expected) == ""
    told = logits_differ(expected * np.float32(1.01), expected)
    assert "of the logits differ" in told


def test_a_dict_is_compared_in_the_order_of_its_keys() -> None:
    assert listed({"b": 2.0, "a": [0.0, 1.0], "c": {"e": 4.0, "d": 3.0}}).tolist() == [0, 1, 2, 3, 4]
    assert listed({}).shape == (0,)
    assert listed([1, 2]) == [1, 2]


class OfDicts:
    """A reference whose answers are dicts."""

    def answer(self, function: str, /, *args: object) -> None: ...

    def mistakes(self, function: str, /, *args: object) -> list[tuple[str, object]]:
        return [("They are swapped.", {"one": 0.5, "two": 1.0}), ("It is empty.", {})]


def test_a_known_mistake_that_gives_a_dict_is_named() -> None:
    asked = Asked("report", (1,), accuracies_differ(4), OfDicts())
    with pytest.raises(CheckFailed, match=r"They are swapped\."):
        asked.expect([0.5, 1.0], [1.0, 0.5])


def test_what_is_shipped_of_a_dict_are_its_numbers() -> None:
    mistakes = OfDicts().mistakes("report")
    [told] = entries("report", (1,), mistakes, mistakes, mistakes).values()
    assert [len(numbers) for _, numbers in told] == [2, 0]


def answers(*lists: list[float]) -> list[tuple[str, object]]:
    return [(f"Mistake {number}.", np.array(numbers)) for number, numbers in enumerate(lists)]


def test_numbers_that_depend_on_rounding_are_not_shipped() -> None:
    first = answers([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4])
    rounded = answers([0.1, 0.20001, 0.3, 0.9], [0.9, 0.9, 0.9, 0.4])
    [told] = entries("attack", (1,), first, first, rounded).values()
    assert [(sentence, sorted(numbers, key=str)) for sentence, numbers in told] == [
        ("Mistake 0.", [0.1, 0.2, 0.3, None])
    ]


def test_a_mistake_that_draws_at_random_is_not_shipped() -> None:
    first, again = answers([0.1, 0.2], [0.5, 0.6]), answers([0.1, 0.2], [0.5, 0.5999])
    [told] = entries("attack", (1,), first, again, first).values()
    assert [sentence for sentence, _ in told] == ["Mistake 0."]


@pytest.mark.parametrize(
    ("numbers", "others", "expected"),
    [
        ([0.1, None, 0.3], [0.10001, 0.2, 0.3], True),
        ([0.1, None, 0.3], [0.2, 0.2, 0.3], False),
        ([None, None, 0.3], [0.1, 0.2, 0.3], False),  # one number of three says too little
        ([0.1], [0.1, 0.2], False),
        ([], [], True),
    ],
)
def test_numbers_are_alike_where_both_say_something(
    numbers: list[float | None], others: list[float | None], expected: bool
) -> None:
    assert alike(numbers, others) == alike(others, numbers) == expected


def test_a_mirror_swaps_left_and_right_of_arrays_and_tensors() -> None:
    x = np.arange(12, dtype=np.float32).reshape(1, 2, 6, 1)
    np.testing.assert_array_equal(Mirrored()(x)[0, 0, :, 0], [5, 4, 3, 2, 1, 0])
    np.testing.assert_array_equal(Mirrored()(tf.constant(x)), Mirrored()(x))


def test_a_function_that_returns_a_callable_is_tried_at_once() -> None:
    tried = Tried(lambda factor, term: lambda x: factor * x + term, 2)
    assert tried(2, 1)(10) == tried(2, 1, 10) == 21
    with pytest.raises(CheckFailed, match="must return a callable"):
        Tried(lambda factor: factor, 1)(2, 10)


def test_what_the_callable_changed_is_told() -> None:
    def halve(x: np.ndarray) -> np.ndarray:
        x /= 2
        return x

    x = np.ones(3)
    with pytest.raises(CheckFailed, match="changed the array"):
        call(Tried(lambda: halve, 0), x)


def test_a_generator_is_named_by_what_it_draws_and_not_used_up() -> None:
    generator = np.random.default_rng(1)
    assert key_of("pgd", (1, generator)) == key_of("pgd", (1, np.random.default_rng(1)))
    assert key_of("pgd", (1, generator)) != key_of("pgd", (1, np.random.default_rng(2)))
    assert generator.uniform() == np.random.default_rng(1).uniform()
