"""Known mistakes of q5, bpda_attack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .common import Mistake, Step, clip, cross_entropy, floats, gradient, logits_of, read


def project(images: Any, middle: Any, eps: float) -> Any:
    """The nearest images in the ball around `middle` and in [0, 1]."""
    return clip(tf.clip_by_value(images, middle - eps, middle + eps))


def attack(
    model: Any,
    transform: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    steps: int,
    *,
    start: Step = tf.identity,
    slope: Callable[..., Any] = lambda model, transform, x_adv, y: gradient(model, transform(x_adv), y),
    direction: Step = tf.sign,
    origin: Callable[[Any, Any], Any] = lambda x_adv, transform: x_adv,
    limit: Callable[..., Any] = lambda moved, before, x, transform, eps: project(moved, x, eps),
    afterwards: Callable[[Any, Any], Any] = lambda x_adv, transform: x_adv,
) -> Any:
    """q5, with everything in it that can be wrong."""
    x = tf.cast(x, tf.float32)
    x_adv = start(x)
    for _ in range(steps):
        moved = origin(x_adv, transform) + step_size * direction(slope(model, transform, x_adv, y))
        x_adv = limit(moved, x_adv, x, transform, eps)
    return afterwards(x_adv, transform)


def predicted(model: Any, transform: Any, x: Any, y: Any, *rest: Any) -> Any:
    """q5 with the labels that the defended network reads."""
    return attack(model, transform, x, read(model, transform(x)), *rest)


def along_the_sum(*args: Any) -> Any:
    """q5 along the sign of the sum of all gradients so far."""
    total: Any = 0.0

    def direction(slope: Any) -> Any:
        nonlocal total
        total = total + slope
        return tf.sign(total)

    return attack(*args, direction=direction)


LEFT_THE_BALL = (
    "Your images leave the ball around x: after every step clip them to [x − eps, x + eps], where x are the images as "
    "they were given, not those of the step before."
)


def while_unfooled(model: Any, transform: Any, x_adv: Any, y: Any) -> Any:
    """A slope that is zero for images that are misread already."""
    right = read(model, transform(x_adv)) == np.asarray(y)
    return gradient(model, transform(x_adv), y) * right.astype(np.float32)[:, None, None, None]


def best_of(model: Any, transform: Any, x: Any, y: Any, eps: float, step_size: float, steps: int) -> Any:
    """q5 that returns for each image the step with the highest loss."""
    tried = [floats(attack(model, transform, x, y, eps, step_size, count)) for count in range(steps + 1)]
    losses = [cross_entropy(y, logits_of(model, transform(images))).numpy() for images in tried]
    return np.stack(tried)[np.argmax(losses, axis=0), np.arange(len(tried[0]))]


def clipped_at_the_end(model: Any, transform: Any, x: Any, y: Any, eps: float, *rest: Any) -> Any:
    """q5 that clips once, after the last step."""
    return project(attack(model, transform, x, y, eps, *rest, limit=lambda moved, *_: moved), x, eps)


def clipped_before_each_step(
    model: Any, transform: Any, x: Any, y: Any, eps: float, step_size: float, steps: int
) -> Any:
    """q5 that clips the images that a step begins with, and so not those of the last one."""
    x_adv = attack(model, transform, x, y, eps, step_size, max(steps - 1, 0))
    return attack(model, transform, x_adv, y, eps, step_size, min(steps, 1), limit=lambda moved, *_: moved)


def of_another_loss(loss: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """q5 up another `loss` of labels and logits."""

    def slope(model: Any, transform: Any, x_adv: Any, y: Any) -> Any:
        return gradient(model, transform(x_adv), y, loss=loss)

    return lambda *args: attack(*args, slope=slope)


def through_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from probabilities: clipped."""
    return keras.losses.sparse_categorical_crossentropy(labels, tf.nn.softmax(logits))


def of_clipped_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy written out with probabilities that are kept away from zero and one."""
    probabilities = tf.gather(tf.nn.softmax(logits), labels, batch_dims=1)
    return -tf.math.log(tf.clip_by_value(probabilities, 1e-7, 1 - 1e-7))


PROBABILITIES = (
    "Your answer equals what the loss gives when it is computed from probabilities: they are clipped, and where the "
    "network is sure the gradient is lost. Compute it from the logits (from_logits=True, without a softmax)."
)

BPDA_ATTACK: list[Mistake] = [
    (PROBABILITIES, of_another_loss(through_probabilities)),
    (PROBABILITIES, of_another_loss(of_clipped_probabilities)),
    (
        "Your answer equals what two softmaxes in a row give: the loss takes logits, and yours got probabilities that "
        "it took for logits.",
        of_another_loss(lambda labels, logits: cross_entropy(labels, tf.nn.softmax(logits))),
    ),
    (
        "Your answer equals what the loss gives when it takes the logits for probabilities: tell it that they are "
        "logits (from_logits=True), which is not the default.",
        of_another_loss(keras.losses.sparse_categorical_crossentropy),
    ),
    (
        "Your attack stops moving an image once it is misread: all images take all the steps.",
        lambda *args: attack(*args, slope=while_unfooled),
    ),
    ("Your attack returns the step with the highest loss: return the last one.", best_of),
    (
        "Your sign is -1 where the gradient is 0: there it is 0, and the pixel stays (np.sign, tf.sign).",
        lambda *args: attack(*args, direction=lambda g: tf.where(g > 0, 1.0, -1.0)),
    ),
    (
        "Your sign is 1 where the gradient is 0: there it is 0, and the pixel stays (np.sign, tf.sign).",
        lambda *args: attack(*args, direction=lambda g: tf.where(g >= 0, 1.0, -1.0)),
    ),
    (
        "Your transform is applied to x alone, and what it changed there is added in every step: apply it to x_adv "
        "anew in each step.",
        lambda model, transform, x, *rest: attack(
            model,
            transform,
            x,
            *rest,
            slope=lambda model, transform, x_adv, y: gradient(model, x_adv + (floats(transform(x)) - floats(x)), y),
        ),
    ),
    (
        "Your gradient is taken at x_adv, as if there were no transform: take it at transform(x_adv).",
        lambda *args: attack(*args, slope=lambda model, transform, x_adv, y: gradient(model, x_adv, y)),
    ),
    (
        "Your gradient is taken through the transform: backward it counts as the identity. Transform outside of the "
        "tape, and watch what comes out.",
        lambda *args: attack(
            *args, slope=lambda model, transform, x_adv, y: gradient(model, x_adv, y, through=transform)
        ),
    ),
    (
        "Your step starts from transform(x_adv): add it to x_adv, which is what moves.",
        lambda *args: attack(*args, origin=lambda x_adv, transform: tf.cast(transform(x_adv), tf.float32)),
    ),
    (
        "Your attack runs on transform(x), in a ball around it: it starts from x and stays near x.",
        lambda model, transform, x, *rest: attack(model, lambda images: images, transform(x), *rest),
    ),
    (
        "Your ball is the one around transform(x): it is around x.",
        lambda *args: attack(
            *args, limit=lambda moved, before, x, transform, eps: project(moved, tf.cast(transform(x), tf.float32), eps)
        ),
    ),
    (
        "Your attack returns the transformed images: the attacker hands in x_adv, and the defence transforms it.",
        lambda *args: attack(*args, afterwards=lambda x_adv, transform: tf.cast(transform(x_adv), tf.float32)),
    ),
    (
        LEFT_THE_BALL,
        lambda *args: attack(*args, limit=lambda moved, before, x, transform, eps: clip(moved)),
    ),
    (
        "Your images leave [0, 1]: clip them after every step.",
        lambda *args: attack(
            *args, limit=lambda moved, before, x, transform, eps: tf.clip_by_value(moved, x - eps, x + eps)
        ),
    ),
    (
        "Your images are clipped to the range that x has: clip to [0, 1], whatever x reaches.",
        lambda *args: attack(
            *args,
            limit=lambda moved, before, x, transform, eps: tf.clip_by_value(
                tf.clip_by_value(moved, x - eps, x + eps), tf.reduce_min(x), tf.reduce_max(x)
            ),
        ),
    ),
    (
        "Your images are clipped neither to the ball around x nor to [0, 1].",
        lambda *args: attack(*args, limit=lambda moved, *_: moved),
    ),
    (
        LEFT_THE_BALL,
        lambda *args: attack(*args, limit=lambda moved, before, x, transform, eps: project(moved, before, eps)),
    ),
    ("Your images are clipped once, after the last step: clip them after every step.", clipped_at_the_end),
    (
        "Your images are clipped before each step, so that the last step is not: clip after it.",
        clipped_before_each_step,
    ),
    (
        "Your steps are eps long: they are step_size long, and eps is the radius of the ball.",
        lambda model, transform, x, y, eps, step_size, steps: attack(model, transform, x, y, eps, eps, steps),
    ),
    (
        "Your steps are eps / steps long: use the step_size that is given.",
        lambda model, transform, x, y, eps, step_size, steps: attack(
            model, transform, x, y, eps, eps / max(steps, 1), steps
        ),
    ),
    (
        "Your steps go downhill: add the sign of the gradient.",
        lambda *args: attack(*args, direction=lambda g: -tf.sign(g)),
    ),
    (
        "Your steps follow the gradient itself: take its sign.",
        lambda *args: attack(*args, direction=tf.identity),
    ),
    (
        "Your answer equals one step, however many are asked for: does a return stand in the loop, or does it end once "
        "the images are misread?",
        lambda model, transform, x, y, eps, step_size, steps: attack(
            model, transform, x, y, eps, step_size, min(steps, 1)
        ),
    ),
    (
        "Your answer equals one step too many: take as many as are asked for.",
        lambda model, transform, x, y, eps, step_size, steps: attack(model, transform, x, y, eps, step_size, steps + 1),
    ),
    (
        "Your answer equals one step too few.",
        lambda model, transform, x, y, eps, step_size, steps: attack(model, transform, x, y, eps, step_size, steps - 1),
    ),
    (
        "Your gradient is taken at transform(x) in every step: take it at transform(x_adv), where the images are now.",
        lambda model, transform, x, *rest: attack(
            model,
            transform,
            x,
            *rest,
            slope=lambda model, transform, x_adv, y: gradient(model, transform(x), y),
        ),
    ),
    ("Your labels were taken from the network's predictions: use the labels y that are given.", predicted),
    (
        "Your gradients add up from step to step, as where nobody sets them to zero: take the sign of the latest one.",
        along_the_sum,
    ),
    *[
        (
            "Your small gradients count as 0: however small one is, its sign is the step.",
            lambda *args, limit=limit: attack(*args, direction=lambda g: tf.where(tf.abs(g) < limit, 0.0, tf.sign(g))),
        )
        for limit in (1e-3, 1e-4, 1e-5, 1e-6)
    ],
]

MISTAKES = {"bpda_attack": BPDA_ATTACK}
