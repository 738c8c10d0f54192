# ruff: noqa: D103 - the name of a case says what it is
"""Question 4 of week 1: an image made from noise that the network reads as the target."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.by_hand import ByHand
from course.differences import descents_differ, images_differ
from course.draw import Draw
from course.landscapes import sure_network
from course.portable import PlainCallable

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q4"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: half the squared error of the softmax, summed over the classes; steps downhill."


def ask(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of fooling_image."""
    noise = args[2]
    return Asked("fooling_image", args, descents_differ(noise), reference, advice=ADVICE)


@test_case(name="Agrees with a gradient worked out by hand, for a network without hidden layers", points=1)
def test_by_hand(fooling_image: Function, reference: Reference | None) -> None:
    checks.expect_defined(fooling_image, "fooling_image", "week01")
    draw = Draw(1)
    model, target, noise = draw.linear_network(), draw.labels(), draw.noise()
    hand = ByHand(model)
    for step_size in (1.5, 5.0):  # with the long one the cost rises in two of the images: the last is asked for
        by_hand: Any = noise
        for _ in range(3):
            by_hand = by_hand - step_size * hand.slope_of_cost(by_hand, target)
        ask(reference, model, target, noise, 3, step_size).expect_from(fooling_image, by_hand)


@test_case(
    name="Comes nearer to the target, returns float32, the noise when there are no steps, the same when asked again",
    points=0.5,
)
def test_descent(fooling_image: Function) -> None:
    checks.expect_defined(fooling_image, "fooling_image", "week01")
    draw = Draw(1)
    model, target, noise = draw.linear_network(), draw.labels(3), draw.noise(3)
    answer = checks.call(fooling_image, model, tf.constant(target), tf.constant(noise), 2, 0.5)
    images = checks.array_from(answer, noise.shape, "fooling_image")
    checks.expect_float32(answer, "fooling_image")
    before, after = (tf.nn.softmax(model(start)).numpy()[np.arange(3), target] for start in (noise, images))
    if not (after > before).all():
        hint = "With every step the network should read a little more of the target in each image."
        raise checks.CheckFailed(f"The target's probabilities went from {before.round(3)} to {after.round(3)}.", hint)
    again = checks.call(fooling_image, model, target, noise, 2, 0.5)
    checks.expect_repeatable(images, again, noise.shape, descents_differ(noise), "fooling_image")
    still = checks.array_from(checks.call(fooling_image, model, target, noise, 0, 0.5), noise.shape, "fooling_image")
    if told := images_differ(still, noise):
        raise checks.CheckFailed(told, "With 0 steps fooling_image returns the noise as it is, unclipped.")


@test_case(name="Is right for a fresh network", points=1.5, hidden=True, failure_message=ADVICE)
def test_fresh(fooling_image: Function, reference: Reference, draw: Draw) -> None:
    # A convolutional network, as it answers otherwise in training mode.
    model, target, noise, step_size = draw.convolutional_network(), draw.labels(7), draw.noise(7), draw.number(0.5, 2)
    expected = reference.answer("fooling_image", model, target, noise, 3, step_size)
    ask(reference, model, target, noise, 3, step_size).expect_from(fooling_image, expected)


@test_case(
    name="Goes on once the target is read; works on one image, on any callable, and where the gradient is zero",
    points=1,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(fooling_image: Function, reference: Reference, draw: Draw) -> None:
    model, noise = PlainCallable(model=draw.dense_network()), draw.noise(1)
    # Its second choice, which it reads after a step or two of 0.4, but is not sure of yet.
    target = np.argsort(model(noise), axis=1)[:, -2].astype(np.int32)
    for steps, step_size in ((3, 0.4), (5, 0.001)):  # who stops where the cost hardly falls stops at the second
        expected = reference.answer("fooling_image", model, target, noise, steps, step_size)
        ask(reference, model, target, noise, steps, step_size).expect_from(fooling_image, expected)
    ask(reference, draw.constant_network(), target, noise, 2, 1.5).expect_from(fooling_image, noise)
    sure, read = sure_network(draw, noise)
    step_size = 0.3 / float(np.abs(ByHand(sure).slope_of_cost(noise, read)).max())  # so long that it still moves
    expected = reference.answer("fooling_image", sure, read, noise, 2, step_size)
    ask(reference, sure, read, noise, 2, step_size).expect_from(fooling_image, expected)
