"""Known mistakes of q3, defend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .common import Mistake, floats, logits_of


def defence(answer: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """A `defend` whose callable gives `answer(model, transform, x)`; with images behind it is tried at once."""

    def defend(model: Any, transform: Any, *x: Any) -> Any:
        return answer(model, transform, *x) if x else lambda images: answer(model, transform, images)

    return defend


def in_training_mode(model: Any, x: Any) -> Any:
    """What the model gives in training mode; its weights are put back."""
    if not isinstance(model, keras.Model):
        return model(x)
    weights = model.get_weights()
    logits = model(x, training=True)
    model.set_weights(weights)
    return logits


DEFEND: list[Mistake] = [
    (
        "Your defence hands the transform one image at a time, without the batch's axis: give it the images as they "
        "come, shape (n, 28, 28, 1).",
        defence(lambda model, transform, x: logits_of(model, np.stack([floats(transform(image)) for image in x]))),
    ),
    (
        "Your defence clips what the transform gives: the model reads it as it is, whatever its range.",
        defence(lambda model, transform, x: logits_of(model, np.clip(floats(transform(x)), 0, 1))),
    ),
    (
        "Your defence forgets the transform: the model reads the images as they come.",
        defence(lambda model, transform, x: logits_of(model, x)),
    ),
    (
        "Your defence returns probabilities: return logits, without a softmax.",
        defence(lambda model, transform, x: tf.nn.softmax(logits_of(model, transform(x)))),
    ),
    (
        "Your defence returns the logarithms of probabilities: return the model's logits as they are.",
        defence(lambda model, transform, x: tf.nn.log_softmax(logits_of(model, transform(x)))),
    ),
    (
        "Your defence classifies first and transforms the logits: transform the images, then classify.",
        defence(lambda model, transform, x: transform(logits_of(model, x))),
    ),
    (
        "Your defence transforms the logits as well: transform the images, and nothing else.",
        defence(lambda model, transform, x: transform(logits_of(model, transform(x)))),
    ),
    (
        "Your defence transforms the images twice.",
        defence(lambda model, transform, x: logits_of(model, transform(transform(x)))),
    ),
    (
        "Your defence runs the network in training mode: call logits_of(model, x), which says training=False.",
        defence(lambda model, transform, x: in_training_mode(model, transform(x))),
    ),
    (
        "Your defence averages the logits with those of the images as they come: classify the transformed ones alone.",
        defence(lambda model, transform, x: (logits_of(model, x) + logits_of(model, transform(x))) / 2),
    ),
    (
        "Your defence adds the transformed images to the images: classify the transformed ones alone.",
        defence(lambda model, transform, x: logits_of(model, x + transform(x))),
    ),
    (
        "Your defence returns one-hot labels: return the logits, which an accuracy and an attack need.",
        defence(lambda model, transform, x: tf.one_hot(tf.argmax(logits_of(model, transform(x)), axis=-1), 10)),
    ),
]

MISTAKES = {"defend": DEFEND}
