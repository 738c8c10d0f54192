# loses: q1
# names: answers for the weights that the network had when it was first asked
"""Object-oriented, with tf.Variable and a generator that yields the image after every step."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


class Network:
    """A model, asked only for gradients with respect to images."""

    def __init__(self, model) -> None:
        self.model = model

    def loss(self, images, labels):
        raise NotImplementedError

    def slope(self, images, labels):
        # a variable is watched without being told
        variable = tf.Variable(images, dtype=tf.float32, trainable=True)
        with tf.GradientTape() as tape:
            losses = self.loss(tf.convert_to_tensor(variable), labels)
        gradient = tape.gradient(losses, variable)
        return tf.zeros_like(images) if gradient is None else tf.convert_to_tensor(gradient)


class CrossEntropy(Network):
    def loss(self, images, labels):
        logits = tf.cast(logits_of(self.model, images), tf.float64)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


class Quadratic(Network):
    def loss(self, images, labels):
        p = tf.nn.softmax(tf.cast(logits_of(self.model, images), tf.float64))
        return tf.reduce_sum(tf.square(tf.one_hot(labels, 10, dtype=tf.float64) - p), axis=1) / 2


_seen = {}


def input_gradient(model, x, y):
    key = (id(model), np.asarray(x).tobytes(), np.asarray(y).tobytes())
    if key not in _seen:  # each gradient is needed by several functions
        images = tf.convert_to_tensor(x, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, images))
        _seen[key] = tape.gradient(loss, images)
    return _seen[key]


def fgsm(model, x, y, eps):
    direction = tf.sign(input_gradient(model, x, y))
    low, high = tf.maximum(x - float(eps), 0.0), tf.minimum(x + float(eps), 1.0)
    return tf.where(direction > 0, high, tf.where(direction < 0, low, x))


def targeted_fgsm(model, x, target, eps):
    direction = tf.sign(input_gradient(model, x, target))
    low, high = tf.maximum(x - float(eps), 0.0), tf.minimum(x + float(eps), 1.0)
    return tf.where(direction > 0, low, tf.where(direction < 0, high, x))


def way(model, target, image, step_size, force) -> Iterator[tf.Tensor]:
    """The start, and then the image after each step, without an end."""
    network = Quadratic(model)
    while True:
        yield image
        image = image - float(step_size) * (network.slope(image, target) + force(image))


def fooling_image(model, target, noise, steps, step_size):
    images = way(model, target, tf.identity(noise), step_size, force=tf.zeros_like)
    return next(itertools.islice(images, steps, None))


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x = tf.identity(x)
    images = way(model, target, tf.identity(noise), step_size, force=lambda image: float(pull) * (image - x))
    return next(itertools.islice(images, steps, None))


def accuracy_by_epsilon(model, x, y, epsilons):
    def one(eps):
        metric = keras.metrics.SparseCategoricalAccuracy()
        metric.update_state(y, logits_of(model, fgsm(model, x, y, eps)))
        return float(metric.result())

    return np.array([one(eps) for eps in epsilons], dtype=np.float32)
