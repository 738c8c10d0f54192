# loses: q6
# names: np.repeat instead of np.tile: labels of other images
"""Slow and sure."""
import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage
from scipy.special import log_softmax

from course.measures import predictions


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x)
    y = tf.reshape(tf.convert_to_tensor(y), [-1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = logits_of(model, x)
        rows = tf.stack([tf.range(len(y)), tf.cast(y, tf.int32)], axis=1)
        J = tf.reduce_logsumexp(z, axis=1) - tf.gather_nd(z, rows)
    return tape.gradient(J, x)


def binary_threshold(x, threshold):
    return np.heaviside(np.asarray(x, np.float64) - threshold, 0).astype("f4")


def gaussian_blur(x, sigma):
    x = np.asarray(x, np.float32)
    out = np.empty(x.shape, np.float32)
    for i in range(x.shape[0]):
        for c in range(x.shape[3]):
            ndimage.gaussian_filter(x[i, :, :, c], sigma, output=out[i, :, :, c], mode="reflect", truncate=4.0)
    return out


def percentile_filter(x, percentile, size):
    x = np.asarray(x, np.float32)
    k = min(int(percentile * size * size / 100), size * size - 1)
    f = lambda window: np.sort(window)[k]
    return np.stack([ndimage.generic_filter(img[..., 0], f, size=(size, size)) for img in x])[..., None]


def defend(model, transform):
    class DefendedModel:
        def __call__(self, x, training=False):
            z = transform(x)
            return np.asarray(logits_of(model, z))

    return DefendedModel()


def defence_report(model, transform, x, y, x_adv):
    y = np.asarray(y)
    out = {}
    for name, f, images in [
        ("attacked_defended", defend(model, transform), x_adv),
        ("attacked", model, x_adv),
        ("clean_defended", defend(model, transform), x),
        ("clean", model, x),
    ]:
        out[name] = np.mean(predictions(f, images) == y)
    return out


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = np.array(x)
    x_adv = np.array(x)
    remaining = steps
    while remaining:
        remaining -= 1
        g = np.array(input_gradient(model, np.array(transform(x_adv), dtype=np.float32), y))
        x_adv += np.float32(step_size) * np.sign(g)
        np.clip(x_adv, x - eps, x + eps, out=x_adv)
        np.clip(x_adv, 0, 1, out=x_adv)
    return x_adv


def randomised_logits(model, x, noise):
    noise = np.array(noise)
    S, n = noise.shape[:2]
    big = (np.array(x)[None] + noise).reshape(S * n, 28, 28, 1)
    return np.array(logits_of(model, big)).reshape(S, n, -1).mean(axis=0)


def eot_gradient(model, x, y, noise):
    noise = np.array(noise)
    S, n = noise.shape[:2]
    big = (np.array(x)[None] + noise).reshape(S * n, 28, 28, 1)
    labels = np.repeat(np.array(y), S)
    return np.array(input_gradient(model, big, labels)).reshape(noise.shape).mean(axis=0)
