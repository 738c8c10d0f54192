"""What known mistakes of several questions share: what the network reads, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Mistake = tuple[str, Callable[..., Any]]
Step = Callable[[Any], Any]


def logits_of(model: Any, x: Any) -> Any:
    """The logits, not in training mode."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def clip(images: Any) -> Any:
    """The nearest images in [0, 1]."""
    return tf.clip_by_value(images, 0.0, 1.0)


def floats(x: Any) -> Any:
    """`x` as a float32 array."""
    return np.asarray(x, np.float32)


def read(model: Any, x: Any) -> Any:
    """The labels that the network reads."""
    return np.argmax(logits_of(model, x), axis=-1)


def cross_entropy(labels: Any, logits: Any) -> Any:
    """The right loss."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def gradient(
    model: Any, x: Any, y: Any, through: Step = tf.identity, loss: Callable[[Any, Any], Any] = cross_entropy
) -> Any:
    """The gradient of each image's `loss`, of a model behind `through`."""
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = loss(y, logits_of(model, tf.convert_to_tensor(through(x))))
    return tape.gradient(losses, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
