"""Week 1, object-oriented: a WhiteBox knows a model and its gradients, a Descent knows how to walk."""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Images = Any  # NumPy array or tensor, float32, shape (n, 28, 28, 1)
Labels = Any  # NumPy array or tensor of integers, shape (n,)
Model = Callable[..., Any]


def logits_of(model: Model, x: Images) -> Any:
    """The logits (n, 10) of the images `x`. This one is given: call it instead of `model(x)`."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


class WhiteBox:
    """A model whose gradients the attacker can read."""

    def __init__(self, model):
        self.model = model

    def logits(self, images):
        return logits_of(self.model, images)

    def predict(self, images):
        return np.asarray(self.logits(images)).argmax(axis=-1)

    def cross_entropy(self, images, labels):
        """logsumexp(z) - z_y, image by image."""
        z = tf.convert_to_tensor(self.logits(images))
        z_label = tf.reduce_sum(z * tf.one_hot(labels, 10, dtype=z.dtype), axis=1)
        return tf.reduce_logsumexp(z, axis=1) - z_label

    def quadratic(self, images, labels):
        gap = tf.one_hot(labels, 10) - tf.nn.softmax(self.logits(images))
        return 0.5 * tf.reduce_sum(gap**2, axis=1)

    def gradient(self, cost, images, labels):
        images = tf.cast(images, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = cost(images, labels)
        return tape.gradient(value, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)


class Descent:
    """`steps` steps of size `step_size` against a force."""

    def __init__(self, steps, step_size):
        self.steps = steps
        self.step_size = tf.cast(step_size, tf.float32)

    def run(self, force, start):
        image = tf.cast(start, tf.float32)
        for _ in range(self.steps):
            image = image - self.step_size * force(image)
        return image


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    box = WhiteBox(model)
    return box.gradient(box.cross_entropy, x, y)


def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    box = WhiteBox(model)
    sign = tf.sign(box.gradient(box.cross_entropy, x, y))
    return tf.clip_by_value(tf.cast(x, tf.float32) + tf.cast(eps, tf.float32) * sign, 0.0, 1.0)


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    box = WhiteBox(model)
    sign = tf.sign(box.gradient(box.cross_entropy, x, target))
    return tf.clip_by_value(tf.cast(x, tf.float32) - tf.cast(eps, tf.float32) * sign, 0.0, 1.0)


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    box = WhiteBox(model)
    return Descent(steps, step_size).run(lambda image: box.gradient(box.quadratic, image, target), noise)


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    box = WhiteBox(model)
    x = tf.cast(x, tf.float32)

    def force(image):
        return box.gradient(box.quadratic, image, target) + tf.cast(pull, tf.float32) * (image - x)

    return Descent(steps, step_size).run(force, noise)


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    box = WhiteBox(model)
    images = tf.cast(x, tf.float32)
    labels = np.asarray(y)
    sign = tf.sign(box.gradient(box.cross_entropy, images, y))
    accuracies = []
    for eps in epsilons:
        x_adv = tf.clip_by_value(images + tf.cast(eps, tf.float32) * sign, 0.0, 1.0)
        accuracies.append(np.mean(box.predict(x_adv) == labels))
    return np.array(accuracies, dtype=float)
