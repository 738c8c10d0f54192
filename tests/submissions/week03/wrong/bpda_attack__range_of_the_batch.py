# loses: q5
# names: clips to the range of x instead of [0, 1]
"""Week 3. Everything is computed in double precision; float32 is for the networks and for what is returned."""

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage, special


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _double(x):
    return np.array(x, dtype=np.float64)


def _single(x):
    return np.asarray(x).astype(np.float32)


def _logits64(model, x):
    return np.asarray(logits_of(model, tf.constant(_single(x)))).astype(np.float64)


def _gradient64(model, x, y):
    images = tf.constant(_double(x), tf.float64)
    labels = tf.cast(tf.convert_to_tensor(y), tf.int32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = tf.cast(logits_of(model, tf.cast(images, tf.float32)), tf.float64)
        losses = tf.reduce_logsumexp(logits, axis=1) - tf.gather(logits, labels, axis=1, batch_dims=1)
    gradient = tape.gradient(losses, images)
    return np.zeros(images.shape) if gradient is None else gradient.numpy()


def input_gradient(model, x, y):
    return _single(_gradient64(model, x, y))


def binary_threshold(x, threshold):
    # the threshold as a float32 first: what is one number for the pixels must be one for the comparison
    return np.where(_double(x) > np.float64(np.float32(threshold)), np.float32(1), np.float32(0))


def gaussian_blur(x, sigma):
    images = _double(x)
    if sigma > 0:
        for axis in (1, 2):
            images = ndimage.gaussian_filter1d(images, sigma, axis=axis, mode="reflect", truncate=4.0)
    return _single(images)


def percentile_filter(x, percentile, size):
    images = _double(x)
    rank = min(int(size**2 * percentile / 100), size**2 - 1)
    return _single(ndimage.rank_filter(images, rank, size=(1, size, size, 1), mode="reflect"))


def defend(model, transform):
    return lambda x: _single(_logits64(model, transform(tf.constant(_single(x)))))


def defence_report(model, transform, x, y, x_adv):
    labels = np.asarray(y).astype(int)
    report = {}
    for name, images in {"clean": x, "attacked": x_adv}.items():
        probabilities = special.softmax(_logits64(model, images), axis=1)
        report[name] = np.mean(probabilities.argmax(axis=1) == labels)
        probabilities = special.softmax(_logits64(model, transform(images)), axis=1)
        report[f"{name}_defended"] = np.mean(probabilities.argmax(axis=1) == labels)
    return report  # np.float64 is a float


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = _double(x)
    x_adv = x.copy()
    for _ in range(steps):
        g = _gradient64(model, transform(_single(x_adv)), y)
        x_adv += step_size * np.sign(g)
        np.clip(x_adv, x - eps, x + eps, out=x_adv)
        np.clip(x_adv, x.min(), x.max(), out=x_adv)
    return _single(x_adv)


def randomised_logits(model, x, noise):
    x, noise = _double(x), _double(noise)
    return _single(np.mean([_logits64(model, x + one) for one in noise], axis=0))


def eot_gradient(model, x, y, noise):
    x, noise = _double(x), _double(noise)
    return _single(np.mean([_gradient64(model, x + one, y) for one in noise], axis=0))
