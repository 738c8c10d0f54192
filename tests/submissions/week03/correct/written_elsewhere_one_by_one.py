"""Week 3. Every image goes its own way: one at a time, so nothing can leak from one to the next."""

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from course.measures import accuracy


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def one_gradient(model, image, label):
    """image (28, 28, 1), label an int"""
    batch = tf.constant(image[np.newaxis])
    with tf.GradientTape() as tape:
        tape.watch(batch)
        logits = logits_of(model, batch)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.constant([label]), logits=logits)
    gradient = tape.gradient(loss, batch)
    if gradient is None:
        return np.zeros_like(image)
    return gradient.numpy()[0]


def input_gradient(model, x, y):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    result = np.zeros_like(x)
    for i in range(len(x)):
        result[i] = one_gradient(model, x[i], int(y[i]))
    return result


def binary_threshold(x, threshold):
    x = np.asarray(x, dtype=np.float32)
    result = np.zeros_like(x)
    result[x > threshold] = 1.0
    return result


def gaussian_blur(x, sigma):
    x = np.asarray(x, dtype=np.float32)
    result = np.zeros_like(x)
    for i in range(len(x)):
        result[i, :, :, 0] = ndimage.gaussian_filter(x[i, :, :, 0], sigma)
    return result


def percentile_filter(x, percentile, size):
    x = np.asarray(x, dtype=np.float32)
    result = np.zeros_like(x)
    for i in range(len(x)):
        result[i, :, :, 0] = ndimage.percentile_filter(x[i, :, :, 0], percentile, size=size)
    return result


def defend(model, transform):
    def defended(images):
        rows = []
        for i in range(len(images)):
            cleaned = np.asarray(transform(images[i : i + 1]), dtype=np.float32)
            rows.append(logits_of(model, cleaned))
        return tf.concat(rows, axis=0)

    return defended


def defence_report(model, transform, x, y, x_adv):
    y = np.asarray(y)
    n = len(y)
    right = {"clean": 0, "clean_defended": 0, "attacked": 0, "attacked_defended": 0}

    def is_right(image, label):
        logits = np.asarray(logits_of(model, np.asarray(image, dtype=np.float32)))
        return int(np.argmax(logits[0]) == label)

    for i in range(n):
        clean, attacked = x[i : i + 1], x_adv[i : i + 1]
        right["clean"] += is_right(clean, y[i])
        right["clean_defended"] += is_right(transform(clean), y[i])
        right["attacked"] += is_right(attacked, y[i])
        right["attacked_defended"] += is_right(transform(attacked), y[i])
    return {name: count / n for name, count in right.items()}


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    result = np.zeros_like(x)
    for i in range(len(x)):
        original = x[i]
        image = original.copy()
        for _ in range(steps):
            cleaned = np.asarray(transform(image[np.newaxis]), dtype=np.float32)[0]
            g = one_gradient(model, cleaned, int(y[i]))
            image = image + np.float32(step_size) * np.sign(g)
            image = np.clip(image, original - np.float32(eps), original + np.float32(eps))
            image = np.clip(image, 0.0, 1.0)
        result[i] = image
    return result


def randomised_logits(model, x, noise):
    x = np.asarray(x, dtype=np.float32)
    noise = np.asarray(noise, dtype=np.float32)
    rows = []
    for i in range(len(x)):
        copies = x[i] + noise[:, i]  # (samples, 28, 28, 1): all copies of one image
        logits = np.asarray(logits_of(model, copies))
        rows.append(logits.mean(axis=0))
    return np.stack(rows).astype(np.float32)


def eot_gradient(model, x, y, noise):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    noise = np.asarray(noise, dtype=np.float32)
    samples = len(noise)
    result = np.zeros_like(x)
    for i in range(len(x)):
        total = np.zeros_like(x[i])
        for s in range(samples):
            total += one_gradient(model, x[i] + noise[s, i], int(y[i]))
        result[i] = total / samples
    return result
