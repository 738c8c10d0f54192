"""Known mistakes of q6, fgsm_random_start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from course import starts
from course.checks import two_answers

from .common import Mistake, cross_entropy, predicted, read


def started(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    seed: int,
    start: Any = None,
    *,
    draw: Callable[[Any, tuple[int, ...]], Any] = lambda random, shape: random.uniform(-1, 1, shape),
    any_seed: Callable[[int], int | None] = lambda seed: seed,
    gradient_at_x: bool = False,
    step: Callable[[float, float], float] = lambda eps, step_size: step_size,
    direction: Callable[[Any], Any] = tf.sign,
    from_x: bool = False,
    into_ball: bool = True,
    around_start: bool = False,
    into_range: bool = True,
    labels: Callable[..., Any] = lambda model, x, y: y,
    training: bool = False,
) -> Any:
    """q6, with everything in it that can be wrong; `start`, if it is given, stands for the one that is drawn."""
    x = tf.cast(x, tf.float32)
    if start is None:
        delta = draw(np.random.default_rng(any_seed(seed)), tuple(x.shape)) * eps
        start = x + tf.constant(delta, tf.float32)
        start = tf.clip_by_value(start, 0.0, 1.0) if into_range else start
    place = x if gradient_at_x else tf.convert_to_tensor(start)
    with tf.GradientTape() as tape:
        tape.watch(place)
        losses = cross_entropy(labels(model, x, y), read(model, place, training))
    way = step(eps, step_size) * direction(tape.gradient(losses, place))
    moved = (x if from_x else start) + way
    middle = start if around_start else x
    moved = tf.clip_by_value(moved, middle - eps, middle + eps) if into_ball else moved
    return tf.clip_by_value(moved, 0.0, 1.0) if into_range else moved


def starting(**parts: Any) -> Callable[..., Any]:
    """A q6 that is wrong in these `parts`."""
    return lambda *args: started(*args, **parts)


FGSM_RANDOM_START: list[Mistake] = [
    (
        "With step_size 0 your images are x: the step begins at a start that is drawn at random from the ball.",
        starting(draw=lambda random, shape: np.zeros(shape)),
    ),
    (
        two_answers("fgsm_random_start", seeded=True),
        starting(any_seed=lambda seed: None),
    ),
    ("Your start does not depend on the seed.", starting(any_seed=lambda seed: 0)),
    (
        starts.ONE_FOR_ALL,
        starting(draw=lambda random, shape: np.broadcast_to(random.uniform(-1, 1, shape[1:]), shape)),
    ),
    (
        starts.ONE_FOR_AN_IMAGE,
        starting(draw=lambda random, shape: np.broadcast_to(random.uniform(-1, 1, (shape[0], 1, 1, 1)), shape)),
    ),
    (
        starts.CORNERS,
        starting(draw=lambda random, shape: random.choice([-1.0, 1.0], shape)),
    ),
    (
        starts.UPWARDS,
        starting(draw=lambda random, shape: random.uniform(0, 1, shape)),
    ),
    (
        starts.NARROW,
        starting(draw=lambda random, shape: random.uniform(-0.5, 0.5, shape)),
    ),
    (
        starts.NOT_UNIFORM,
        starting(draw=lambda random, shape: np.clip(random.normal(0, 0.5, shape), -1, 1)),
    ),
    ("Your gradient is taken at x: take it at the start.", starting(gradient_at_x=True)),
    (
        "Your step is added to x: add it to the start, which serves for more than the gradient.",
        starting(from_x=True),
    ),
    (
        "Your images leave the ball: after the step, bring each pixel back to within eps of x.",
        starting(into_ball=False),
    ),
    ("Your ball is the one around the start: it is around x.", starting(around_start=True)),
    ("Your step goes to where the loss falls: add the sign.", starting(direction=lambda g: -tf.sign(g))),
    ("Your step is along the gradient itself: take its sign.", starting(direction=tf.identity)),
    (
        "Your step is equally long whatever step_size is: eps bounds the images, step_size is the step's length.",
        starting(step=lambda eps, step_size: eps),
    ),
    (
        "Your labels were taken from the network's predictions: use the labels y that are given.",
        starting(labels=lambda model, x, y: predicted(model, x)),
    ),
    (
        "fgsm_random_start returned pixels outside [0, 1], which no camera gives. Clip the image, after the step.",
        starting(into_range=False),
    ),
]

MISTAKES = {"fgsm_random_start": FGSM_RANDOM_START}
