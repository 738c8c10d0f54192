# ruff: noqa: D103 - the name of a case says what it is
"""Question 6 of week 4: one step of FGSM from a random start."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks, starts
from course.asked import Asked, Reference
from course.differences import attacks_differ, images_differ
from course.draw import Draw, Floats, unlikely_labels

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q6"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: where the step begins, where its gradient is taken, and what bounds the images."
NO_START = "With step_size 0 your images are x: the step begins at a start that is drawn at random from the ball."
FROM_X = "Your step is added to x: add it to the start, which serves for more than the gradient."
NO_STEP = "Your images are the start alone: return what the step makes of it."
NO_STEP_SIZE = "Your step is equally long whatever step_size is: eps bounds the images, step_size is the step's length."
OTHER_RUN = checks.two_answers("fgsm_random_start", seeded=True)
SAME_FOR_ALL = "Your start does not depend on the seed."
REST = (
    "Your start is as large as step_size, and your step is what is left of eps: the start lies anywhere within eps, "
    "and the step is step_size long."
)


def start_of(fgsm_random_start: Function, model: Any, x: Any, y: Any, eps: float, seed: int) -> Floats:
    """Where the step begins: with step_size 0 there is nothing else."""
    answer = checks.call(fgsm_random_start, model, x, y, eps, 0.0, seed)
    return checks.array_from(answer, np.shape(x), "fgsm_random_start")


def expect_start(start: Floats, stepped: Floats, model: Any, x: Floats, y: Any, eps: float, step_size: float) -> None:
    """Fail unless the answer with step_size 0 is a `start` drawn uniformly from the ball, and another if `stepped`."""
    if not images_differ(start, x):
        plain = np.clip(x + min(step_size, eps) * np.sign(gradient_at(model, x, y)), 0, 1)
        same_gradient = not attacks_differ(model, y, gradient_at(model, x, y))(stepped, plain.astype(np.float32))
        raise checks.CheckFailed("With step_size 0 your images are x.", NO_START if same_gradient else FROM_X)
    if not images_differ(stepped, start):
        hint = NO_STEP if starts.is_uniform(start, x, eps) else NO_STEP_SIZE
        raise checks.CheckFailed("With and without a step your images are the same.", hint)
    if not images_differ(start, np.clip(x + eps * np.sign(gradient_at(model, x, y)), 0, 1).astype(np.float32)):
        raise checks.CheckFailed("With step_size 0 your images are those of FGSM with eps.", REST)
    starts.expect_uniform_start(start, x, eps)


def judge(function: Function, reference: Reference | None, model: Any, x: Floats, y: Any, *rest: Any) -> Floats:
    """Judge the start and the step that follows it; x has no pixel near 0 or 1, so that nothing is clipped.

    CleverHans makes the step from the same start; then the images are put back into the ball. Returns the start.
    """
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method

    eps, step_size, seed = rest
    start, again = (start_of(function, model, x, y, eps, seed) for _ in range(2))
    if told := images_differ(again, start):
        raise checks.CheckFailed(told, OTHER_RUN)
    stepped = checks.array_from(checks.call(function, model, x, y, *rest), x.shape, "fgsm_random_start")
    expect_start(start, stepped, model, x, y, eps, step_size)
    moved = np.asarray(fast_gradient_method(model, tf.constant(start), step_size, np.inf, y=y))
    differ = attacks_differ(model, y, gradient_at(model, start, y))
    asked = Asked("fgsm_random_start", (model, x, y, *rest, start), differ, reference, advice=ADVICE)
    asked.expect(stepped, np.clip(moved, x - eps, x + eps))
    return start


def gradient_at(model: Any, images: Floats, y: Any) -> Floats:
    """Each image's gradient: where it is nearly zero, its sign is a matter of rounding."""
    place = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(place)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(place))
    return np.asarray(tape.gradient(loss, place))


def inner_images(draw: Draw, n: int, eps: float) -> Floats:
    """Images with pixels from eps to 1 − eps."""
    return (eps + (1 - 2 * eps) * draw.images(n)).astype(np.float32)


@test_case(name="Starts uniformly in the ball, as the seed says; steps as CleverHans does from there", points=1)
def test_cleverhans(fgsm_random_start: Function, reference: Reference | None) -> None:
    checks.expect_defined(fgsm_random_start, "fgsm_random_start", "week04")
    draw = Draw(1)
    model, x, y = draw.convolutional_network(), inner_images(draw, 7, 0.2), draw.labels()
    start = judge(fgsm_random_start, reference, model, x, y, 0.2, 0.25, 3)
    if not images_differ(start_of(fgsm_random_start, model, x, y, 0.2, 4), start):
        raise checks.CheckFailed("Two starts with different seeds are the same.", SAME_FOR_ALL)


@test_case(name="Stays in [0, 1] and within eps, float32, the same for tensors", points=0.5)
def test_limits(fgsm_random_start: Function) -> None:
    checks.expect_defined(fgsm_random_start, "fgsm_random_start", "week04")
    draw = Draw(1)
    model, x, y = draw.convolutional_network(), draw.images(), draw.labels()
    for step_size in (0.0, 0.375):
        answer = checks.call(fgsm_random_start, model, x, y, 0.3, step_size, 3)
        images = checks.array_from(answer, x.shape, "fgsm_random_start")
        checks.expect_in_range(images, "fgsm_random_start")
        checks.expect_within(images, x, 0.3, "fgsm_random_start")
        checks.expect_float32(answer, "fgsm_random_start")
        if not step_size:
            starts.expect_projected_start(images, x, 0.3)
        again = checks.call(fgsm_random_start, model, tf.constant(x), tf.constant(y), 0.3, step_size, 3)
        checks.expect_repeatable(answer, again, x.shape, images_differ, "fgsm_random_start", seeded=True)


@test_case(name="Is right for a fresh network that is sure of itself", points=1, hidden=True, failure_message=ADVICE)
def test_fresh(fgsm_random_start: Function, reference: Reference, draw: Draw) -> None:
    sure, eps, seed = draw.convolutional_network(spread=12), draw.number(0.1, 0.2), round(draw.number(10, 1000))
    x = inner_images(draw, 7, eps)
    y = unlikely_labels(sure, x)
    judge(fgsm_random_start, reference, sure, x, y, eps, 1.25 * eps, seed)


@test_case(
    name="Works on one image, with a small step, and where the gradient is zero",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(fgsm_random_start: Function, reference: Reference, draw: Draw) -> None:
    model = draw.dense_network()
    x, y = inner_images(draw, 1, 0.2), draw.labels(1).astype(np.int32)
    for eps in (0.2, 0.1):  # 0 is a seed too, and no eps is kept with it
        judge(fgsm_random_start, reference, model, x, y, eps, 0.05, 0)
    constant = draw.constant_network()
    start = start_of(fgsm_random_start, constant, x, y, 0.2, 1)
    starts.expect_uniform_start(start, x, 0.2)
    still = checks.call(fgsm_random_start, constant, x, y, 0.2, 0.1, 1)
    if told := images_differ(checks.array_from(still, x.shape, "fgsm_random_start"), start):
        raise checks.CheckFailed(told, "Where the gradient is exactly 0, its sign is 0 and the start stays as it is.")
