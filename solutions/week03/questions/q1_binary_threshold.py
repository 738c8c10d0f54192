# ruff: noqa: D103 - the name of a case says what it is
"""Question 1 of week 3: black or white."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.differences import images_differ
from course.draw import Draw, Floats

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q1"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: 1 where a pixel is greater than the threshold, 0 where it is less or equal."
BOOLEANS = (
    "Your binary_threshold returns truth values: they are no image that can be attacked or averaged. "
    "Convert them to float32."
)


def ask(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of binary_threshold."""
    return Asked("binary_threshold", args, images_differ, reference, advice=ADVICE)


def numbers(answer: Any) -> Any:
    """The answer, unless it holds truth values."""
    if "bool" in str(getattr(answer, "dtype", "")):
        raise checks.CheckFailed("Got an array of True and False.", BOOLEANS)
    return answer


def of_nine_greys(images: Floats) -> Floats:
    """The images in multiples of 1/8, which float32 holds exactly: many pixels equal a threshold."""
    return (np.round(images * 8) / 8).astype(np.float32)


def some_dimmed(images: Floats) -> Floats:
    """The images, the first three of them without white: a threshold is no share of an image's brightest pixel."""
    return np.concatenate([np.float32(0.75) * images[:3], images[3:]])


@test_case(name="Tells pixels above the threshold from those on it and below", points=1)
def test_by_hand(binary_threshold: Function, reference: Reference | None) -> None:
    checks.expect_defined(binary_threshold, "binary_threshold", "week03")
    # 0.5005 is brighter than 0.5, though both are grey 127 in a file of bytes
    greys = np.array([0, 0.25, 0.375, 0.5, 0.5005, 0.75, 1], np.float32)
    places = np.random.default_rng(1).integers(0, 7, (3, 28, 28, 1))
    places[0] %= 6  # an image without white, and one without black
    places[1] = 1 + places[1] % 6
    for threshold, black_or_white in ((0.375, [0, 0, 0, 1, 1, 1, 1]), (0.5, [0, 0, 0, 0, 1, 1, 1])):
        asked = ask(reference, greys[places], threshold)
        asked.expect(numbers(asked.answer_of(binary_threshold)), np.array(black_or_white, np.float32)[places])


@test_case(name="Takes tensors, returns float32 of the same shape and nothing but 0 and 1", points=0.5)
def test_types(binary_threshold: Function) -> None:
    checks.expect_defined(binary_threshold, "binary_threshold", "week03")
    x = of_nine_greys(Draw(1).images())
    answer = numbers(checks.call(binary_threshold, tf.constant(x), 0.75))
    images = checks.array_from(answer, x.shape, "binary_threshold")
    if not np.isin(images, (0, 1)).all():
        told = f"Got pixels from {images.min():.3g} to {images.max():.3g}."
        raise checks.CheckFailed(told, "What binary_threshold returns is black, 0, or white, 1, and nothing between.")
    checks.expect_float32(answer, "binary_threshold")
    checks.expect_repeatable(answer, checks.call(binary_threshold, x, 0.75), x.shape, images_differ, "binary_threshold")


@test_case(name="Is right for fresh images and thresholds", points=1, hidden=True, failure_message=ADVICE)
def test_fresh(binary_threshold: Function, reference: Reference, draw: Draw) -> None:
    for greys in (of_nine_greys(some_dimmed(draw.images(7))), some_dimmed(draw.images(7))):
        threshold = round(8 * draw.number(0.2, 0.4)) / 8
        asked = ask(reference, greys, threshold)
        expected = reference.answer("binary_threshold", greys, threshold)
        asked.expect(numbers(asked.answer_of(binary_threshold)), expected)


@test_case(
    name="Works on one image, and where the threshold is black or white itself",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(binary_threshold: Function, reference: Reference, draw: Draw) -> None:
    x = draw.images(1)
    dim = np.float32(0.75) * x
    near = (np.float32(0.5) + np.float32(0.003) * (x - np.float32(0.5))).astype(np.float32)  # all within one byte
    for images, threshold in ((x, 0.0), (x, 1.0), (dim, 0.625), (near, 0.5)):
        asked = ask(reference, images, threshold)
        expected = {0.0: np.sign(x), 1.0: np.zeros_like(x)}.get(threshold)
        if expected is None:
            expected = reference.answer("binary_threshold", images, threshold)
        asked.expect(numbers(asked.answer_of(binary_threshold)), expected)
