"""The loop of every attack of the week, and what goes wrong in it whatever attack it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from .common import (
    TO_255,
    TO_MINUS_ONE,
    Mistake,
    ball,
    clip,
    cross_entropy,
    gradient,
    logits_of,
    predicted,
    project_linf,
)


def through_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from probabilities: clipped."""
    return keras.losses.sparse_categorical_crossentropy(labels, tf.nn.softmax(logits))


def softmax_twice(labels: Any, logits: Any) -> Any:
    """Cross-entropy that takes probabilities for logits."""
    return cross_entropy(labels, tf.nn.softmax(logits))


def logits_as_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it by default: it takes the logits for probabilities."""
    return keras.losses.sparse_categorical_crossentropy(labels, logits)


def of_what_is_read(labels: Any, logits: Any) -> Any:
    """The right loss of the wrong labels: those that the network reads at each step."""
    return cross_entropy(tf.argmax(logits, axis=-1), logits)


def while_read_rightly(labels: Any, logits: Any) -> Any:
    """The right loss, and nothing to climb for an image that is misread already."""
    is_right = tf.argmax(logits, axis=-1) == tf.cast(labels, tf.int64)
    return tf.where(is_right, cross_entropy(labels, logits), 0.0)


def more_wrong(model: Any, one: Any, other: Any, y: Any) -> Any:
    """Of two images in the same place of two batches, the one with the higher loss."""
    losses, others = (cross_entropy(y, logits_of(model, images)) for images in (one, other))
    return tf.where((losses > others)[:, None, None, None], one, other)


def climb(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    steps: int,
    *,
    start: Any = None,
    direction: Callable[[Any], Any] = tf.sign,
    project: Callable[[Any, Any, float], Any] = project_linf,
    when: str = "after",
    once: bool = False,
    loss: Callable[[Any, Any], Any] = cross_entropy,
    labels: Callable[[Any, Any], Any] | None = None,
    count: Callable[[int], int] = int,
    stride: Callable[[float, float, int], float] = lambda eps, step_size, steps: step_size,
    best: bool = False,
) -> Any:
    """The loop of every attack of the week, with everything in it that can be wrong."""
    x = tf.cast(x, tf.float32)
    x_adv = x if start is None else tf.cast(start, tf.float32)
    y = labels(model, x) if labels else y
    first = gradient(model, x_adv, y, loss) if once else None
    for _ in range(count(steps)):
        x_adv = project(x_adv, x, eps) if when == "before" else x_adv
        slope = gradient(model, x_adv, y, loss) if first is None else first
        before, x_adv = x_adv, x_adv + stride(eps, step_size, steps) * direction(slope)
        x_adv = project(x_adv, x, eps) if when == "after" else x_adv
        x_adv = more_wrong(model, x_adv, before, y) if best else x_adv
    return project(x_adv, x, eps) if when == "last" else x_adv


# What goes wrong in the loop, whatever attack it belongs to. A ball around the image before the step is as good as none
# when a step is shorter than eps.
IN_ANY_LOOP: list[tuple[str, dict[str, Any]]] = [
    (
        "Your images leave the ball: keep them within eps of the original x. Project after every step, "
        "around x and not around the image before the step.",
        {"project": lambda x_adv, x, eps: clip(x_adv)},
    ),
    (
        "Your images are not projected at all: after every step take them back into the ball and into [0, 1].",
        {"project": lambda x_adv, x, eps: x_adv},
    ),
    (
        "Your images are projected before the step: project after it, so that what you return is projected.",
        {"when": "before"},
    ),
    (
        "Your images are projected once, after the last step: project after every step, so that each gradient is taken "
        "at an image that is allowed.",
        {"when": "last"},
    ),
    (
        "Your steps are as long as eps: they are step_size long, and eps is the radius of the ball.",
        {"stride": lambda eps, step_size, steps: eps},
    ),
    (
        "Your steps are eps / steps long: they are step_size long, so that they can reach the ball's surface and turn.",
        {"stride": lambda eps, step_size, steps: eps / max(steps, 1)},
    ),
    (
        "Your steps have the wrong sign: they go to where the loss falls.",
        {"stride": lambda eps, step_size, steps: -step_size},
    ),
    (
        "Your gradient was computed once and used for every step: compute it again, at the new images.",
        {"once": True},
    ),
    (
        "Your answer equals one step, however many are asked for: does a return stand in the loop, or does it end once "
        "the images are misread?",
        {"count": lambda steps: min(steps, 1)},
    ),
    ("Your answer equals one step too few.", {"count": lambda steps: steps - 1}),
    (
        "Your labels were taken from the network's predictions: use the labels y that are given.",
        {"labels": predicted},
    ),
    (
        "Your labels were taken from the network's predictions: use the labels y that are given.",
        {"loss": of_what_is_read},
    ),
    (
        "Your answer is the image with the highest loss on the way: go on, and return the last one, whatever its loss.",
        {"best": True},
    ),
    (
        "Your images stop as soon as the network misreads them: every image takes all the steps.",
        {"loss": while_read_rightly},
    ),
    (
        "Your answer equals what the loss gives when it takes the logits for probabilities: tell it that they are "
        "logits (from_logits=True), which is not the default.",
        {"loss": logits_as_probabilities},
    ),
    (
        "Your answer equals what two softmaxes in a row give: the loss takes logits, and yours got probabilities that "
        "it took for logits.",
        {"loss": softmax_twice},
    ),
    (
        "Your answer equals what the loss gives when it is computed from probabilities: they are clipped, and where "
        "the network is sure the gradient is lost. Compute it from the logits (from_logits=True, without a softmax).",
        {"loss": through_probabilities},
    ),
]

# And what goes wrong with the ball of q1.
IN_LINF: list[tuple[str, dict[str, Any]]] = [
    (
        "Your pixels leave [0, 1]: after every step project into the ball and into [0, 1].",
        {"project": ball},
    ),
    (
        TO_MINUS_ONE,
        {"project": lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), -1.0, 1.0)},
    ),
    (
        TO_255,
        {"project": lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), 0.0, 255.0)},
    ),
]
ONE_MORE: dict[str, Any] = {"count": lambda steps: steps + 1}
TOO_MANY = ("Your answer equals one step too many.", ONE_MORE)
UNSIGNED = "Your steps are along the gradient itself: take its sign, so that every pixel moves by step_size."


def in_loops(attack: Callable[..., Any], more: list[tuple[str, dict[str, Any]]]) -> list[Mistake]:
    """The mistakes of any loop, and `more`, made in `attack`, which takes what `climb` can get wrong."""
    return [(sentence, partial(attack, **wrong)) for sentence, wrong in [*IN_ANY_LOOP, *more]]
