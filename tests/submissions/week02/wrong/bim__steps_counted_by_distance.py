# loses: q2
# names: steps are counted by adding up their lengths, which rounding makes one too many
"""Week 2: NumPy in, NumPy out; TensorFlow only for the derivatives."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    """The logits (n, 10) of the images `x` (given)."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def to_array(images):
    """A float32 copy as a NumPy array, whatever came in."""
    return np.array(images, dtype=np.float32)


def loss_slope(model, images, labels):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.constant(np.asarray(labels, dtype=np.int64)), logits=logits_of(model, images)
        )
    # the gradient of a vector is the gradient of its sum
    return tape.gradient(losses, images, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy()


def into_box(images, x, eps):
    return np.clip(images, np.maximum(x - float(eps), 0), np.minimum(x + float(eps), 1))


def norms(images):
    flat = images.reshape(len(images), -1)
    return np.linalg.norm(flat, axis=1).reshape(-1, 1, 1, 1)


def into_ball(images, x, eps):
    delta = np.clip(images, 0, 1) - x
    return x + delta * np.minimum(1, float(eps) / np.maximum(norms(delta), 1e-12))


def input_gradient(model, x, y):
    return loss_slope(model, to_array(x), y)


def project_linf(x_adv, x, eps):
    return into_box(to_array(x_adv), to_array(x), eps)


def bim(model, x, y, eps, step_size, steps):
    x = to_array(x)
    images = x.copy()
    walked, whole_way = 0.0, steps * step_size
    while walked < whole_way:
        images = into_box(images + float(step_size) * np.sign(loss_slope(model, images, y)), x, eps)
        walked += step_size
    return images


def pgd(model, x, y, eps, step_size, steps, seed):
    x = to_array(x)
    start = np.random.default_rng(seed).uniform(-eps, eps, size=x.shape).astype(np.float32)
    images = into_box(x + start, x, eps)
    for _ in range(steps):
        images = into_box(images + float(step_size) * np.sign(loss_slope(model, images, y)), x, eps)
    return images


def mim(model, x, y, eps, step_size, steps, decay):
    x = to_array(x)
    images, momentum = x.copy(), np.zeros_like(x)
    for _ in range(steps):
        slope = loss_slope(model, images, y)
        slope = slope / np.maximum(np.abs(slope).mean(axis=(1, 2, 3), keepdims=True), 1e-12)
        momentum = float(decay) * momentum + slope
        images = into_box(images + float(step_size) * np.sign(momentum), x, eps)
    return images


def project_l2(x_adv, x, eps):
    return into_ball(to_array(x_adv), to_array(x), eps)


def pgd_l2(model, x, y, eps, step_size, steps):
    x = to_array(x)
    images = x.copy()
    for _ in range(steps):
        slope = loss_slope(model, images, y)
        images = into_ball(images + float(step_size) * slope / np.maximum(norms(slope), 1e-12), x, eps)
    return images


def confusion(y_true, y_pred, n_classes):
    cells = np.asarray(y_true, dtype=np.int64) * n_classes + np.asarray(y_pred, dtype=np.int64)
    return np.bincount(cells, minlength=n_classes * n_classes).reshape(n_classes, n_classes)
