"""Known mistakes of q1, adversarial_loss."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import tensorflow as tf

from .common import (
    A_SHARE,
    DIVERGENCE,
    HALVES,
    NO_PROBABILITIES,
    NOT_TRAINING,
    ONLY_ATTACKED,
    ONLY_CLEAN,
    SUMMED,
    SWAPPED,
    THROUGH_ATTACK,
    UNWEIGHTED,
    Mistake,
    cross_entropy,
    divergence,
    logits_for_probabilities,
    logits_for_probabilities_of_one_hot,
    of_a_share,
    predicted,
    wrong,
)


def through_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from probabilities: clipped."""
    return keras.losses.sparse_categorical_crossentropy(labels, tf.nn.softmax(logits))


def softmax_twice(labels: Any, logits: Any) -> Any:
    """Cross-entropy that takes probabilities for logits."""
    return cross_entropy(labels, tf.nn.softmax(logits))


def in_one_pass(model: Any, x: Any, y: Any, attack: Any, mix: float) -> Any:
    """q1 with clean and attacked images in one batch."""
    both = tf.concat([tf.cast(x, tf.float32), tf.stop_gradient(attack(model, x, y))], axis=0)
    losses = cross_entropy(tf.concat([y, y], axis=0), model(both, training=True))
    return (1 - mix) * tf.reduce_mean(losses[: len(x)]) + mix * tf.reduce_mean(losses[len(x) :])


def of_mixed_images(model: Any, x: Any, y: Any, attack: Any, mix: float) -> Any:
    """q1 with images that are mixed instead of losses."""
    images = (1 - mix) * tf.cast(x, tf.float32) + mix * tf.stop_gradient(attack(model, x, y))
    return tf.reduce_mean(cross_entropy(y, model(images, training=True)))


def attacked_in_training_mode(model: Any, x: Any, y: Any, attack: Any, mix: float) -> Any:
    """q1 with an attack that is given the network in training mode."""

    def in_training(images: Any) -> Any:
        return model(images, training=True)

    return wrong()(model, x, y, lambda _model, images, labels: attack(in_training, images, labels), mix)


LEAKED = "Your attack was given the labels that the network reads: give it the true ones, y."
PREDICTED = "Your attacked images are to be read as what the network reads in them now: their labels are y."
PROBABILITIES = (
    "Your loss is computed from probabilities: they are clipped, and where the network is sure and wrong the gradient "
    "is lost. Compute it from the logits (from_logits=True, without a softmax)."
)
SOFTMAX_TWICE = "Your loss has two softmaxes in a row: it takes logits, and yours got probabilities."

ADVERSARIAL_LOSS: list[Mistake] = [
    (A_SHARE, of_a_share),
    (DIVERGENCE, divergence),
    (DIVERGENCE, partial(divergence, clean=1.0)),
    (SWAPPED, wrong(weights=lambda mix: (mix, 1 - mix))),
    (ONLY_ATTACKED, wrong(weights=lambda mix: (0.0, 1.0))),
    (ONLY_CLEAN, wrong(weights=lambda mix: (1.0, 0.0))),
    (UNWEIGHTED, wrong(weights=lambda mix: (1.0, 1.0))),
    (HALVES, wrong(weights=lambda mix: (0.5, 0.5))),
    (
        "Your loss is the clean one plus mix times the other: the clean one has a part of 1 − mix only.",
        wrong(weights=lambda mix: (1.0, mix)),
    ),
    (SUMMED, wrong(mean=tf.reduce_sum)),
    (THROUGH_ATTACK, wrong(stop=tf.identity)),
    (NOT_TRAINING, wrong(training=(False, False))),
    ("Your pass over the attacked images is not in training mode.", wrong(training=(True, False))),
    ("Your pass over the clean images is not in training mode.", wrong(training=(False, True))),
    (
        "Your clean and attacked images run through the network in one batch: make two passes. Batch normalisation in "
        "training mode would mix what it sees of the two.",
        in_one_pass,
    ),
    (
        "Your attack runs the network in training mode: give it the model itself, which it asks as it should.",
        attacked_in_training_mode,
    ),
    (LEAKED, wrong(leaked=True)),
    (PREDICTED, wrong(target=lambda model, images, y: predicted(model, images))),
    (PROBABILITIES, wrong(loss=through_probabilities)),
    (NO_PROBABILITIES, wrong(loss=logits_for_probabilities)),
    (NO_PROBABILITIES, wrong(loss=logits_for_probabilities_of_one_hot)),
    (SOFTMAX_TWICE, wrong(loss=softmax_twice)),
    ("You mix the images: mix the losses.", of_mixed_images),
    (
        "Your adversarial_loss calls the attack more than once: call it once and keep its images.",
        wrong(calls=2),
    ),
    (
        "Your attacked images run through the network before the clean ones: let the clean ones go first. The order "
        "shows in the moving averages of batch normalisation.",
        wrong(attacked_first=True),
    ),
]

MISTAKES = {"adversarial_loss": ADVERSARIAL_LOSS}
