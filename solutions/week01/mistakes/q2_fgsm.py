"""Known mistakes of q2, fgsm."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from .common import (
    FOR_PROBABILITIES,
    KEPT_NETWORK,
    MOVES_AT_ZERO,
    ONE_SIDED,
    PREDICTED,
    PROBABILITIES,
    TWICE,
    UNCLIPPED,
    UNMOVED,
    UNSIGNED,
    Mistake,
    clip,
    first_network,
    gradient,
    logits_as_probabilities,
    of_clipped_probabilities,
    predicted,
    softmax_twice,
    through_probabilities,
    to_unit_length,
    uphill,
)


def unless_it_leaves(moved: Any, x: Any) -> Any:
    """The pixels where they would go, and those that would leave [0, 1] where they are."""
    return tf.where((moved >= 0) & (moved <= 1), moved, x)


def to_unit_maximum(images: Any) -> Any:
    """Each image divided by its largest absolute value."""
    return images / tf.maximum(tf.reduce_max(tf.abs(images), axis=(1, 2, 3), keepdims=True), 1e-12)


FGSM: list[Mistake] = [
    (UNMOVED, lambda model, x, y, eps: x),
    (
        "Your step has the wrong sign: it goes to where the loss falls. Add eps times the sign.",
        lambda model, x, y, eps: clip(x - eps * uphill(model, x, y)),
    ),
    (UNSIGNED, lambda model, x, y, eps: clip(x + eps * gradient(model, x, y))),
    (
        "Your step is along the gradient divided by its length, the L2 version: take the sign of every pixel.",
        lambda model, x, y, eps: clip(x + eps * to_unit_length(gradient(model, x, y))),
    ),
    (UNCLIPPED, lambda model, x, y, eps: x + eps * uphill(model, x, y)),
    (PREDICTED, lambda model, x, y, eps: clip(x + eps * uphill(model, x, predicted(model, x)))),
    (
        "Your answer equals the perturbation alone: add it to x.",
        lambda model, x, y, eps: eps * uphill(model, x, y),
    ),
    (
        "Your perturbation is clipped to [0, 1] instead of the image: every step downwards is lost.",
        lambda model, x, y, eps: x + clip(eps * uphill(model, x, y)),
    ),
    (
        "Your step is eps / 255: eps is in units of [0, 1] already.",
        lambda model, x, y, eps: clip(x + eps / 255 * uphill(model, x, y)),
    ),
    (
        "Your step is half of eps.",
        lambda model, x, y, eps: clip(x + eps / 2 * uphill(model, x, y)),
    ),
    (MOVES_AT_ZERO, lambda model, x, y, eps: clip(x + eps * tf.where(gradient(model, x, y) >= 0, 1.0, -1.0))),
    (MOVES_AT_ZERO, lambda model, x, y, eps: clip(x + eps * tf.where(gradient(model, x, y) > 0, 1.0, -1.0))),
    (
        "Your gradient is divided by its largest entry: take the sign, so that every pixel moves by eps.",
        lambda model, x, y, eps: clip(x + eps * to_unit_maximum(gradient(model, x, y))),
    ),
    (
        "Your step is the same for all images: take the sign of each image's own gradient, not of their sum or mean.",
        lambda model, x, y, eps: clip(x + eps * tf.sign(tf.reduce_sum(gradient(model, x, y), axis=0, keepdims=True))),
    ),
    (
        "Your images are clipped to the range that the images had before: clip to [0, 1], whatever x reaches.",
        lambda model, x, y, eps: tf.clip_by_value(x + eps * uphill(model, x, y), np.min(x), np.max(x)),
    ),
    (
        "Your images are rounded to 256 levels: leave them as they are.",
        lambda model, x, y, eps: tf.round(255 * clip(x + eps * uphill(model, x, y))) / 255,
    ),
    (
        "Your step leaves black pixels as they are: every pixel moves by eps, the background too.",
        lambda model, x, y, eps: clip(x + eps * uphill(model, x, y) * tf.cast(x > 0, tf.float32)),
    ),
    (
        "Your images that the network misreads already stay as they are: every image takes the step.",
        lambda model, x, y, eps: tf.where(
            (predicted(model, x) == tf.cast(y, tf.int64))[:, None, None, None], clip(x + eps * uphill(model, x, y)), x
        ),
    ),
    (
        "Your pixels that a step would take out of [0, 1] stay where they are: they go as far as 0 or 1.",
        lambda model, x, y, eps: unless_it_leaves(x + eps * uphill(model, x, y), x),
    ),
    (KEPT_NETWORK, lambda model, x, y, eps: clip(x + eps * uphill(first_network("convolutional"), x, y))),
    (ONE_SIDED, lambda model, x, y, eps: tf.maximum(x + eps * uphill(model, x, y), 0.0)),
    (ONE_SIDED, lambda model, x, y, eps: tf.minimum(x + eps * uphill(model, x, y), 1.0)),
    (FOR_PROBABILITIES, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, logits_as_probabilities))),
    (TWICE, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, softmax_twice))),
    (PROBABILITIES, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, through_probabilities))),
    (PROBABILITIES, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, of_clipped_probabilities))),
]

MISTAKES = {"fgsm": FGSM}
