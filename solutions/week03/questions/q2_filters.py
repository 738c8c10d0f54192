# ruff: noqa: D103 - the name of a case says what it is
"""Question 2 of week 3: a Gaussian blur and a percentile filter."""

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

name = "q2"

Function = Callable[..., Any]  # one that the student wrote
BLUR = (
    "Compare with the docstring: over height and width only, the kernel ends 4 sigma from its middle and sums to 1, "
    "and beyond its border an image goes on as in a mirror, its last pixel repeated."
)
PERCENTILE = (
    "Compare with the docstring: over height and width only, percentile from 0 to 100, a window of size times size "
    "pixels with the pixel in its middle, and beyond its border an image goes on as in a mirror, its last pixel "
    "repeated."
)


def ask_blur(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of gaussian_blur."""
    return Asked("gaussian_blur", args, images_differ, reference, advice=BLUR)


def ask_percentile(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of percentile_filter."""
    return Asked("percentile_filter", args, images_differ, reference, advice=PERCENTILE)


def spread(sigma: float) -> Floats:
    """Where the light of each of 28 pixels in a row goes: what would fall over an edge is thrown back by a mirror."""
    from_pixel, to_pixel = np.meshgrid(np.arange(28), np.arange(28))

    def light(distance: Any) -> Any:
        return np.exp(-0.5 * (distance / sigma) ** 2) * (np.abs(distance) <= int(4 * sigma + 0.5))

    thrown = light(to_pixel - from_pixel) + light(to_pixel + from_pixel + 1) + light(to_pixel + from_pixel - 55)
    return thrown / light(np.arange(-28, 29)).sum()


def darkest(x: Floats, reach: int) -> Floats:
    """The darkest of the pixels up to `reach` away in height and width: pixels beyond the border add no darker ones."""
    for axis in (1, 2):
        moved = []
        for step in range(-reach, reach + 1):
            one_way = np.roll(x, step, axis)
            wrapped = slice(0, step) if step >= 0 else slice(step, None)
            one_way[(slice(None),) * axis + (wrapped,)] = np.inf
            moved.append(one_way)
        x = np.min(moved, axis=0)
    return x


@test_case(name="gaussian_blur agrees with light that is spread by hand, row by row and column by column", points=0.75)
def test_blur_by_hand(gaussian_blur: Function, reference: Reference | None) -> None:
    checks.expect_defined(gaussian_blur, "gaussian_blur", "week03")
    x = Draw(1).images(3)
    for sigma in (1.5, 1.4, 0.7):  # the first two kernels are of one size
        expected = np.einsum("ij,njkc,lk->nilc", spread(sigma), x, spread(sigma)).astype(np.float32)
        ask_blur(reference, x, sigma).expect_from(gaussian_blur, expected)


@test_case(name="percentile_filter agrees with filters that need no percentile", points=0.75)
def test_percentile_by_hand(percentile_filter: Function, reference: Reference | None) -> None:
    checks.expect_defined(percentile_filter, "percentile_filter", "week03")
    x = Draw(1).images(3)
    median = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    median = np.median([median[:, i : i + 28, j : j + 28] for i in range(3) for j in range(3)], axis=0)
    ask_percentile(reference, x, 50, 3).expect_from(percentile_filter, median)
    ask_percentile(reference, x, 0, 5).expect_from(percentile_filter, darkest(x, 2))
    ask_percentile(reference, x, 100, 5).expect_from(percentile_filter, 1 - darkest(1 - x, 2))


@test_case(name="Both take tensors, return float32, and do nothing with sigma 0 and size 1", points=0.5)
def test_types(gaussian_blur: Function, percentile_filter: Function) -> None:
    x = Draw(1).images()
    for function, called, settings, nothing in (
        (gaussian_blur, "gaussian_blur", (1.0,), (0.0,)),
        (percentile_filter, "percentile_filter", (75, 3), (75, 1)),
    ):
        checks.expect_defined(function, called, "week03")
        answer = checks.call(function, tf.constant(x), *settings)
        checks.array_from(answer, x.shape, called)
        checks.expect_float32(answer, called)
        checks.expect_repeatable(answer, checks.call(function, x, *settings), x.shape, images_differ, called)
        still = checks.array_from(checks.call(function, x, *nothing), x.shape, called)
        if told := images_differ(still, x):
            raise checks.CheckFailed(told, f"With sigma 0, and with size 1, {called} leaves the images as they are.")


@test_case(name="gaussian_blur agrees with SciPy on fresh images", points=0.75, hidden=True, failure_message=BLUR)
def test_blur_fresh(gaussian_blur: Function, reference: Reference, draw: Draw) -> None:
    for n, sigma in ((7, draw.number(0.8, 1.2)), (3, draw.number(1.8, 2.4))):
        x = draw.images(n)
        expected = reference.answer("gaussian_blur", x, sigma)
        ask_blur(reference, x, sigma).expect_from(gaussian_blur, expected)


@test_case(
    name="percentile_filter agrees with SciPy on fresh images",
    points=0.75,
    hidden=True,
    failure_message=PERCENTILE,
)
def test_percentile_fresh(percentile_filter: Function, reference: Reference, draw: Draw) -> None:
    # What tells apart ways to choose among 25 pixels: SciPy takes number 3 for 15, others 3.6 or 4; for 20 5, others 4.
    for n, percentile, size in ((3, draw.number(73, 75), 5), (4, draw.number(25, 30), 3), (3, 15, 5), (2, 20, 5)):
        x = draw.images(n)
        expected = reference.answer("percentile_filter", x, percentile, size)
        ask_percentile(reference, x, percentile, size).expect_from(percentile_filter, expected)


@test_case(
    name="Both work on a single image, with settings at the ends of their ranges",
    points=0.5,
    hidden=True,
    failure_message="Compare with the docstrings: sigma may be very small, a percentile 0, 50 and 100.",
)
def test_edges(gaussian_blur: Function, percentile_filter: Function, reference: Reference, draw: Draw) -> None:
    x = draw.images(1)
    for sigma in (0.0, 0.1, 3.0):
        expected = reference.answer("gaussian_blur", x, sigma)
        ask_blur(reference, x, sigma).expect_from(gaussian_blur, expected)
    for percentile, size in ((0, 3), (1, 3), (50, 5), (100, 3), (30, 7), (40, 1)):
        expected = reference.answer("percentile_filter", x, percentile, size)
        ask_percentile(reference, x, percentile, size).expect_from(percentile_filter, expected)
