# loses: q5
# names: differentiates through the transform instead of treating it as the identity (no gradient for NumPy)
"""Leaves the transform inside the tape: where it has a derivative it is used, and NumPy has none."""

from functools import reduce

import numpy as np
import scipy.ndimage
import tensorflow as tf
from keras import Model


def output(model, images):
    return model(images, training=False) if isinstance(model, Model) else model(images)


def binary_threshold(x, threshold):
    return tf.cast(tf.math.logical_not(tf.cast(x, tf.float32) <= threshold), tf.float32)


def blur_matrix(size, sigma):
    identity = np.eye(size)
    return scipy.ndimage.gaussian_filter1d(identity, sigma, axis=0) if sigma > 0 else identity


def gaussian_blur(x, sigma):
    x = np.asarray(x, np.float32)
    rows, columns = blur_matrix(x.shape[1], sigma), blur_matrix(x.shape[2], sigma)
    return np.einsum("ih,nhwc,jw->nijc", rows, x, columns, optimize=True).astype(np.float32)


def percentile_filter(x, percentile, size):
    """All shifts of the padded image, sorted."""
    reach = size // 2
    x = np.asarray(x, np.float32)
    padded = np.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "symmetric")
    shifts = [padded[:, i:i + x.shape[1], j:j + x.shape[2]] for i in range(size) for j in range(size)]
    rank = len(shifts) - 1 if percentile == 100 else int(len(shifts) * percentile / 100)
    return np.sort(np.stack(shifts), axis=0)[rank]


def defend(model, transform):
    return lambda images: output(model, tf.cast(np.asarray(transform(images)), tf.float32))


def defence_report(model, transform, x, y, x_adv):
    names = ["clean", "clean_defended", "attacked", "attacked_defended"]
    batches = [x, transform(x), x_adv, transform(x_adv)]
    everything = tf.concat([tf.cast(batch, tf.float32) for batch in batches], axis=0)
    predicted = np.argmax(output(model, everything), axis=-1).reshape(4, -1)
    return dict(zip(names, (predicted == np.asarray(y)).mean(axis=1).tolist()))


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)

    def step(image, _):
        with tf.GradientTape() as tape:
            tape.watch(image)
            logits = output(model, tf.cast(transform(image), tf.float32))
            loss = tf.nn.softmax_cross_entropy_with_logits(tf.one_hot(y, 10), logits)
        g = tape.gradient(loss, image)
        if g is None:
            g = tf.zeros_like(image)
        return tf.clip_by_value(tf.clip_by_value(image + step_size * tf.sign(g), x - eps, x + eps), 0.0, 1.0)

    return reduce(step, range(steps), x)


def randomised_logits(model, x, noise):
    x = tf.cast(x, tf.float32)
    return reduce(lambda total, sample: total + output(model, x + sample) / len(noise), noise, tf.zeros((len(x), 10)))


def eot_gradient(model, x, y, noise):
    x, one_hot = tf.cast(x, tf.float32), tf.one_hot(y, 10)
    with tf.GradientTape() as tape:
        tape.watch(x)
        log_p = tf.stack([tf.nn.log_softmax(output(model, x + sample)) for sample in noise])
        loss = -tf.einsum("snk,nk->", log_p, one_hot) / len(noise)
    return tape.gradient(loss, x)
