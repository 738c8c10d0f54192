"""Known mistakes of q1, input_gradient."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from .common import (
    FOR_PROBABILITIES,
    PREDICTED,
    PROBABILITIES,
    TWICE,
    Mistake,
    gradient,
    logit_of_label,
    logits_as_probabilities,
    of_clipped_probabilities,
    predicted,
    softmax_twice,
    through_probabilities,
    to_unit_length,
    uphill,
)


def of_padded_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy written out with a little added to the probabilities, so that none is zero."""
    return -tf.math.log(tf.gather(tf.nn.softmax(logits), labels, batch_dims=1) + 1e-6)


def probability_of_others(labels: Any, logits: Any) -> Any:
    """No cross-entropy: what is left of the probability."""
    return 1 - tf.gather(tf.nn.softmax(logits), labels, batch_dims=1)


def smoothed(labels: Any, logits: Any) -> Any:
    """Cross-entropy of smoothed labels."""
    return keras.losses.categorical_crossentropy(
        tf.one_hot(labels, logits.shape[-1]), logits, from_logits=True, label_smoothing=0.1
    )


def margin(labels: Any, logits: Any) -> Any:
    """No cross-entropy: by how much the best other logit exceeds the label's."""
    own = tf.one_hot(labels, logits.shape[-1])
    return tf.reduce_max(logits - 1e9 * own, axis=-1) - tf.reduce_sum(own * logits, axis=-1)


def to_unit_mean(images: Any) -> Any:
    """Each image divided by its mean absolute value."""
    return images / tf.maximum(tf.reduce_mean(tf.abs(images), axis=(1, 2, 3), keepdims=True), 1e-12)


def without_last(images: Any, batch_size: int) -> Any:
    """Zeros in the place of what a last batch holds that is not full."""
    full = len(images) // batch_size * batch_size
    return tf.concat([images[:full], tf.zeros_like(images[full:])], axis=0)


LEFT_OUT = (
    "Your gradient is zero in the last images: batches were made, and the last one, which isn't full, was left out."
)

INPUT_GRADIENT: list[Mistake] = [
    (
        "Your gradient equals the right one divided by the number of images: the loss was averaged over the batch. "
        "Sum the losses, or give tape.gradient the losses one by one: it sums them.",
        lambda model, x, y: gradient(model, x, y) / len(x),
    ),
    (
        "Your gradient has the wrong sign: it points to where the loss falls.",
        lambda model, x, y: -gradient(model, x, y),
    ),
    (
        "Your answer equals the gradient's sign: return the gradient itself; the sign comes in fgsm.",
        uphill,
    ),
    (
        "Your gradient has length 1 in every image: don't normalise it.",
        lambda model, x, y: to_unit_length(gradient(model, x, y)),
    ),
    (
        "Your answer equals the gradient of the label's logit: take the loss, the cross-entropy.",
        lambda model, x, y: gradient(model, x, y, logit_of_label),
    ),
    (PREDICTED, lambda model, x, y: gradient(model, x, predicted(model, x))),
    (TWICE, lambda model, x, y: gradient(model, x, y, softmax_twice)),
    (PROBABILITIES, lambda model, x, y: gradient(model, x, y, through_probabilities)),
    (PROBABILITIES, lambda model, x, y: gradient(model, x, y, of_clipped_probabilities)),
    (PROBABILITIES, lambda model, x, y: gradient(model, x, y, of_padded_probabilities)),
    (FOR_PROBABILITIES, lambda model, x, y: gradient(model, x, y, logits_as_probabilities)),
    (
        "Your answer equals the gradient of a probability: take the loss, the cross-entropy.",
        lambda model, x, y: gradient(model, x, y, probability_of_others),
    ),
    (
        "Your gradient is divided by its mean absolute value: don't normalise it.",
        lambda model, x, y: to_unit_mean(gradient(model, x, y)),
    ),
    (
        "Your labels are smoothed, as in a recipe for training (label_smoothing): take the cross-entropy of y itself.",
        lambda model, x, y: gradient(model, x, y, smoothed),
    ),
    (
        "Your answer equals the gradient of a margin, the best other logit minus the label's: take the cross-entropy.",
        lambda model, x, y: gradient(model, x, y, margin),
    ),
    (
        "Your answer equals the gradient times x, a map of what matters: return the gradient itself.",
        lambda model, x, y: x * gradient(model, x, y),
    ),
    (LEFT_OUT, lambda model, x, y: without_last(gradient(model, x, y), 4)),
    (LEFT_OUT, lambda model, x, y: without_last(gradient(model, x, y), 5)),
    (LEFT_OUT, lambda model, x, y: without_last(gradient(model, x, y), 6)),
]

MISTAKES = {"input_gradient": INPUT_GRADIENT}
