"""What known mistakes of several questions share: losses, gradients, the descent of q4 and q5, and sentences."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from course.draw import Draw

Mistake = tuple[str, Callable[..., Any]]
Loss = Callable[[Any, Any], Any]  # of labels and logits


def logits_of(model: Any, x: Any) -> Any:
    """The logits, not in training mode."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def predicted(model: Any, x: Any) -> Any:
    """The labels that the network reads."""
    return tf.argmax(logits_of(model, x), axis=-1)


def cross_entropy(labels: Any, logits: Any) -> Any:
    """The right loss of q1 to q3."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


@functools.cache
def first_network(kind: str) -> Any:
    """A copy of the network of this `kind` that the public cases begin with."""
    network = Draw(1).linear_network() if kind == "linear" else Draw(1).convolutional_network()
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def through_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from probabilities: clipped."""
    return keras.losses.sparse_categorical_crossentropy(labels, tf.nn.softmax(logits))


def of_clipped_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy written out with probabilities that are kept away from zero."""
    return -tf.math.log(tf.clip_by_value(tf.gather(tf.nn.softmax(logits), labels, batch_dims=1), 1e-7, 1.0))


def logits_as_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it by default: it takes the logits for probabilities."""
    return keras.losses.sparse_categorical_crossentropy(labels, logits)


def softmax_twice(labels: Any, logits: Any) -> Any:
    """Cross-entropy that takes probabilities for logits."""
    return cross_entropy(labels, tf.nn.softmax(logits))


def logit_of_label(labels: Any, logits: Any) -> Any:
    """No loss at all: the label's logit."""
    return tf.gather(logits, labels, batch_dims=1)


def quadratic(labels: Any, logits: Any) -> Any:
    """The right cost of q4 and q5."""
    probabilities = tf.nn.softmax(logits)
    return 0.5 * tf.reduce_sum((tf.one_hot(labels, probabilities.shape[-1]) - probabilities) ** 2, axis=-1)


def gradient(model: Any, x: Any, y: Any, loss: Loss = cross_entropy) -> Any:
    """The gradient of each image's `loss`."""
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = loss(y, logits_of(model, x))
    return tape.gradient(losses, x)


def uphill(model: Any, x: Any, y: Any, loss: Loss = cross_entropy) -> Any:
    """The gradient's sign."""
    return tf.sign(gradient(model, x, y, loss))


def clip(images: Any) -> Any:
    """The nearest images in [0, 1]."""
    return tf.clip_by_value(images, 0.0, 1.0)


def to_unit_length(images: Any) -> Any:
    """Each image divided by its L2 norm."""
    lengths = tf.norm(tf.reshape(images, (len(images), -1)), axis=1)
    return images / tf.maximum(lengths, 1e-12)[:, None, None, None]


def descend(
    model: Any,
    target: Any,
    image: Any,
    steps: int,
    step_size: float,
    *,
    cost: Loss = quadratic,
    force: Callable[[Any], Any] = tf.zeros_like,
    direction: Callable[[Any], Any] = tf.identity,
    afterwards: Callable[[Any], Any] = tf.identity,
) -> Any:
    """The descent of q4 and q5, with everything in it that can be wrong."""
    for _ in range(steps):
        image = afterwards(image - step_size * (direction(gradient(model, image, target, cost)) + force(image)))
    return image


def until_read(model: Any, target: Any, image: Any, steps: int, step: Callable[[Any], Any]) -> Any:
    """A descent that leaves an image as soon as the network reads it as its target."""
    for _ in range(steps):
        read = predicted(model, image) == tf.cast(target, tf.int64)
        image = tf.where(read[:, None, None, None], image, step(image))
    return image


PROBABILITIES = (
    "Your answer equals what the loss gives when it is computed from probabilities: they are clipped, and where the "
    "network is sure the gradient is lost. Compute it from the logits (from_logits=True, without a softmax)."
)
TWICE = (
    "Your answer equals what two softmaxes in a row give: the loss takes logits, and yours got probabilities that it "
    "took for logits."
)
FOR_PROBABILITIES = (
    "Your answer equals what the loss gives when it takes the logits for probabilities: tell it that they are logits "
    "(from_logits=True), which is not the default."
)
MOVES_AT_ZERO = "Your step moves pixels whose gradient is exactly 0: the sign of 0 is 0. tf.sign and np.sign know it."
UNSIGNED = "Your answer equals a step along the gradient itself: take its sign, so that every pixel moves by eps."
UNCLIPPED = "Your answer equals the step without the clip: pixels leave [0, 1]. Clip the image after the step."
PREDICTED = "Your labels were taken from the network's predictions: use the labels y that are given."
CROSS_ENTROPY = (
    "Your answer equals what cross-entropy gives: the cost here is the squared error of the probabilities. If you did "
    "write that: (softmax − onehot) is its derivative by the probabilities, and the softmax's own was left out."
)
UNMOVED = "Your answer equals the images that came in: every pixel moves by eps."
CLIPPED = "Your pixels were clipped to [0, 1]: here they stay as they are."
ONE_SIDED = "Your images are clipped on one side only: pixels lie between 0 and 1."
KEPT_NETWORK = (
    "Your answer is about the network of an earlier call: something is kept from call to call, such as a compiled "
    "function that was made for the first network."
)
STOPS_EARLY = (
    "Your descent ends early: does a return stand in the loop, or does it end once the network reads the target? It "
    "takes all the steps."
)
TOO_FEW = "Your answer equals one step too few."
TOO_MANY = "Your answer equals one step too many."
