# ruff: noqa: D103 - the name of a case says what it is
"""Question 2 of week 1: the fast gradient sign method."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.differences import Difference, attacks_differ, images_differ
from course.draw import MANY, Draw, unlikely_labels
from course.portable import PlainCallable

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q2"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring, part by part: the gradient (question 1), its sign, eps, the sum, the clip."

STILL = "With eps 0 fgsm returns the images as they are."


def ask(input_gradient: Function, reference: Reference | None, differ: Difference, *args: Any) -> Asked:
    """What is asked of fgsm, whose answer may be built on the student's own input_gradient."""
    easy = Draw(1)
    model, x, y = easy.convolutional_network(), easy.images(), easy.labels()
    own = Earlier("input_gradient", input_gradient, (model, x, y))
    return Asked("fgsm", args, differ, reference, [own], ADVICE)


@test_case(name="Agrees with CleverHans' fast_gradient_method", points=1)
def test_cleverhans(fgsm: Function, input_gradient: Function, reference: Reference | None) -> None:
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method
    from cleverhans.tf2.utils import compute_gradient

    checks.expect_defined(fgsm, "fgsm", "week01")
    draw = Draw(1)
    model, x, y = draw.convolutional_network(), draw.images(), draw.labels()
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    gradient = np.asarray(compute_gradient(model, cross_entropy, tf.constant(x), y, False))
    expected = fast_gradient_method(model, tf.constant(x), 0.1, np.inf, clip_min=0.0, clip_max=1.0, y=y)
    differ = attacks_differ(model, y, gradient)
    ask(input_gradient, reference, differ, model, x, y, 0.1).expect_from(fgsm, expected)


@test_case(name="Stays in [0, 1] and within eps, float32, the same for tensors", points=0.5)
def test_limits(fgsm: Function, input_gradient: Function, reference: Reference | None) -> None:
    checks.expect_defined(fgsm, "fgsm", "week01")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()

    def is_within_limits(answer: Any) -> None:
        images = checks.array_from(answer, x.shape, "fgsm")
        checks.expect_in_range(images, "fgsm")
        checks.expect_within(images, x, 0.3, "fgsm")
        checks.expect_float32(answer, "fgsm")

    asked = ask(input_gradient, reference, images_differ, model, x, y, 0.3)
    answer = asked.answer_of(fgsm)
    asked.expect_that(is_within_limits, answer)
    of_tensors = ask(input_gradient, reference, images_differ, model, tf.constant(x), tf.constant(y), 0.3)
    checks.expect_repeatable(answer, of_tensors.answer_of(fgsm), x.shape, images_differ, "fgsm")


@test_case(
    name="Is right for fresh networks that are sure of themselves", points=1.5, hidden=True, failure_message=ADVICE
)
def test_fresh(fgsm: Function, input_gradient: Function, reference: Reference, draw: Draw) -> None:
    eps = draw.number(0.05, 0.3)
    # So many only of one without hidden layers, as they may be asked one by one.
    for sure, x in (
        (draw.convolutional_network(spread=12), draw.images()),
        (draw.linear_network(spread=12), draw.images(MANY)),
    ):
        y = unlikely_labels(sure, x)
        differ = attacks_differ(sure, y, reference.answer("input_gradient", sure, x, y))
        expected = reference.answer("fgsm", sure, x, y, eps)
        ask(input_gradient, reference, differ, sure, x, y, eps).expect_from(fgsm, expected)


@test_case(
    name="Works on one image, on any callable, with eps 0 and a huge eps, and where the gradient is zero",
    points=1,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(fgsm: Function, input_gradient: Function, reference: Reference, draw: Draw) -> None:
    # One whose gradients are about 1e-6: the sign knows no size, a quotient that stands in for it may.
    model, y = PlainCallable(model=draw.dense_network(spread=2e-5)), draw.labels(1).astype(np.int32)
    x = 0.25 + 0.5 * draw.images(1)  # grey: not every image reaches from 0 to 1
    differ = attacks_differ(model, y, reference.answer("input_gradient", model, x, y))
    for eps in (0.2, 1.5):
        expected = reference.answer("fgsm", model, x, y, eps)
        ask(input_gradient, reference, differ, model, x, y, eps).expect_from(fgsm, expected)
    try:
        ask(input_gradient, reference, images_differ, model, x, y, 0.0).expect_from(fgsm, x)
    except checks.CheckFailed as failed:
        raise checks.CheckFailed(str(failed), failed.hint or STILL) from None
    constant = draw.constant_network()
    ask(input_gradient, reference, images_differ, constant, x, y, 0.2).expect_from(fgsm, x)
