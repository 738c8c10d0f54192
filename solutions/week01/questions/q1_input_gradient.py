# ruff: noqa: D103 - the name of a case says what it is
"""Question 1 of week 1: the gradient of the loss with respect to the image."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.differences import gradients_differ
from course.draw import MANY, Draw, unlikely_labels
from course.portable import PlainCallable

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q1"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: the loss is softmax cross-entropy from the logits, the gradient is taken at x."
FIRST_MODEL_KEPT = "Nothing may be kept from call to call: a tf.function made for one model goes on asking that one."
FIRST_LABELS_KEPT = "The same images with other labels have another gradient: is one kept from the call before?"


def ask(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of input_gradient."""
    return Asked("input_gradient", args, gradients_differ, reference, advice=ADVICE)


@test_case(name="Agrees with the gradient that CleverHans computes", points=1)
def test_cleverhans(input_gradient: Function, reference: Reference | None) -> None:
    from cleverhans.tf2.utils import compute_gradient

    checks.expect_defined(input_gradient, "input_gradient", "week01")
    draw = Draw(1)
    model, x, y = draw.convolutional_network(), draw.images(), draw.labels()
    expected = compute_gradient(model, tf.nn.sparse_softmax_cross_entropy_with_logits, tf.constant(x), y, False)
    ask(reference, model, x, y).expect_from(input_gradient, expected)


@test_case(name="Takes tensors, returns float32 of the same shape, the same when asked again", points=0.5)
def test_types(input_gradient: Function) -> None:
    checks.expect_defined(input_gradient, "input_gradient", "week01")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    answer = checks.call(input_gradient, model, tf.constant(x), tf.constant(y, tf.int32))
    checks.array_from(answer, x.shape, "input_gradient")
    checks.expect_float32(answer, "input_gradient")
    checks.expect_repeatable(
        answer, checks.call(input_gradient, model, x, y), x.shape, gradients_differ, "input_gradient"
    )
    another = draw.linear_network()
    other = checks.array_from(checks.call(input_gradient, another, x, y), x.shape, "input_gradient")
    if np.any(answer) and np.array_equal(np.asarray(answer), other):
        raise checks.CheckFailed("input_gradient gave one answer for two networks.", FIRST_MODEL_KEPT)
    relabelled = checks.array_from(checks.call(input_gradient, another, x, (y + 1) % 10), x.shape, "input_gradient")
    if np.any(other) and np.array_equal(relabelled, other):
        raise checks.CheckFailed("input_gradient gave one answer for two sets of labels.", FIRST_LABELS_KEPT)


@test_case(
    name="Is right for fresh networks, whether they hesitate or are sure", points=1, hidden=True, failure_message=ADVICE
)
def test_fresh(input_gradient: Function, reference: Reference, draw: Draw) -> None:
    model, x, y = draw.convolutional_network(), draw.images(7), draw.labels(7)
    expected = reference.answer("input_gradient", model, x, y)
    ask(reference, model, x, y).expect_from(input_gradient, expected)
    model.set_weights([weight / 2 for weight in model.get_weights()])  # the same network, once it has learnt more
    expected = reference.answer("input_gradient", model, x, y)
    ask(reference, model, x, y).expect_from(input_gradient, expected)
    # Without hidden layers, as so many may be asked one by one.
    sure, x = draw.linear_network(spread=12), draw.images(MANY)
    kernel, bias = sure.get_weights()
    sure.set_weights([kernel, bias + 100])  # no probability is another one, but exp(logit) is beyond float32
    y = unlikely_labels(sure, x)
    expected = reference.answer("input_gradient", sure, x, y)
    ask(reference, sure, x, y).expect_from(input_gradient, expected)


@test_case(
    name="Works on one image, on any callable, and where the gradient is zero",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(input_gradient: Function, reference: Reference, draw: Draw) -> None:
    # Gradients of about 1e-6: rounding them, or adding a little, shows. Labels that are all 0 are labels, too.
    model, x, y = PlainCallable(model=draw.dense_network(spread=2e-5)), draw.images(1), np.zeros(1, np.int32)
    expected = reference.answer("input_gradient", model, x, y)
    ask(reference, model, x, y).expect_from(input_gradient, expected)
    constant = draw.constant_network()
    ask(reference, constant, x, y).expect_from(input_gradient, np.zeros_like(x))
