# ruff: noqa: D103 - the name of a case says what it is
"""Question 6 of week 1: accuracy as a function of eps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.differences import accuracies_differ
from course.draw import MANY, Draw, Floats, Integers
from course.landscapes import ridge
from course.portable import PlainCallable

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q6"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: for each eps attack the clean images, and count how many are still read as y."


def mostly_right(model: Any, x: Floats) -> Integers:
    """Labels that the network reads; in the last quarter of the images it is its second choice.

    In the last quarter: a mean over batches of which the last is short then comes out too low.
    """
    choices = np.argsort(np.asarray(model(x)), axis=-1)
    y, first = choices[:, -1], (3 * len(x) + 3) // 4
    y[first:] = choices[first:, -2]
    return y


def ask(input_gradient: Function, fgsm: Function, reference: Reference | None, *args: Any) -> Asked:
    """What is asked of accuracy_by_epsilon, whose answer may be built on the student's own attack."""
    easy = Draw(1)
    # Of several images: a loss that takes logits for probabilities has no gradient where the label's logit is negative.
    model, x, y = easy.linear_network(), easy.images(), easy.labels()
    own = [
        Earlier("input_gradient", input_gradient, (model, x, y)),
        Earlier("fgsm", fgsm, (model, x, y, 0.3)),
    ]
    return Asked("accuracy_by_epsilon", args, accuracies_differ(len(args[1])), reference, own, ADVICE)


@test_case(name="Agrees with attacks made by CleverHans, in the order given", points=1)
def test_cleverhans(
    accuracy_by_epsilon: Function, input_gradient: Function, fgsm: Function, reference: Reference | None
) -> None:
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method

    checks.expect_defined(accuracy_by_epsilon, "accuracy_by_epsilon", "week01")
    draw = Draw(1)
    model, x = draw.linear_network(), draw.images(40)
    # With 1.0 every pixel is clipped: what a smaller eps gives is not a part of that.
    y, epsilons = mostly_right(model, x), [0.01, 0.0, 0.01, 1.0]
    expected = []
    for eps in epsilons:
        attacked = fast_gradient_method(model, tf.constant(x), eps, np.inf, clip_min=0.0, clip_max=1.0, y=y)
        expected.append(np.mean(np.argmax(model(attacked), axis=-1) == y))
    ask(input_gradient, fgsm, reference, model, x, y, epsilons).expect_from(accuracy_by_epsilon, expected)


@test_case(name="Returns one share in [0, 1] for each eps, whatever holds them, the same when asked again", points=0.5)
def test_types(
    accuracy_by_epsilon: Function, input_gradient: Function, fgsm: Function, reference: Reference | None
) -> None:
    checks.expect_defined(accuracy_by_epsilon, "accuracy_by_epsilon", "week01")
    draw = Draw(1)
    model, x = draw.linear_network(), draw.images()
    y = mostly_right(model, x)
    args = (model, tf.constant(x), tf.constant(y), np.array([0.0, 0.3], np.float32))
    asked = ask(input_gradient, fgsm, reference, *args)
    answer = asked.answer_of(accuracy_by_epsilon)
    accuracies = checks.array_from(answer, (2,), "accuracy_by_epsilon")
    if np.asarray(answer).dtype.kind != "f" or accuracies.min() < 0 or accuracies.max() > 1:
        told = f"Got {accuracies[0]:g} and {accuracies[1]:g}."
        raise checks.CheckFailed(told, "An accuracy is a share, a float between 0 and 1, not a percentage or a count.")
    right = accuracies * len(x)
    if np.abs(right - right.round()).max() > 1e-5:  # float32 comes as near as 4e-7
        told = f"A share of {len(x)} images is a multiple of 1/{len(x)}, got {accuracies[0]:g} and {accuracies[1]:g}."
        raise checks.CheckFailed(told, "Return the share as it is: not rounded, and of all images at once.")
    again = asked.answer_of(accuracy_by_epsilon)
    checks.expect_repeatable(answer, again, (2,), accuracies_differ(len(x)), "accuracy_by_epsilon")


@test_case(
    name="Is right for fresh networks that make mistakes of their own", points=1, hidden=True, failure_message=ADVICE
)
def test_fresh(
    accuracy_by_epsilon: Function, input_gradient: Function, fgsm: Function, reference: Reference, draw: Draw
) -> None:
    model, x = draw.convolutional_network(), draw.images(20)
    reads_otherwise_in_training_mode = (model, x, mostly_right(model, x), [0.003, 0.0])
    model, x = draw.linear_network(), draw.images(MANY)
    many = (model, x, mostly_right(model, x), [0.01, draw.number(0.002, 0.004), 1.0])
    # Over the ridge, and down on the other side: images that were misread are read as their label.
    over_the_ridge = (*ridge(draw, beyond=6.0), [0.0, 0.1, 0.5])
    for args in (reads_otherwise_in_training_mode, many, over_the_ridge):
        expected = reference.answer("accuracy_by_epsilon", *args)
        ask(input_gradient, fgsm, reference, *args).expect_from(accuracy_by_epsilon, expected)


@test_case(
    name="Works for a single eps, on any callable and on one image", points=0.5, hidden=True, failure_message=ADVICE
)
def test_edges(
    accuracy_by_epsilon: Function, input_gradient: Function, fgsm: Function, reference: Reference, draw: Draw
) -> None:
    model, x = PlainCallable(model=draw.linear_network()), draw.images(40)
    y = mostly_right(model, x).astype(np.int32)
    # Of a few images the share would often be the same for another network too.
    for n, epsilons in ((40, (draw.number(0.002, 0.006),)), (1, (0.0, 0.3))):
        args = (model, x[:n], y[:n], epsilons)
        expected = reference.answer("accuracy_by_epsilon", *args)
        ask(input_gradient, fgsm, reference, *args).expect_from(accuracy_by_epsilon, expected)
