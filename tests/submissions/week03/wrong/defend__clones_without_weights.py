# loses: q3
# told: keras.models.clone_model copies the layers but not the weights
# names: clone_model makes a network with other weights
"""Week 3: clean the input."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from course.measures import accuracy

Images = Any
Labels = Any
Model = Callable[..., Any]
Transform = Callable[[Any], Any]


def logits_of(model: Model, x: Images) -> Any:
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _np64(a):
    return np.array(a, dtype=np.float64)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(np.asarray(x), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = tf.cast(logits_of(model, x), tf.float64)
        one = tf.gather(logits, tf.cast(y, tf.int32), batch_dims=1)
        loss = tf.reduce_logsumexp(logits, axis=1) - one
    return tf.cast(tape.gradient(loss, x), tf.float32)


def binary_threshold(x, threshold):
    return np.heaviside(_np64(x) - threshold, 0.0).astype(np.float32)


def gaussian_blur(x, sigma):
    x = _np64(x)
    n, h, w, _ = x.shape
    if sigma == 0:
        return x.astype(np.float32)

    def matrix(length):
        m = np.zeros((length, length))
        r = int(4.0 * sigma + 0.5)
        weights = [np.exp(-0.5 * d * d / (sigma * sigma)) for d in range(-r, r + 1)]
        for i in range(length):
            for d, weight in zip(range(-r, r + 1), weights):
                j = (i + d) % (2 * length)
                m[i, j if j < length else 2 * length - 1 - j] += weight
        return m / sum(weights)

    return np.einsum("ih,nhwc,jw->nijc", matrix(h), x, matrix(w)).astype(np.float32)


def percentile_filter(x, percentile, size):
    x = _np64(x)

    def place(values):
        values = np.sort(values)
        return values[min(int(len(values) * percentile / 100.0), len(values) - 1)]

    return np.stack([ndimage.generic_filter(im, place, size=(size, size, 1)) for im in x]).astype(np.float32)


def defend(model, transform):
    network = keras.models.clone_model(model) if isinstance(model, keras.Model) else model

    def defended(images):
        return logits_of(network, tf.convert_to_tensor(np.asarray(transform(images), np.float32)))

    return defended


def defence_report(model, transform, x, y, x_adv):
    right = lambda images: float((np.asarray(logits_of(model, images)).argmax(1) == np.asarray(y)).sum() / len(y))  # noqa: E731
    return {
        "clean": right(np.float32(x)),
        "attacked": right(np.float32(x_adv)),
        "clean_defended": right(np.float32(transform(x))),
        "attacked_defended": right(np.float32(transform(x_adv))),
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = _np64(x)
    delta = np.zeros_like(x)
    for _ in range(steps):
        z = np.asarray(transform((x + delta).astype(np.float32)), np.float32)
        delta = delta + step_size * np.sign(_np64(input_gradient(model, z, y)))
        delta = np.clip(delta, -eps, eps)
        delta = np.clip(x + delta, 0, 1) - x
    return (x + delta).astype(np.float32)


def randomised_logits(model, x, noise):
    answers = [_np64(logits_of(model, (_np64(x) + _np64(e)).astype(np.float32))) for e in noise]
    return np.average(np.array(answers), axis=0).astype(np.float32)


def eot_gradient(model, x, y, noise):
    shape = np.asarray(noise).shape
    flat = (_np64(x)[None] + _np64(noise)).reshape((-1,) + shape[2:]).astype(np.float32)
    g = _np64(input_gradient(model, flat, np.tile(np.asarray(y), shape[0]))).reshape(shape)
    return g.mean(axis=0).astype(np.float32)
