# ruff: noqa: D103 - the name of a case says what it is
"""Question 6 of week 3: a defence that rolls dice, and the gradient that attacks it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.differences import gradients_differ, logits_differ
from course.draw import Draw, Floats, unlikely_labels
from course.portable import PlainCallable

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q6"

Function = Callable[..., Any]  # one that the student wrote
LOGITS = "Compare with the docstring: the model's logits at x + noise[s], averaged over the samples s, unclipped."
GRADIENT = "Compare with the docstring: each image's loss at x + noise[s], averaged over the samples s, unclipped."


def ask_logits(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of randomised_logits."""
    return Asked("randomised_logits", args, logits_differ, reference, advice=LOGITS)


def ask_gradient(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of eot_gradient."""
    return Asked("eot_gradient", args, gradients_differ, reference, advice=GRADIENT)


def noise_from(draw: Draw, samples: int, n: int) -> Floats:
    """Gaussian noise of standard deviation 0.3, float32 (samples, n, 28, 28, 1)."""
    return (draw.noise(samples * n) - np.float32(0.5)).reshape(samples, n, 28, 28, 1)


def logits_from(answer: Any, noise: Floats) -> Any:
    """What randomised_logits answered, unless it was averaged along another axis."""
    samples, n = noise.shape[:2]
    if samples != n and getattr(answer, "shape", None) == (samples, 10):
        hint = "Your logits are averaged over the images: average over the samples, the first axis of the noise."
        raise checks.CheckFailed(f"Expected shape {(n, 10)}, got {(samples, 10)}.", hint)
    return answer


def all_copies(x: Floats, noise: Floats) -> Floats:
    """Every noisy copy of every image, one after the other."""
    return (x + noise).reshape(-1, 28, 28, 1)


@test_case(name="randomised_logits agrees with the logits of all noisy copies, averaged by hand", points=0.5)
def test_logits_by_hand(randomised_logits: Function, reference: Reference | None) -> None:
    checks.expect_defined(randomised_logits, "randomised_logits", "week03")
    draw = Draw(1)
    model, x, noise = draw.dense_network(spread=6), draw.images(), noise_from(draw, 4, 7)
    expected = sum(np.split(np.asarray(model(all_copies(x, noise))), 4)) / 4
    asked = ask_logits(reference, model, x, noise)
    asked.expect(logits_from(asked.answer_of(randomised_logits), noise), expected)


@test_case(name="eot_gradient agrees with CleverHans' gradients of all noisy copies, averaged by hand", points=0.5)
def test_gradient_by_hand(eot_gradient: Function, reference: Reference | None) -> None:
    from cleverhans.tf2.utils import compute_gradient

    checks.expect_defined(eot_gradient, "eot_gradient", "week03")
    draw = Draw(1)
    model, x, y, noise = draw.dense_network(spread=6), draw.images(), draw.labels(), noise_from(draw, 4, 7)
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    gradients = compute_gradient(model, cross_entropy, tf.constant(all_copies(x, noise)), np.tile(y, 4), False)
    expected = sum(np.split(np.asarray(gradients), 4)) / 4
    ask_gradient(reference, model, x, y, noise).expect_from(eot_gradient, expected)


@test_case(name="Both take tensors, return float32, the same when asked again", points=0.5)
def test_types(randomised_logits: Function, eot_gradient: Function) -> None:
    draw = Draw(1)
    model, x, y, noise = draw.convolutional_network(), draw.images(), draw.labels(), noise_from(draw, 3, 7)
    for function, called, args, shape, differ in (
        (randomised_logits, "randomised_logits", (x, noise), (7, 10), logits_differ),
        (eot_gradient, "eot_gradient", (x, y, noise), x.shape, gradients_differ),
    ):
        checks.expect_defined(function, called, "week03")
        answer = checks.call(function, model, *map(tf.constant, args))
        checks.array_from(answer, shape, called)
        checks.expect_float32(answer, called)
        checks.expect_repeatable(answer, checks.call(function, model, *args), shape, differ, called)


@test_case(name="randomised_logits is right for a fresh network", points=0.5, hidden=True, failure_message=LOGITS)
def test_logits_fresh(randomised_logits: Function, reference: Reference, draw: Draw) -> None:
    model, x, noise = draw.dense_network(spread=6), draw.images(7), noise_from(draw, 5, 7)
    expected = reference.answer("randomised_logits", model, x, noise)
    asked = ask_logits(reference, model, x, noise)
    asked.expect(logits_from(asked.answer_of(randomised_logits), noise), expected)


@test_case(name="eot_gradient is right for a fresh network", points=0.5, hidden=True, failure_message=GRADIENT)
def test_gradient_fresh(eot_gradient: Function, reference: Reference, draw: Draw) -> None:
    model, x, noise = draw.dense_network(spread=6), draw.images(7), noise_from(draw, 5, 7)
    y = unlikely_labels(model, x)
    expected = reference.answer("eot_gradient", model, x, y, noise)
    ask_gradient(reference, model, x, y, noise).expect_from(eot_gradient, expected)


@test_case(
    name="Both work on one image, one sample and any callable; where the gradient is zero it is zero",
    points=0.5,
    hidden=True,
    failure_message="Compare with the docstrings. Does it need many images, many samples, or a Keras model?",
)
def test_edges(randomised_logits: Function, eot_gradient: Function, reference: Reference, draw: Draw) -> None:
    model, x, y = PlainCallable(model=draw.convolutional_network()), draw.images(1), draw.labels(1).astype(np.int32)
    for samples in (3, 1):
        noise = noise_from(draw, samples, 1)
        expected = reference.answer("randomised_logits", model, x, noise)
        ask_logits(reference, model, x, noise).expect_from(randomised_logits, expected)
        expected = reference.answer("eot_gradient", model, x, y, noise)
        ask_gradient(reference, model, x, y, noise).expect_from(eot_gradient, expected)
    constant = draw.constant_network()
    ask_gradient(reference, constant, x, y, noise).expect_from(eot_gradient, np.zeros_like(x))
