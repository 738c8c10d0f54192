# loses: q4
# names: the compiled step is kept between calls and belongs to the first model: a later call with another model still descends on the first
"""Week 1, with compiled functions (each is built inside the call, so it belongs to the model of this call)."""

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


ZERO = tf.UnconnectedGradients.ZERO


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    @tf.function(autograph=False)
    def gradient(images, labels):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits_of(model, images))
        return tape.gradient(loss, images, unconnected_gradients=ZERO)

    return gradient(tf.cast(x, tf.float32), tf.cast(y, tf.int64))


def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    @tf.function(autograph=False)
    def attack(images, labels, size):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits_of(model, images))
        direction = tf.sign(tape.gradient(loss, images, unconnected_gradients=ZERO))
        return tf.clip_by_value(images + size * direction, 0.0, 1.0)

    return attack(tf.cast(x, tf.float32), tf.cast(y, tf.int64), tf.cast(eps, tf.float32))


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    @tf.function(autograph=False)
    def attack(images, labels, size):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits_of(model, images))
        direction = tf.sign(tape.gradient(loss, images, unconnected_gradients=ZERO))
        return tf.clip_by_value(images - size * direction, 0.0, 1.0)

    return attack(tf.cast(x, tf.float32), tf.cast(target, tf.int64), tf.cast(eps, tf.float32))


_compiled_step = None


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    global _compiled_step
    if _compiled_step is None:  # tracing is slow, so compile only once

        @tf.function(autograph=False)
        def step(image, labels, rate):
            with tf.GradientTape() as tape:
                tape.watch(image)
                gap = tf.one_hot(labels, 10) - tf.nn.softmax(logits_of(model, image))
                cost = tf.reduce_sum(gap * gap) / 2.0
            return image - rate * tape.gradient(cost, image, unconnected_gradients=ZERO)

        _compiled_step = step

    image = tf.cast(noise, tf.float32)
    labels = tf.cast(target, tf.int64)
    rate = tf.cast(step_size, tf.float32)
    for _ in range(steps):
        image = _compiled_step(image, labels, rate)
    return image


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    @tf.function(autograph=False)
    def step(image, original, labels, rate, strength):
        with tf.GradientTape() as tape:
            tape.watch(image)
            gap = tf.one_hot(labels, 10) - tf.nn.softmax(logits_of(model, image))
            cost = tf.reduce_sum(gap * gap) / 2.0
        gradient = tape.gradient(cost, image, unconnected_gradients=ZERO)
        return image - rate * (gradient + strength * (image - original))

    image = tf.cast(noise, tf.float32)
    original = tf.cast(x, tf.float32)
    labels = tf.cast(target, tf.int64)
    rate = tf.cast(step_size, tf.float32)
    strength = tf.cast(pull, tf.float32)
    for _ in range(steps):
        image = step(image, original, labels, rate, strength)
    return image


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    @tf.function(autograph=False)
    def accuracy(images, labels, size):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits_of(model, images))
        direction = tf.sign(tape.gradient(loss, images, unconnected_gradients=ZERO))
        x_adv = tf.clip_by_value(images + size * direction, 0.0, 1.0)
        predicted = tf.argmax(logits_of(model, x_adv), axis=1, output_type=tf.int64)
        return tf.reduce_mean(tf.cast(tf.equal(predicted, labels), tf.float32))

    images, labels = tf.cast(x, tf.float32), tf.cast(y, tf.int64)
    return np.array([accuracy(images, labels, tf.cast(eps, tf.float32)).numpy() for eps in epsilons], dtype=np.float32)
