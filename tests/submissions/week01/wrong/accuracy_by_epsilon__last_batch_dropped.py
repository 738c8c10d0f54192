# loses: q6
# names: counts in whole batches of 32: the images of a short last batch are never read, but stay in the denominator
"""Week 1. One image at a time: slower, but no image can disturb another."""

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
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    gradients = np.zeros_like(x)
    for i in range(len(x)):
        image = tf.constant(x[i : i + 1])
        label = tf.constant([int(y[i])])
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=logits_of(model, image))[0]
        gradient = tape.gradient(loss, image)
        if gradient is not None:
            gradients[i] = gradient.numpy()[0]
    return gradients


def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    x_adv = np.zeros_like(x)
    for i in range(len(x)):
        gradient = np.asarray(input_gradient(model, x[i : i + 1], y[i : i + 1]))[0]
        x_adv[i] = np.clip(x[i] + np.float32(eps) * np.sign(gradient), 0.0, 1.0)
    return x_adv


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    x = np.asarray(x, dtype=np.float32)
    target = np.asarray(target)
    x_adv = np.zeros_like(x)
    for i in range(len(x)):
        gradient = np.asarray(input_gradient(model, x[i : i + 1], target[i : i + 1]))[0]
        x_adv[i] = np.clip(x[i] - np.float32(eps) * np.sign(gradient), 0.0, 1.0)
    return x_adv


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    noise = np.asarray(noise, dtype=np.float32)
    target = np.asarray(target)
    result = np.zeros_like(noise)
    for i in range(len(noise)):
        wanted = np.zeros((1, 10), dtype=np.float32)
        wanted[0, int(target[i])] = 1.0
        image = tf.constant(noise[i : i + 1])
        for _ in range(steps):
            with tf.GradientTape() as tape:
                tape.watch(image)
                p = tf.nn.softmax(logits_of(model, image))
                cost = 0.5 * tf.reduce_sum((p - wanted) ** 2)
            gradient = tape.gradient(cost, image)
            if gradient is not None:
                image = image - float(step_size) * gradient
        result[i] = image.numpy()[0]
    return result


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    x = np.asarray(x, dtype=np.float32)
    noise = np.asarray(noise, dtype=np.float32)
    target = np.asarray(target)
    result = np.zeros_like(noise)
    for i in range(len(noise)):
        original = x[i : i + 1]
        image = noise[i : i + 1].copy()
        for _ in range(steps):
            towards_target = np.asarray(fooling_image(model, target[i : i + 1], image, 1, step_size))
            towards_x = np.float32(step_size * pull) * (image - original)
            image = towards_target - towards_x
        result[i] = image[0]
    return result


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    y = np.asarray(y)
    batch = 32  # one at a time takes too long here
    accuracies = []
    for eps in epsilons:
        x_adv = np.asarray(fgsm(model, x, y, eps), dtype=np.float32)
        correct = 0
        for b in range(len(y) // batch):
            part = slice(b * batch, (b + 1) * batch)
            predicted = np.asarray(logits_of(model, tf.constant(x_adv[part]))).argmax(axis=1)
            correct += int((predicted == y[part]).sum())
        accuracies.append(correct / len(y))
    return np.array(accuracies, dtype=np.float64)
