# ruff: noqa: D103 - the name of a case says what it is
"""Question 5 of week 3: an attack through a defence that has no gradient."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.by_hand import ByHand
from course.differences import images_differ
from course.draw import Draw
from course.portable import Mirrored, PlainCallable
from course.transformations import five_dark_greys, unchanged

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q5"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = (
    "Compare with the docstring: the gradient at transform(x_adv), the step from x_adv, the ball around x, then the "
    "clip to [0, 1]."
)


def ask(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of bpda_attack.

    Signs are a matter of rounding where a gradient is almost zero. In these smooth networks that is less than one pixel
    in a thousand a step, so a few steps stay within what `images_differ` lets pass.
    """
    return Asked("bpda_attack", args, images_differ, reference, advice=ADVICE)


@test_case(name="Is CleverHans' projected_gradient_descent where the transformation does nothing", points=1)
def test_cleverhans(bpda_attack: Function, reference: Reference | None) -> None:
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

    checks.expect_defined(bpda_attack, "bpda_attack", "week03")
    draw = Draw(1)
    model, x, y = draw.convolutional_network(), draw.images(), draw.labels()
    expected = projected_gradient_descent(
        model, tf.constant(x), 0.2, 0.08, 5, np.inf, clip_min=0.0, clip_max=1.0, y=y, rand_init=None
    )
    ask(reference, model, unchanged, x, y, 0.2, 0.08, 5).expect_from(bpda_attack, expected)


@test_case(name="Agrees with steps worked out by hand, for a transformation without a gradient", points=1)
def test_by_hand(bpda_attack: Function, reference: Reference | None) -> None:
    checks.expect_defined(bpda_attack, "bpda_attack", "week03")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    hand, attacked, eps = ByHand(model), x, 0.21
    for _ in range(4):
        attacked = attacked + 0.09 * np.sign(hand.slope_of_loss(five_dark_greys(attacked), y))
        attacked = np.minimum(np.maximum(attacked, np.maximum(x - eps, 0)), np.minimum(x + eps, 1)).astype(np.float32)
    ask(reference, model, five_dark_greys, x, y, eps, 0.09, 4).expect_from(bpda_attack, attacked)


@test_case(name="Stays in [0, 1] and within eps, float32, the same for tensors, x when there are no steps", points=0.5)
def test_limits(bpda_attack: Function) -> None:
    checks.expect_defined(bpda_attack, "bpda_attack", "week03")
    draw = Draw(1)
    model, x, y = draw.dense_network(), draw.images(), draw.labels()
    answer = checks.call(bpda_attack, model, five_dark_greys, tf.constant(x), tf.constant(y), 0.3, 0.2, 2)
    images = checks.array_from(answer, x.shape, "bpda_attack")
    checks.expect_in_range(images, "bpda_attack")
    checks.expect_within(images, x, 0.3, "bpda_attack")
    checks.expect_float32(answer, "bpda_attack")
    again = checks.call(bpda_attack, model, five_dark_greys, x, y, 0.3, 0.2, 2)
    checks.expect_repeatable(answer, again, x.shape, images_differ, "bpda_attack")
    still = checks.call(bpda_attack, model, five_dark_greys, x, y, 0.3, 0.2, 0)
    if told := images_differ(checks.array_from(still, x.shape, "bpda_attack"), x):
        raise checks.CheckFailed(told, "With 0 steps bpda_attack returns x as it is, not transformed.")


@test_case(
    name="Is right for fresh networks, whether the transformation has a gradient or not",
    points=1,
    hidden=True,
    failure_message=ADVICE,
)
def test_fresh(bpda_attack: Function, reference: Reference, draw: Draw) -> None:
    networks = (draw.convolutional_network(), draw.dense_network())
    for model, transform in zip(networks, (Mirrored(), five_dark_greys), strict=True):
        x, y = draw.images(7), draw.labels(7)
        # A fourth decimal: no step may end where the greys change, which rounding would decide.
        args = (model, transform, x, y, draw.number(0.18, 0.23), draw.number(0.08, 0.1) + 0.0004, 5)
        expected = reference.answer("bpda_attack", *args)
        ask(reference, *args).expect_from(bpda_attack, expected)


@test_case(
    name="Works on one image, on any callable, with one step, eps 0, a huge eps, and where the gradient is zero",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(bpda_attack: Function, reference: Reference, draw: Draw) -> None:
    # One whose gradients are about 1e-6: the sign knows no size. Grey: not every image reaches from 0 to 1.
    model, y = PlainCallable(model=draw.dense_network(spread=2e-5)), draw.labels(1).astype(np.int32)
    x = 0.25 + 0.5 * draw.images(1)
    for eps, step_size, steps in ((0.2, 0.14, 1), (2.0, 0.3, 5)):
        args = (model, Mirrored(), x, y, eps, step_size, steps)
        expected = reference.answer("bpda_attack", *args)
        ask(reference, *args).expect_from(bpda_attack, expected)
    ask(reference, model, five_dark_greys, x, y, 0.0, 0.1, 2).expect_from(bpda_attack, x)
    ask(reference, draw.constant_network(), five_dark_greys, x, y, 0.2, 0.1, 2).expect_from(bpda_attack, x)
