"""Known mistakes of q3, targeted_fgsm."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from .common import (
    FOR_PROBABILITIES,
    MOVES_AT_ZERO,
    ONE_SIDED,
    PROBABILITIES,
    UNCLIPPED,
    UNMOVED,
    UNSIGNED,
    Mistake,
    clip,
    gradient,
    logit_of_label,
    logits_as_probabilities,
    logits_of,
    of_clipped_probabilities,
    predicted,
    quadratic,
    through_probabilities,
    uphill,
)


def where_it_succeeds(model: Any, x: Any, target: Any, eps: float) -> Any:
    """q3 with the step for those images alone that it brings to their target."""
    stepped = clip(x - eps * uphill(model, x, target))
    succeeds = predicted(model, stepped) == tf.cast(target, tf.int64)
    return tf.where(succeeds[:, None, None, None], stepped, x)


TARGETED_FGSM: list[Mistake] = [
    (UNMOVED, lambda model, x, target, eps: x),
    (
        "Your step goes away from the target: subtract, so that the target's loss falls.",
        lambda model, x, target, eps: clip(x + eps * uphill(model, x, target)),
    ),
    (UNSIGNED, lambda model, x, target, eps: clip(x - eps * gradient(model, x, target))),
    (UNCLIPPED, lambda model, x, target, eps: x - eps * uphill(model, x, target)),
    (
        "Your step goes away from what the network reads now: go towards the target instead.",
        lambda model, x, target, eps: clip(x + eps * uphill(model, x, predicted(model, x))),
    ),
    (
        "Your step goes towards what the network reads now: go towards the target instead.",
        lambda model, x, target, eps: clip(x - eps * uphill(model, x, predicted(model, x))),
    ),
    (
        "Your answer equals a step up the target's logit: go down its loss, the cross-entropy.",
        lambda model, x, target, eps: clip(x + eps * uphill(model, x, target, logit_of_label)),
    ),
    (
        "Your step goes down question 4's cost, the squared error of the probabilities: go down the cross-entropy.",
        lambda model, x, target, eps: clip(x - eps * uphill(model, x, target, quadratic)),
    ),
    (
        "Your step goes towards the target and away from what the network reads now: take the target's loss alone.",
        lambda model, x, target, eps: clip(
            x - eps * tf.sign(gradient(model, x, target) - gradient(model, x, predicted(model, x)))
        ),
    ),
    (
        "Your step goes towards the first target in every image: each image has a target of its own.",
        lambda model, x, target, eps: clip(x - eps * uphill(model, x, tf.fill([len(x)], np.asarray(target)[0]))),
    ),
    (
        "Your step goes towards the label that the network finds least likely: go towards the target that is given.",
        lambda model, x, target, eps: clip(x - eps * uphill(model, x, tf.argmin(logits_of(model, x), axis=-1))),
    ),
    (
        "Your images that read as the target already stay as they are: every image takes the step.",
        lambda model, x, target, eps: tf.where(
            (predicted(model, x) == tf.cast(target, tf.int64))[:, None, None, None],
            x,
            clip(x - eps * uphill(model, x, target)),
        ),
    ),
    (
        "Your images that don't read as their target after the step go back to what they were: every image takes the "
        "step, whether it succeeds or not.",
        where_it_succeeds,
    ),
    (
        "Your answer mirrors what fgsm returns: where its clip held a pixel back, the step the other way is lost too. "
        "Take the step from x, then clip.",
        lambda model, x, target, eps: clip(2 * x - clip(x + eps * uphill(model, x, target))),
    ),
    (MOVES_AT_ZERO, lambda model, x, y, eps: clip(x - eps * tf.where(gradient(model, x, y) >= 0, 1.0, -1.0))),
    (MOVES_AT_ZERO, lambda model, x, y, eps: clip(x - eps * tf.where(gradient(model, x, y) > 0, 1.0, -1.0))),
    (ONE_SIDED, lambda model, x, target, eps: tf.maximum(x - eps * uphill(model, x, target), 0.0)),
    (ONE_SIDED, lambda model, x, target, eps: tf.minimum(x - eps * uphill(model, x, target), 1.0)),
    (FOR_PROBABILITIES, lambda model, x, y, eps: clip(x - eps * uphill(model, x, y, logits_as_probabilities))),
    (PROBABILITIES, lambda model, x, target, eps: clip(x - eps * uphill(model, x, target, through_probabilities))),
    (PROBABILITIES, lambda model, x, target, eps: clip(x - eps * uphill(model, x, target, of_clipped_probabilities))),
]

MISTAKES = {"targeted_fgsm": TARGETED_FGSM}
