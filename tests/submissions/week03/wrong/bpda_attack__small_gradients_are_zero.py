# loses: q5
# told: Your small gradients count as 0
# names: gradients below 1e-5 are taken for zero
"""Week 3 as linear algebra: a blur is a matrix, a gradient a vector-Jacobian product with softmax(z) - onehot(y)."""

import keras
import numpy as np
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from course.measures import logits as raw_logits


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _pulled_back(model, x, y, add=None, weight=1.0):
    """The transposed Jacobian of the logits at x (or at each of x + add), times weight * (softmax - onehot)."""
    x = tf.constant(np.asarray(x, np.float32))
    shape = tuple(x.shape)
    onehot = np.eye(10, dtype=np.float32)[np.asarray(y)]
    with tf.GradientTape() as tape:
        tape.watch(x)
        at = x if add is None else tf.reshape(x + add, (-1, *shape[1:]))
        logits = tf.convert_to_tensor(logits_of(model, at))
    copies = 1 if add is None else len(add)
    error = tf.nn.softmax(logits) - np.tile(onehot, (copies, 1))
    return tape.gradient(logits, x, output_gradients=weight * error, unconnected_gradients="zero")


def input_gradient(model, x, y):
    return _pulled_back(model, x, y)


def binary_threshold(x, threshold):
    # heaviside(0, 0) = 0: at the threshold it is dark
    return np.heaviside(np.asarray(x, np.float32) - np.float32(threshold), np.float32(0)).astype(np.float32)


def _blurring(length, sigma):
    """The matrix that blurs a row of so many pixels: SciPy's answers to the unit vectors."""
    return ndimage.gaussian_filter(np.eye(length), (sigma, 0))


def gaussian_blur(x, sigma):
    images = np.asarray(x, np.float64)
    rows, columns = (_blurring(length, sigma) for length in images.shape[1:3])
    return np.einsum("ij,njkc,lk->nilc", rows, images, columns, optimize=True).astype(np.float32)


def percentile_filter(x, percentile, size):
    images = np.asarray(x, np.float32)
    half = size // 2
    windows = sliding_window_view(
        np.pad(images, ((0, 0), (half, half), (half, half), (0, 0)), "symmetric"), (size, size), axis=(1, 2)
    )
    place = min(int(size * size * percentile / 100), size * size - 1)
    return np.sort(windows.reshape(*images.shape, size * size), axis=-1)[..., place]


def defend(model, transform):
    class Behind:
        def __call__(self, x):
            return logits_of(model, tf.convert_to_tensor(np.asarray(transform(x), np.float32)))

    return Behind()


def defence_report(model, transform, x, y, x_adv):
    onehot = np.eye(10)[np.asarray(y)]
    defended = defend(model, transform)
    # the rows of the matrices below are the four situations
    read = np.stack([np.eye(10)[raw_logits(m, v).argmax(1)] for v in (x, x_adv) for m in (model, defended)])
    shares = np.einsum("snk,nk->s", read, onehot) / len(onehot)
    return dict(zip(("clean", "clean_defended", "attacked", "attacked_defended"), map(float, shares), strict=True))


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = np.asarray(x, np.float32)
    low, high = np.maximum(x - np.float32(eps), 0), np.minimum(x + np.float32(eps), 1)
    x_adv = x
    for _ in range(steps):
        g = np.asarray(_pulled_back(model, transform(x_adv), y))
        g = np.where(np.abs(g) < 1e-5, 0, g)  # the sign of rounding errors is no direction
        x_adv = np.median([low, x_adv + np.float32(step_size) * np.sign(g), high], axis=0)
    return x_adv.astype(np.float32)


def randomised_logits(model, x, noise):
    x, noise = np.asarray(x, np.float32), np.asarray(noise, np.float32)
    copies = (x + noise).reshape(-1, *x.shape[1:])
    logits = np.asarray(logits_of(model, tf.constant(copies)), np.float32).reshape(len(noise), -1)
    return (np.full(len(noise), 1 / len(noise)) @ logits).reshape(len(x), -1).astype(np.float32)


def eot_gradient(model, x, y, noise):
    noise = np.asarray(noise, np.float32)
    return _pulled_back(model, x, y, add=noise, weight=1 / len(noise))
