"""What known mistakes of several questions share: the gradient, projections, sizes, and sentences."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from course.draw import Draw

Mistake = tuple[str, Callable[..., Any]]


def logits_of(model: Any, x: Any) -> Any:
    """The logits, not in training mode."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def predicted(model: Any, x: Any) -> Any:
    """The labels that the network reads."""
    return tf.argmax(logits_of(model, x), axis=-1)


def cross_entropy(labels: Any, logits: Any) -> Any:
    """The right loss."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def gradient(model: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any] = cross_entropy) -> Any:
    """The gradient of each image's `loss`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = loss(y, logits_of(model, x))
    return tape.gradient(losses, x)


@functools.cache
def first_network() -> Any:
    """A copy of the network that the public cases begin with."""
    network = Draw(1).convolutional_network()
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def clip(images: Any) -> Any:
    """The nearest images in [0, 1]."""
    return tf.clip_by_value(images, 0.0, 1.0)


def ball(x_adv: Any, x: Any, eps: float) -> Any:
    """The nearest images in the L∞ ball, whatever their range."""
    return tf.clip_by_value(x_adv, x - eps, x + eps)


def mean_size(images: Any, axis: Any = (1, 2, 3)) -> Any:
    """The mean absolute value over `axis`, never 0."""
    return tf.maximum(tf.reduce_mean(tf.abs(images), axis=axis, keepdims=True), 1e-12)


def length(images: Any, axis: Any = (1, 2, 3)) -> Any:
    """The L2 norm over `axis`, never 0."""
    return tf.maximum(tf.sqrt(tf.reduce_sum(tf.square(images), axis=axis, keepdims=True)), 1e-12)


def project_linf(x_adv: Any, x: Any, eps: float) -> Any:
    """The right projection of q1."""
    return clip(ball(x_adv, x, eps))


def project_l2(x_adv: Any, x: Any, eps: float, size: Callable[[Any], Any] = length) -> Any:
    """The projection of q5, with another `size` of the perturbation if one is given."""
    change = clip(x_adv) - x
    return x + change * tf.minimum(1.0, eps / size(change))


KEPT_NETWORK = (
    "Your answer is about the network of an earlier call: something is kept from call to call, such as a compiled "
    "function that was made for the first network."
)
TO_MINUS_ONE = "Your pixels are clipped to [−1, 1]: images lie in [0, 1]."
TO_255 = "Your pixels are clipped to [0, 255]: images lie in [0, 1]."
