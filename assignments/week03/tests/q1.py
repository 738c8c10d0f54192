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
