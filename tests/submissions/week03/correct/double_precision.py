# loses: nothing
"""Float64 wherever it can be, the blur as two convolutions over a stack of images, answers rounded to float32 at last."""

import keras
import numpy as np
import tensorflow as tf
from scipy.ndimage import convolve1d, generic_filter


class Reader:
    """A network in the hands of an attacker: it reads, and it tells which way the loss grows."""

    def __init__(self, model):
        self.model = model
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")

    def __call__(self, x):
        x = tf.convert_to_tensor(np.asarray(x), dtype=tf.float32) if not tf.is_tensor(x) else tf.cast(x, tf.float32)
        return self.model(x, training=False) if isinstance(self.model, keras.Model) else self.model(x)

    def uphill(self, x, y):
        x = tf.convert_to_tensor(np.asarray(x, dtype=np.float32))
        with tf.GradientTape() as tape:
            tape.watch(x)
            losses = self.loss(np.asarray(y), self(x))
        return np.asarray(tape.gradient(losses, x), dtype=np.float64)

    def share_right(self, x, y):
        return float((np.asarray(self(x)).argmax(axis=-1) == np.asarray(y)).mean())


def binary_threshold(x, threshold):
    black_and_white = np.zeros(np.shape(x), dtype=np.float32)
    black_and_white[np.asarray(x) > threshold] = 1
    return black_and_white


def gaussian_blur(x, sigma):
    x = np.asarray(x, dtype=np.float64)
    if not sigma:
        return x.astype(np.float32)
    reach = int(4.0 * sigma + 0.5)
    weights = [np.exp(-(step**2) / (2 * sigma**2)) for step in range(-reach, reach + 1)]
    weights = np.array(weights) / sum(weights)
    for axis in (1, 2):
        x = convolve1d(x, weights, axis=axis)
    return x.astype(np.float32)


def percentile_filter(x, percentile, size):
    place = min(int(size**2 * percentile / 100), size**2 - 1)
    images = np.asarray(x, dtype=np.float64)[..., 0]
    chosen = [generic_filter(image, lambda window: np.sort(window)[place], size=size) for image in images]
    return np.array(chosen, dtype=np.float32).reshape(np.shape(x))


def defend(model, transform):
    reader = Reader(model)
    return lambda x: reader(transform(x))


def defence_report(model, transform, x, y, x_adv):
    reader = Reader(model)
    report = {}
    for name, images in (("clean", x), ("attacked", x_adv)):
        report[name] = reader.share_right(images, y)
        report[name + "_defended"] = reader.share_right(transform(images), y)
    return report


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    reader, x = Reader(model), np.array(x, dtype=np.float64)
    x_adv = np.array(x)
    for _ in range(steps):
        x_adv += step_size * np.sign(reader.uphill(transform(x_adv.astype(np.float32)), y))
        x_adv = np.clip(x + np.clip(x_adv - x, -eps, eps), 0, 1)
    return x_adv.astype(np.float32)


def noisy_copies(x, noise):
    return np.asarray(x, dtype=np.float64) + np.asarray(noise, dtype=np.float64)


def randomised_logits(model, x, noise):
    reader = Reader(model)
    logits = [np.asarray(reader(copy)) for copy in noisy_copies(x, noise)]
    return np.mean(logits, axis=0, dtype=np.float64).astype(np.float32)


def eot_gradient(model, x, y, noise):
    reader = Reader(model)
    return np.mean([reader.uphill(copy, y) for copy in noisy_copies(x, noise)], axis=0).astype(np.float32)
