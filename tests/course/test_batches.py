"""The order of a training loop, seen from the batches that its attack was given."""

from __future__ import annotations

import numpy as np
import pytest

from course.batches import Batches, batches_of, expect_shuffled
from course.checks import CheckFailed
from course.draw import Draw

X = Draw(1).images(5)


def seen(*batches: list[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(X[batch], np.array(batch)) for batch in batches]


def test_batches_are_recognised_by_their_images() -> None:
    batches = batches_of(seen([3, 1], [0, 4], [2], [0, 1], [2, 3], [2, 3], [4]), X, 2, 2)
    assert [[batch.tolist() for batch in epoch] for epoch in batches] == [[[3, 1], [0, 4], [2]], [[0, 1], [2, 3], [4]]]


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        (([0, 1, 2], [3, 4]), "larger than batch_size"),
        (([0, 1, 2, 3, 4],), "for each batch by itself"),
        (([0, 1], [2, 3]), "drops the last, short batch"),
        (([0, 1], [2, 2], [3]), "exactly once"),
        (([0], [1, 2], [3, 4]), "shuffle the images, then cut them"),
    ],
)
def test_what_is_wrong_with_batches_is_named(batches: tuple[list[int], ...], words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        batches_of(seen(*batches), X, 1, 2)


def test_batches_of_nearly_the_same_size_are_named() -> None:
    images = Draw(1).images(10)
    batches = [(images[batch], batch) for batch in np.array_split(np.arange(10), 3)]
    with pytest.raises(CheckFailed, match="other sizes"):
        batches_of(batches, images, 1, 4)


def test_fixed_batches_that_come_in_another_order_are_all_counted() -> None:
    with pytest.raises(CheckFailed, match="shuffle the images, then cut them"):
        batches_of(seen([0, 1], [4], [2, 3], [2, 3], [0, 1], [4]), X, 2, 2)


def test_images_that_are_none_of_them_are_named() -> None:
    for images in (X[:2] / 2, np.zeros((2, 3)), X[:0], np.repeat(X, 3, axis=0)):
        with pytest.raises(CheckFailed, match="not given"):
            batches_of([(images, np.zeros(2))], X, 1, 2)


def run(*epochs: list[int]) -> Batches:
    return [[np.array(epoch)] for epoch in epochs]


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([run([0, 1, 2], [0, 1, 2])] * 3, "as they are given|in which they are given"),
        ([run([1, 0, 2], [1, 0, 2])] * 3, "same in every epoch"),
        ([run([1, 0, 2], [2, 0, 1]), run([2, 1, 0], [0, 2, 1]), run([0, 2, 1], [1, 2, 0])], "same seed"),
        ([run([1, 0, 2], [2, 0, 1])] * 3, "does not depend on the seed"),
    ],
)
def test_what_is_wrong_with_an_order_is_named(runs: list[Batches], words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        expect_shuffled(runs)


def test_a_shuffled_order_is_accepted() -> None:
    one, other = run([1, 0, 2], [2, 0, 1]), run([2, 1, 0], [0, 2, 1])
    expect_shuffled([one, one, other])
