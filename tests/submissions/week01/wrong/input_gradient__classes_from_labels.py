# loses: q1
# names: the one-hot vectors are as long as the largest label of the batch plus one, not 10: fails where label 9 does not occur
"""Week 1. Everything goes in and comes out as NumPy; TensorFlow only differentiates."""

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


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    y = np.asarray(y)
    onehot = np.eye(y.max() + 1, dtype=np.float32)[y]
    images = tf.constant(np.asarray(x, dtype=np.float32))
    with tf.GradientTape() as tape:
        tape.watch(images)
        log_p = tf.nn.log_softmax(logits_of(model, images))
        loss = -tf.reduce_sum(tf.constant(onehot) * log_p)
    gradient = tape.gradient(loss, images)
    if gradient is None:  # the model does not look at its input
        return np.zeros(images.shape, dtype=np.float32)
    return gradient.numpy()


def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    x = np.asarray(x, dtype=np.float32)
    sign = np.sign(input_gradient(model, x, y))
    return np.clip(x + np.float32(eps) * sign, 0.0, 1.0)


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    x = np.asarray(x, dtype=np.float32)
    sign = np.sign(input_gradient(model, x, target))
    return np.clip(x - np.float32(eps) * sign, 0.0, 1.0)


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    onehot = tf.constant(np.eye(10, dtype=np.float32)[np.asarray(target)])
    image = np.array(noise, dtype=np.float32)
    for _ in range(steps):
        variable = tf.Variable(image)
        with tf.GradientTape() as tape:
            p = tf.nn.softmax(logits_of(model, tf.identity(variable)))
            cost = 0.5 * tf.reduce_sum((onehot - p) ** 2)
        gradient = tape.gradient(cost, variable)
        if gradient is not None:
            image = image - np.float32(step_size) * gradient.numpy()
    return image


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    x = np.asarray(x, dtype=np.float32)
    image = np.array(noise, dtype=np.float32)
    for _ in range(steps):
        # one step of the fooling image, and the pull, both seen from the same image
        descended = np.asarray(fooling_image(model, target, image, 1, step_size))
        image = descended - np.float32(step_size) * np.float32(pull) * (image - x)
    return image


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    y = np.asarray(y)
    accuracies = []
    for eps in epsilons:
        x_adv = np.asarray(fgsm(model, x, y, eps), dtype=np.float32)
        logits = np.asarray(logits_of(model, tf.constant(x_adv)))
        accuracies.append((logits.argmax(axis=1) == y).mean())
    return np.asarray(accuracies, dtype=float)
