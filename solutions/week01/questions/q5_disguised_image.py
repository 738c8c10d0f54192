# ruff: noqa: D103 - the name of a case says what it is
"""Question 5 of week 1: an image that looks like one digit and reads as another."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.by_hand import ByHand
from course.differences import descents_differ, images_differ
from course.draw import Draw
from course.landscapes import sure_network
from course.portable import PlainCallable

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q5"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: both forces are taken at the image before the step, both times step_size."


def ask(fooling_image: Function, reference: Reference | None, *args: Any) -> Asked:
    """What is asked of disguised_image, whose answer may be built on the student's own fooling_image."""
    easy = Draw(1)
    noise = easy.noise(1)
    own = Earlier("fooling_image", fooling_image, (easy.linear_network(), easy.labels(1), noise, 3, 1.0))
    return Asked("disguised_image", args, descents_differ(args[3]), reference, [own], ADVICE)


@test_case(name="Agrees with two forces worked out by hand, for a network without hidden layers", points=1)
def test_by_hand(disguised_image: Function, fooling_image: Function, reference: Reference | None) -> None:
    checks.expect_defined(disguised_image, "disguised_image", "week01")
    draw = Draw(1)
    model, x, target, noise = draw.linear_network(), draw.images(), draw.labels(), draw.noise()
    hand, by_hand = ByHand(model), noise
    for _ in range(3):
        by_hand = by_hand - 1.5 * (hand.slope_of_cost(by_hand, target) + 0.1 * (by_hand - x))
    args = (model, x, target, noise, 3, 1.5, 0.1)
    ask(fooling_image, reference, *args).expect_from(disguised_image, by_hand)


@test_case(
    name="Comes nearer to x, returns float32, the noise when there are no steps, the same when asked again", points=0.5
)
def test_descent(disguised_image: Function, fooling_image: Function, reference: Reference | None) -> None:
    checks.expect_defined(disguised_image, "disguised_image", "week01")
    draw = Draw(1)
    model, x, target, noise = draw.linear_network(), draw.images(3), draw.labels(3), draw.noise(3)

    def is_nearer(answer: Any) -> None:
        images = checks.array_from(answer, x.shape, "disguised_image")
        checks.expect_float32(answer, "disguised_image")
        before, after = (float(np.abs(start - x).mean()) for start in (noise, images))
        if not after < 0.7 * before:
            hint = "With a strong pull every step should make the image look more like x."
            raise checks.CheckFailed(f"Its mean distance to x went from {before:.3f} to {after:.3f}.", hint)

    def is_noise(answer: Any) -> None:
        if told := images_differ(checks.array_from(answer, noise.shape, "disguised_image"), noise):
            raise checks.CheckFailed(told, "With 0 steps disguised_image returns the noise as it is, unclipped.")

    answer = checks.call(disguised_image, model, tf.constant(x), tf.constant(target), tf.constant(noise), 2, 1.0, 0.2)
    ask(fooling_image, reference, model, x, target, noise, 2, 1.0, 0.2).expect_that(is_nearer, answer)
    again = checks.call(disguised_image, model, x, target, noise, 2, 1.0, 0.2)
    checks.expect_repeatable(answer, again, noise.shape, descents_differ(noise), "disguised_image")
    is_noise(checks.call(disguised_image, model, x, target, noise, 0, 1.0, 0.2))


@test_case(name="Is right for fresh networks", points=1, hidden=True, failure_message=ADVICE)
def test_fresh(disguised_image: Function, fooling_image: Function, reference: Reference, draw: Draw) -> None:
    model, x, target, noise = draw.convolutional_network(), draw.images(7), draw.labels(7), draw.noise(7)
    args = (model, x, target, noise, 3, 1.5, draw.number(0.05, 0.2))
    expected = reference.answer("disguised_image", *args)
    ask(fooling_image, reference, *args).expect_from(disguised_image, expected)


@test_case(
    name="Goes on once the target is read; works on one image, on any callable, and with no pull at all",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(disguised_image: Function, fooling_image: Function, reference: Reference, draw: Draw) -> None:
    model, x = PlainCallable(model=draw.dense_network()), draw.images(1)
    for pull in (0.0, 0.1):
        noise = draw.noise(1)
        # Its second choice, which it reads after a step or two of 0.4, but is not sure of yet.
        target = np.argsort(model(noise), axis=1)[:, -2].astype(np.int32)
        args = (model, x, target, noise, 3, 0.4, pull)
        expected = reference.answer("disguised_image", *args)
        ask(fooling_image, reference, *args).expect_from(disguised_image, expected)
    sure, read = sure_network(draw, noise)
    once_sure = (sure, x, read, noise, 2, 1.5, 0.9)  # a pull that goes past x
    expected = reference.answer("disguised_image", *once_sure)
    ask(fooling_image, reference, *once_sure).expect_from(disguised_image, expected)
