"""Known mistakes of q1, project_linf."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from .common import TO_255, TO_MINUS_ONE, Mistake, ball, clip, project_l2, project_linf


def to_largest(changes: Any, eps: float, axis: tuple[int, ...] = (1, 2, 3)) -> Any:
    """Changes that are scaled until the largest of those along `axis` is at most `eps`."""
    largest = tf.reduce_max(tf.abs(changes), axis=axis, keepdims=True)
    return changes * tf.minimum(1.0, eps / tf.maximum(largest, 1e-12))


SCALED = "Your answer scales the whole perturbation until its largest pixel is eps: project every pixel by itself."
EDGES = (
    "Your bounds are the wider ones: the upper one is the smaller of x + eps and 1, the lower one the larger of "
    "x − eps and 0."
)

PROJECT_LINF: list[Mistake] = [
    (
        "Your pixels that are too far from x go back to x itself: they go to the nearest edge of the ball.",
        lambda x_adv, x, eps: clip(tf.where(tf.abs(x_adv - x) > eps, x, x_adv)),
    ),
    (
        "Your minimum and maximum have changed places: every pixel ends at one edge of the ball. The upper edge, x + "
        "eps, goes with the minimum, the lower one with the maximum.",
        lambda x_adv, x, eps: clip(tf.maximum(tf.minimum(x_adv, x - eps), x + eps)),
    ),
    (
        "Your minimum and maximum have changed places: every pixel ends at one edge of the ball. The upper edge, x + "
        "eps, goes with the minimum, the lower one with the maximum.",
        lambda x_adv, x, eps: clip(tf.minimum(tf.maximum(x_adv, x + eps), x - eps)),
    ),
    (
        "Your perturbation is squashed, as by a tanh: what is inside already stays where it is.",
        lambda x_adv, x, eps: clip(x + eps * tf.tanh((x_adv - x) / max(eps, 1e-12))),
    ),
    (
        "Your ball is as wide as eps times the pixel: it reaches eps to both sides of x, however bright a pixel is.",
        lambda x_adv, x, eps: clip(tf.clip_by_value(x_adv, x * (1 - eps), x * (1 + eps))),
    ),
    (
        EDGES,
        lambda x_adv, x, eps: tf.clip_by_value(x_adv, tf.maximum(x - eps, 0.0), tf.maximum(x + eps, 1.0)),
    ),
    (
        EDGES,
        lambda x_adv, x, eps: tf.clip_by_value(x_adv, tf.minimum(x - eps, 0.0), tf.minimum(x + eps, 1.0)),
    ),
    (
        EDGES,
        lambda x_adv, x, eps: tf.clip_by_value(x_adv, tf.minimum(x - eps, 0.0), tf.maximum(x + eps, 1.0)),
    ),
    ("Your pixels leave [0, 1]: after the ball, clip to [0, 1] as well.", ball),
    (
        "Your images are clipped to [0, 1] only: keep every pixel within eps of x as well.",
        lambda x_adv, x, eps: clip(x_adv),
    ),
    (
        TO_MINUS_ONE,
        lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), -1.0, 1.0),
    ),
    (
        TO_255,
        lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), 0.0, 255.0),
    ),
    (
        "Your answer equals the perturbation alone: add it to x.",
        lambda x_adv, x, eps: tf.clip_by_value(x_adv - x, -eps, eps),
    ),
    (
        "Your perturbation is clipped to [0, eps]: every change downwards is lost. It lies between −eps and eps.",
        lambda x_adv, x, eps: clip(x + tf.clip_by_value(x_adv - x, 0.0, eps)),
    ),
    (
        "Your ball is around x_adv: x and x_adv have changed places.",
        lambda x_adv, x, eps: clip(ball(x, x_adv, eps)),
    ),
    (
        "Your answer puts every pixel on the ball's surface, eps away from x: what lies inside stays where it is.",
        lambda x_adv, x, eps: clip(x + eps * tf.sign(x_adv - x)),
    ),
    (SCALED, lambda x_adv, x, eps: clip(x + to_largest(x_adv - x, eps))),
    (SCALED, lambda x_adv, x, eps: x + to_largest(clip(x_adv) - x, eps)),
    (SCALED, lambda x_adv, x, eps: clip(x + to_largest(x_adv - x, eps, axis=(0, 1, 2, 3)))),
    (
        "Your images are clipped to the range that x has: clip to [0, 1], whatever x reaches.",
        lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), np.min(x), np.max(x)),
    ),
    ("Your eps is divided by 255: it is in units of [0, 1] already.", lambda a, x, eps: project_linf(a, x, eps / 255)),
    (
        "Your ball has half the radius: a pixel may move by eps in both directions.",
        lambda a, x, eps: project_linf(a, x, eps / 2),
    ),
    (
        "Your ball is the L2 ball, which bounds the length over all pixels: here eps bounds each pixel.",
        project_l2,
    ),
]

MISTAKES = {"project_linf": PROJECT_LINF}
