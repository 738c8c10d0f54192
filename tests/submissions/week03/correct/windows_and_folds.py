# loses: nothing
"""Strided windows, partial sorts and folds; gradients through one tape for all samples."""

from functools import partial, reduce

import keras
import numpy as np
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view


def pixels(x):
    return np.array(x, np.float32)


def evaluate(model, x):
    match model:
        case keras.Model():
            return model(x, training=False)
        case _:
            return model(x)


def binary_threshold(x, threshold):
    return tf.where(tf.greater(pixels(x), np.float32(threshold)), 1.0, 0.0)


def mirrored(x, border, axis):
    """Edges repeated as in a mirror that stands on the edge of the last pixel, however wide the border."""
    size = x.shape[axis]
    places = np.arange(-border, size + border) % (2 * size)
    return np.take(x, np.where(places < size, places, 2 * size - 1 - places), axis=axis)


def gaussian_blur(x, sigma):
    x = pixels(x)
    if sigma <= 0:
        return x
    radius = int(4 * sigma + 0.5)
    bell = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    bell /= bell.sum()

    def along(images, axis):
        return sliding_window_view(mirrored(images, radius, axis), 2 * radius + 1, axis=axis) @ bell

    return reduce(along, (1, 2), x).astype(np.float32)


def percentile_filter(x, percentile, size):
    x = pixels(x)
    half = size // 2
    windows = sliding_window_view(reduce(lambda a, axis: mirrored(a, half, axis), (1, 2), x), (size, size), axis=(1, 2))
    windows = windows.reshape(*x.shape, size * size)
    place = min(int(size * size * percentile / 100), size * size - 1)
    return np.partition(windows, place, axis=-1)[..., place]


def defended_logits(model, transform, x):
    return evaluate(model, tf.cast(transform(x), tf.float32))


def defend(model, transform):
    return partial(defended_logits, model, transform)


def hits(predict, x, y):
    answers = np.argmax(np.asarray(predict(tf.cast(x, tf.float32))), axis=-1)
    return float(np.count_nonzero(answers == np.asarray(y)) / len(answers))


def defence_report(model, transform, x, y, x_adv):
    readers = {"": partial(evaluate, model), "_defended": defend(model, transform)}
    inputs = {"clean": x, "attacked": x_adv}
    return {f"{a}{b}": hits(reader, images, y) for a, images in inputs.items() for b, reader in readers.items()}


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = pixels(x)
    low, high = np.fmax(x - eps, 0), np.fmin(x + eps, 1)

    def step(x_adv, _):
        seen = tf.Variable(tf.cast(transform(x_adv), tf.float32))
        with tf.GradientTape() as tape:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, evaluate(model, tf.identity(seen)))
        direction = np.sign(tape.gradient(loss, seen).numpy())
        return np.fmin(np.fmax(x_adv + step_size * direction, low), high).astype(np.float32)

    return reduce(step, range(steps), x)


def randomised_logits(model, x, noise):
    x, noise = tf.cast(x, tf.float32), tf.cast(noise, tf.float32)
    total = tf.foldl(lambda so_far, sample: so_far + evaluate(model, x + sample), noise, tf.zeros((len(x), 10)))
    return total / len(noise)


def eot_gradient(model, x, y, noise):
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        expected = 0.0
        for sample in tf.unstack(tf.cast(noise, tf.float32)):
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, evaluate(model, x + sample))
            expected += tf.reduce_sum(losses) / len(noise)
    return tape.gradient(expected, x)
