# loses: q1
# told: did tape.gradient find a path (tape.watch)?
# names: the tape watches nothing, so the gradient is None
"""Week 1: fooled by its own gradient."""

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
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    with tf.GradientTape() as tape:
        logits = logits_of(model, x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
    # the loss is a vector: tape.gradient adds up, and loss_i depends on x_i only
    return tape.gradient(loss, x)


def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    gradient = input_gradient(model, x, y)
    x_adv = x + float(eps) * tf.sign(gradient)
    return tf.clip_by_value(x_adv, 0.0, 1.0)


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    gradient = input_gradient(model, x, target)
    x_adv = x - float(eps) * tf.sign(gradient)
    return tf.clip_by_value(x_adv, 0.0, 1.0)


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    image = tf.convert_to_tensor(noise, dtype=tf.float32)
    wanted = tf.one_hot(target, 10)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            p = tf.nn.softmax(logits_of(model, image))
            cost = 0.5 * tf.reduce_sum(tf.square(wanted - p), axis=1)
        gradient = tape.gradient(cost, image, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        image = image - float(step_size) * gradient
    return image


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    image = tf.convert_to_tensor(noise, dtype=tf.float32)
    wanted = tf.one_hot(target, 10)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            p = tf.nn.softmax(logits_of(model, image))
            cost = 0.5 * tf.reduce_sum(tf.square(wanted - p), axis=1)
        gradient = tape.gradient(cost, image, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        image = image - float(step_size) * (gradient + float(pull) * (image - x))
    return image


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    labels = np.asarray(y)
    accuracies = []
    for eps in epsilons:
        x_adv = fgsm(model, x, y, eps)
        predicted = tf.argmax(logits_of(model, x_adv), axis=1).numpy()
        accuracies.append(np.mean(predicted == labels))
    return np.array(accuracies, dtype=np.float64)
