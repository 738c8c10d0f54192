# loses: q4
# names: the descent ends once the network is sure of every target
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
    """The logits (n, 10) of the images `x`. This one is given: call it instead of `model(x)`.

    A Keras model is told that this is not training, so that dropout and batch normalisation keep still; any other
    callable knows no such argument.
    """
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _tensors(x, y):
    return tf.cast(x, tf.float32), tf.cast(y, tf.int64)


def _slope(model, image, label):
    """For one image (28, 28, 1) and one label ()."""
    batch = image[tf.newaxis]
    with tf.GradientTape() as tape:
        tape.watch(batch)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(label[tf.newaxis], logits_of(model, batch))
    return tape.gradient(loss, batch)[0]


def input_gradient(model, x, y):
    return tf.map_fn(lambda pair: _slope(model, *pair), _tensors(x, y), fn_output_signature=tf.float32)


def _sign_step(x, g, amount):
    def one(pair):
        image, slope = pair
        return tf.minimum(tf.maximum(image + amount * tf.sign(slope), 0.0), 1.0)

    return tf.vectorized_map(one, (x, g))


def fgsm(model, x, y, eps):
    x, y = _tensors(x, y)
    return _sign_step(x, input_gradient(model, x, y), eps)


def targeted_fgsm(model, x, target, eps):
    x, target = _tensors(x, target)
    return _sign_step(x, input_gradient(model, x, target), -eps)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x, target = _tensors(x, target)
    noise = tf.cast(noise, tf.float32)
    if steps == 0:
        return noise
    wanted = tf.one_hot(target, 10)

    def step(image, _):
        with tf.GradientTape() as tape:
            tape.watch(image)
            off = wanted - tf.nn.softmax(logits_of(model, image))
            cost = 0.5 * tf.reduce_sum(off * off)
        return image - step_size * (tape.gradient(cost, image) + pull * (image - x))

    return tf.foldl(step, tf.range(steps), initializer=noise)


def fooling_image(model, target, noise, steps, step_size):
    image, target = _tensors(noise, target)
    wanted = tf.one_hot(target, 10)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            p = tf.nn.softmax(logits_of(model, image))
            cost = 0.5 * tf.reduce_sum((wanted - p) ** 2)
        if tf.reduce_all(tf.reduce_sum(p * wanted, axis=1) > 0.99):  # all of them are there
            break
        image = image - step_size * tape.gradient(cost, image)
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    x, y = _tensors(x, y)
    sizes = tf.constant([float(eps) for eps in epsilons], tf.float32)
    g = input_gradient(model, x, y)  # the same for every eps: all attacks start from the clean images

    def accuracy(eps):
        read = tf.argmax(logits_of(model, _sign_step(x, g, eps)), axis=-1)
        return tf.reduce_mean(tf.cast(read == y, tf.float32))

    return tf.map_fn(accuracy, sizes)
