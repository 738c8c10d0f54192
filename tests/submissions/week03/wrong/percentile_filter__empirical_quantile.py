# loses: q2
# told: SciPy's takes the pixel at place
# names: takes the empirical quantile, one place too low where the place is a whole number
"""A statistician's percentile."""

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    images = tf.constant(np.asarray(x, dtype=np.float32))
    onehot = np.eye(10, dtype=np.float32)[np.asarray(y)]
    with tf.GradientTape() as tape:
        tape.watch(images)
        nll = -tf.reduce_sum(onehot * tf.nn.log_softmax(logits_of(model, images)), axis=-1)
    return tape.gradient(nll, images).numpy()


def binary_threshold(x, threshold):
    return np.where(np.asarray(x) > np.float32(threshold), np.float32(1), np.float32(0))


def gaussian_blur(x, sigma):
    images = np.array(x, dtype=np.float32)
    return np.stack([ndimage.gaussian_filter(image, sigma, axes=(0, 1)) for image in images])


def percentile_filter(x, percentile, size):
    images = np.array(x, dtype=np.float32)
    half = size // 2
    padded = np.pad(images, [(0, 0), (half, half), (half, half), (0, 0)], mode="symmetric")
    around = np.stack(
        [padded[:, i : i + images.shape[1], j : j + images.shape[2]] for i in range(size) for j in range(size)]
    )
    return np.quantile(around, percentile / 100, axis=0, method="inverted_cdf").astype(np.float32)


def defend(model, transform):
    def defended(x):
        return logits_of(model, tf.convert_to_tensor(transform(x), tf.float32))

    return defended


def defence_report(model, transform, x, y, x_adv):
    labels = np.asarray(y)
    defended = defend(model, transform)

    def share(logits):
        return float(np.mean(np.argmax(np.asarray(logits), axis=1) == labels))

    report = {}
    for name, images in (("clean", x), ("attacked", x_adv)):
        report[name] = share(logits_of(model, images))
        report[name + "_defended"] = share(defended(images))
    return report


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, tf.float32)
    delta = tf.zeros_like(x)
    for _ in range(steps):
        z = tf.convert_to_tensor(transform(x + delta), tf.float32)
        delta = tf.clip_by_value(delta + step_size * tf.sign(input_gradient(model, z, y)), -eps, eps)
        delta = tf.clip_by_value(x + delta, 0.0, 1.0) - x
    return tf.clip_by_value(x + delta, 0.0, 1.0)


def randomised_logits(model, x, noise):
    x = np.asarray(x, np.float32)
    return np.mean([np.asarray(logits_of(model, x + one)) for one in np.asarray(noise, np.float32)], axis=0)


def eot_gradient(model, x, y, noise):
    x = np.asarray(x, np.float32)
    gradients = [np.asarray(input_gradient(model, x + one, y)) for one in np.asarray(noise, np.float32)]
    return np.mean(gradients, axis=0)
