# loses: q2
# names: another border mode: zeros (constant) outside of the image instead of reflect
"""Outside of the image it is black."""

import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter, percentile_filter as scipy_percentile


def classify(model, images):
    images = tf.constant(np.asarray(images, dtype=np.float32))
    try:
        logits = model(images, training=False)
    except TypeError:
        logits = model(images)
    return np.asarray(logits)


def loss_gradient(model, images, labels):
    images = tf.constant(np.asarray(images, dtype=np.float32))
    with tf.GradientTape() as tape:
        tape.watch(images)
        try:
            logits = model(images, training=False)
        except TypeError:
            logits = model(images)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(np.asarray(labels), logits)
    return tape.gradient(loss, images).numpy()


def binary_threshold(x, threshold):
    return np.where(np.asarray(x) > threshold, 1, 0).astype(np.float32)


def gaussian_blur(x, sigma):
    x = np.array(x, dtype=np.float32)
    for image in x:
        image[..., 0] = gaussian_filter(image[..., 0], sigma, mode="constant")
    return x


def percentile_filter(x, percentile, size):
    x = np.array(x, dtype=np.float32)
    return np.stack([scipy_percentile(image[:, :, 0], percentile, size)[:, :, None] for image in x])


def defend(model, transform):
    return lambda images: classify(model, transform(images))


def defence_report(model, transform, x, y, x_adv):
    y = np.asarray(y)
    report = {}
    for name, images in (("clean", x), ("attacked", x_adv)):
        plain = classify(model, images).argmax(1)
        defended = classify(model, transform(images)).argmax(1)
        report[name] = (plain == y).mean()
        report[name + "_defended"] = (defended == y).mean()
    return report


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = np.array(x, dtype=np.float32)
    x_adv = x.copy()
    for _ in range(steps):
        direction = np.sign(loss_gradient(model, transform(x_adv.copy()), y))
        x_adv = np.clip(x_adv + step_size * direction, x - eps, x + eps)
        x_adv = np.clip(x_adv, 0, 1).astype(np.float32)
    return x_adv


def randomised_logits(model, x, noise):
    x, noise = np.asarray(x), np.asarray(noise)
    return np.mean([classify(model, x + draw) for draw in noise], axis=0, dtype=np.float32)


def eot_gradient(model, x, y, noise):
    """The gradient of a mean is the mean of the gradients."""
    x, noise = np.asarray(x), np.asarray(noise)
    return np.mean([loss_gradient(model, x + draw, y) for draw in noise], axis=0, dtype=np.float32)
