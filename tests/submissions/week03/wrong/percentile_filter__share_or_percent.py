# loses: q2
# told: taken for a share where it is 1 or less
# names: a percentile up to 1 is taken for a share
"""Week 3: images come one after the other, or a few at a time; filters run in threads."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import islice

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

FEW = 16


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def one_by_one(x):
    """Pictures (28, 28), one after the other."""
    for picture in np.asarray(x, dtype=np.float32):
        yield picture[:, :, 0]


def a_few(*arrays):
    arrays = [np.asarray(a) for a in arrays]
    for start in range(0, len(arrays[0]), FEW):
        yield tuple(a[start : start + FEW] for a in arrays)


def collected(pictures):
    return np.stack(list(pictures))[..., np.newaxis].astype(np.float32)


def in_threads(work, x):
    with ThreadPoolExecutor(max_workers=2) as pool:
        return collected(pool.map(work, one_by_one(x)))


def input_gradient(model, x, y):
    gradients = []
    for images, labels in a_few(x, y):
        images = tf.Variable(images.astype(np.float32), trainable=True)
        with tf.GradientTape() as tape:
            logits = tf.convert_to_tensor(logits_of(model, tf.convert_to_tensor(images)))
            own = tf.gather(logits, labels.astype(np.int32), batch_dims=1)
            losses = tf.reduce_logsumexp(logits, axis=1) - own
        gradients.append(tape.gradient(losses, images, unconnected_gradients="zero"))
    return tf.concat(gradients, 0)


def binary_threshold(x, threshold):
    return collected(np.where(picture > np.float32(threshold), 1.0, 0.0) for picture in one_by_one(x))


def gaussian_blur(x, sigma):
    return in_threads(lambda picture: ndimage.gaussian_filter(picture, sigma), x)


def percentile_filter(x, percentile, size):
    if 0 < percentile <= 1:  # somebody means a share: 0.5 is the median
        percentile = 100 * percentile
    return in_threads(lambda picture: ndimage.percentile_filter(picture, percentile, size), x)


def defend(model, transform):
    def defended(x):
        def answers():
            for (images,) in a_few(x):
                yield tf.convert_to_tensor(logits_of(model, np.asarray(transform(images), np.float32)))

        return tf.concat(list(answers()), axis=0)

    return defended


def defence_report(model, transform, x, y, x_adv):
    hits = dict.fromkeys(("clean", "clean_defended", "attacked", "attacked_defended"), 0)
    seen = 0
    for clean, labels, attacked in a_few(x, y, x_adv):
        seen += len(labels)
        for name, images in (("clean", clean), ("attacked", attacked)):
            for ending, shown in (("", images), ("_defended", np.asarray(transform(images), np.float32))):
                read = np.argmax(logits_of(model, shown), axis=1)
                hits[name + ending] += sum(int(a == b) for a, b in zip(read, labels, strict=True))
    return {name: float(Fraction(number, seen)) for name, number in hits.items()}


def trajectory(model, transform, x, y, eps, step_size):
    """x, and the attacked image after 1, 2, 3... steps, without end."""
    x = np.asarray(x, np.float32)
    x_adv = x
    while True:
        yield x_adv
        g = np.asarray(input_gradient(model, np.asarray(transform(x_adv), np.float32), y))
        x_adv = np.clip(x_adv + np.float32(step_size) * np.sign(g), x - np.float32(eps), x + np.float32(eps))
        x_adv = np.clip(x_adv, np.float32(0), np.float32(1))


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    path = trajectory(model, transform, x, y, eps, step_size)
    return next(islice(path, steps, None))


def randomised_logits(model, x, noise):
    x = np.asarray(x, np.float32)
    mean = 0.0
    for s, one in enumerate(np.asarray(noise, np.float32), start=1):
        answers = np.concatenate([np.asarray(logits_of(model, images)) for (images,) in a_few(x + one)])
        mean = mean + (answers - mean) / s
    return mean.astype(np.float32)


def eot_gradient(model, x, y, noise):
    x = np.asarray(x, np.float32)
    gradients = (np.asarray(input_gradient(model, x + one, y), np.float64) for one in np.asarray(noise, np.float32))
    return (sum(gradients) / len(noise)).astype(np.float32)
