"""Question 3 of week 1: one step towards a target."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.differences import Difference, attacks_differ, images_differ
from course.draw import Draw

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q3"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: the gradient is that of the target's loss, and the step goes down."


def ask(input_gradient: Function, fgsm: Function, reference: Reference | None, differ: Difference, *args: Any) -> Asked:
    """What is asked of targeted_fgsm, whose answer may be built on the student's own earlier functions."""
    easy = Draw(1)
    model, x, y = easy.convolutional_network(), easy.images(), easy.labels()
    own = [
        Earlier("input_gradient", input_gradient, (model, x, y)),
        Earlier("fgsm", fgsm, (model, x, y, 0.3)),
    ]
    return Asked("targeted_fgsm", args, differ, reference, own, ADVICE)


@test_case(name="Agrees with CleverHans' fast_gradient_method with targeted=True", points=1)
def test_cleverhans(
    targeted_fgsm: Function, input_gradient: Function, fgsm: Function, reference: Reference | None
) -> None:
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method
    from cleverhans.tf2.utils import compute_gradient

    checks.expect_defined(targeted_fgsm, "targeted_fgsm", "week01")
    draw = Draw(1)
    model, x, target = draw.convolutional_network(), draw.images(), draw.labels()
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    gradient = np.asarray(compute_gradient(model, cross_entropy, tf.constant(x), target, False))
    expected = fast_gradient_method(
        model, tf.constant(x), 0.1, np.inf, clip_min=0.0, clip_max=1.0, y=target, targeted=True
    )
    differ = attacks_differ(model, target, gradient)
    ask(input_gradient, fgsm, reference, differ, model, x, target, 0.1).expect_from(targeted_fgsm, expected)


@test_case(name="Stays in [0, 1] and within eps, float32, the same for tensors", points=0.5)
def test_limits(targeted_fgsm: Function, input_gradient: Function, fgsm: Function, reference: Reference | None) -> None:
    checks.expect_defined(targeted_fgsm, "targeted_fgsm", "week01")
    draw = Draw(1)
    model, x, target = draw.linear_network(), draw.images(), draw.labels()

    def is_within_limits(answer: Any) -> None:
        images = checks.array_from(answer, x.shape, "targeted_fgsm")
        checks.expect_in_range(images, "targeted_fgsm")
        checks.expect_within(images, x, 0.3, "targeted_fgsm")
        checks.expect_float32(answer, "targeted_fgsm")

    asked = ask(input_gradient, fgsm, reference, images_differ, model, x, target, 0.3)
    answer = asked.answer_of(targeted_fgsm)
    asked.expect_that(is_within_limits, answer)
    of_tensors = ask(input_gradient, fgsm, reference, images_differ, model, tf.constant(x), tf.constant(target), 0.3)
    checks.expect_repeatable(answer, of_tensors.answer_of(targeted_fgsm), x.shape, images_differ, "targeted_fgsm")
