"""Known mistakes of q4, fooling_image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .common import (
    CLIPPED,
    CROSS_ENTROPY,
    KEPT_NETWORK,
    STOPS_EARLY,
    TOO_FEW,
    TOO_MANY,
    Mistake,
    clip,
    cross_entropy,
    descend,
    first_network,
    logits_of,
    quadratic,
    until_read,
)


def distance(labels: Any, logits: Any) -> Any:
    """The cost of q4 and q5 without the square."""
    return tf.sqrt(0.5 * quadratic(labels, logits))


def quadratic_of_logits(labels: Any, logits: Any) -> Any:
    """The squared error of the logits."""
    return 0.5 * tf.reduce_sum((tf.one_hot(labels, logits.shape[-1]) - logits) ** 2, axis=-1)


def quadratic_of_sigmoids(labels: Any, logits: Any) -> Any:
    """The cost of q4 and q5 with a sigmoid of every logit in the softmax's place."""
    return 0.5 * tf.reduce_sum((tf.one_hot(labels, logits.shape[-1]) - tf.sigmoid(logits)) ** 2, axis=-1)


def each_by_itself(labels: Any, logits: Any) -> Any:
    """What has the slope error · p · (1 − p) at the logits: the cost's, had each probability a logit of its own."""
    p = tf.nn.softmax(logits)
    slope = (p - tf.one_hot(labels, logits.shape[-1])) * p * (1 - p)
    return tf.reduce_sum(tf.stop_gradient(slope) * logits, axis=-1)


def scheduled(scale: Callable[[int, int], float]) -> Callable[..., Any]:
    """`fooling_image` with a step size that changes on the way, by a `scale` of the step's number and of `steps`."""

    def fooling_image(model: Any, target: Any, noise: Any, steps: int, step_size: float) -> Any:
        image = noise
        for t in range(steps):
            image = descend(model, target, image, 1, scale(t, steps) * step_size)
        return image

    return fooling_image


def with_momentum(*args: Any) -> Any:
    """q4 by a descent that remembers its steps."""
    velocity: Any = 0.0

    def direction(slope: Any) -> Any:
        nonlocal velocity
        velocity = 0.9 * velocity + slope
        return velocity

    return descend(*args, direction=direction)


def cheapest(model: Any, target: Any, noise: Any, steps: int, step_size: float) -> Any:
    """q4's image of the lowest cost on the way, which need not be the last one."""
    image = best = tf.cast(noise, tf.float32)
    lowest = quadratic(target, logits_of(model, image))
    for _ in range(steps):
        image = descend(model, target, image, 1, step_size)
        cost = quadratic(target, logits_of(model, image))
        best = tf.where((cost < lowest)[:, None, None, None], image, best)
        lowest = tf.minimum(cost, lowest)
    return best


def ended_early(model: Any, target: Any, noise: Any, steps: int, step_size: float) -> Any:
    """q4 that stops at the image that the network reads as the target."""
    return until_read(model, target, noise, steps, lambda image: descend(model, target, image, 1, step_size))


SHRINKING = "Your steps shrink from one to the next: every one is step_size times the gradient."

FOOLING_IMAGE: list[Mistake] = [
    (CROSS_ENTROPY, lambda *args: descend(*args, cost=cross_entropy)),
    (
        "Your steps are twice as long: the cost has a factor of one half.",
        lambda *args: descend(*args, direction=lambda g: 2 * g),
    ),
    (
        "Your cost was averaged over the 10 classes, as a mean squared error is: sum over them, and halve.",
        lambda *args: descend(*args, direction=lambda g: g / 5),
    ),
    (
        "Your cost was averaged over the 10 classes, and halved: half the sum over them is asked for.",
        lambda *args: descend(*args, direction=lambda g: g / 10),
    ),
    (
        "Your cost was averaged over the batch, so the steps shrink with the number of images: sum it.",
        lambda *args: descend(*args, direction=lambda g: g / len(g)),
    ),
    (
        "Your cost was averaged over classes and images: sum it over the classes, halve it, and sum over the images.",
        lambda *args: descend(*args, direction=lambda g: g / (5 * len(g))),
    ),
    (
        "Your cost compares the target with the logits: compare it with softmax(logits).",
        lambda *args: descend(*args, cost=quadratic_of_logits),
    ),
    ("Your steps go uphill: subtract the gradient.", lambda *args: descend(*args, direction=tf.negative)),
    (
        "Your steps follow the gradient's sign: here it is the gradient itself.",
        lambda *a: descend(*a, direction=tf.sign),
    ),
    (CLIPPED, lambda *args: descend(*args, afterwards=clip)),
    (CLIPPED, lambda *args: clip(descend(*args))),
    (
        "Your cost is the distance without its square: take half of the sum of squares, not of its root.",
        lambda *args: descend(*args, cost=distance),
    ),
    (STOPS_EARLY, ended_early),
    (
        STOPS_EARLY,
        lambda model, target, noise, steps, step_size: descend(model, target, noise, min(steps, 1), step_size),
    ),
    (
        "Your gradient was computed once and used for every step: compute it again, at the new image.",
        lambda model, target, noise, steps, step_size: descend(model, target, noise, 1, steps * step_size),
    ),
    (TOO_FEW, lambda model, target, noise, steps, step_size: descend(model, target, noise, steps - 1, step_size)),
    (TOO_MANY, lambda model, target, noise, steps, step_size: descend(model, target, noise, steps + 1, step_size)),
    (
        "Your cost takes a sigmoid of each logit: take the softmax of all ten.",
        lambda *args: descend(*args, cost=quadratic_of_sigmoids),
    ),
    (
        "Your slope is that of ten sigmoids, error · p · (1 − p): in a softmax each logit moves all probabilities.",
        lambda *args: descend(*args, cost=each_by_itself),
    ),
    (
        "Your descent has momentum: each step is step_size times the gradient at the image, and nothing of the last.",
        with_momentum,
    ),
    (KEPT_NETWORK, lambda model, *rest: descend(first_network("linear"), *rest)),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1))),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1) ** 0.5)),
    (SHRINKING, scheduled(lambda t, steps: 1 - t / steps)),
    (SHRINKING, scheduled(lambda t, steps: 0.9**t)),
    (
        "Your answer is the image of the lowest cost on the way: return the one after the last step.",
        cheapest,
    ),
    (
        "Your descent starts from a black image: start from the noise that is given.",
        lambda model, target, noise, *rest: descend(model, target, tf.zeros_like(noise), *rest),
    ),
]

MISTAKES = {"fooling_image": FOOLING_IMAGE}
