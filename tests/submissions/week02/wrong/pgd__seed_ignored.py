# loses: q3
# told: must follow from `seed` alone
# names: the seed is ignored: not reproducible
"""The generator is never given the seed."""

import numpy as np
import tensorflow as tf


def run(model, x):
    try:
        return model(x, training=False)
    except TypeError:
        return model(x)


def slope(model, images, labels):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, run(model, images)))
    return tape.gradient(loss, images).numpy()


def as_images(x):
    return np.array(x, dtype=np.float32)


def project_linf(x_adv, x, eps):
    x_adv, x = as_images(x_adv), as_images(x)
    lowest = np.maximum(x - np.float32(eps), 0)
    highest = np.minimum(x + np.float32(eps), 1)
    return np.clip(x_adv, lowest, highest)


def bim(model, x, y, eps, step_size, steps):
    x, y = as_images(x), np.asarray(y)
    x_adv = x.copy()
    for _ in range(steps):
        x_adv += np.float32(step_size) * np.sign(slope(model, x_adv, y))
        x_adv = project_linf(x_adv, x, eps)
    return x_adv


def pgd(model, x, y, eps, step_size, steps, seed):
    x, y = as_images(x), np.asarray(y)
    rng = np.random.default_rng()
    x_adv = project_linf(x + rng.uniform(-eps, eps, x.shape), x, eps)
    for _ in range(steps):
        x_adv = project_linf(x_adv + np.float32(step_size) * np.sign(slope(model, x_adv, y)), x, eps)
    return x_adv


def mim(model, x, y, eps, step_size, steps, decay):
    x, y = as_images(x), np.asarray(y)
    x_adv = x.copy()
    velocity = np.zeros_like(x)
    for _ in range(steps):
        g = slope(model, x_adv, y)
        scale = np.abs(g).mean(axis=(1, 2, 3), keepdims=True)
        g = np.divide(g, scale, out=np.zeros_like(g), where=scale > 0)
        velocity = np.float32(decay) * velocity + g
        x_adv = project_linf(x_adv + np.float32(step_size) * np.sign(velocity), x, eps)
    return x_adv


def norms(t):
    return np.linalg.norm(t.reshape(len(t), -1), axis=1).reshape(-1, 1, 1, 1)


def project_l2(x_adv, x, eps):
    x = as_images(x)
    delta = np.clip(as_images(x_adv), 0, 1) - x
    size = norms(delta)
    factor = np.ones_like(size)
    too_long = size > eps
    factor[too_long] = eps / size[too_long]
    return (x + factor * delta).astype(np.float32)


def pgd_l2(model, x, y, eps, step_size, steps):
    x, y = as_images(x), np.asarray(y)
    x_adv = x
    for _ in range(steps):
        g = slope(model, x_adv, y)
        length = norms(g)
        direction = np.divide(g, length, out=np.zeros_like(g), where=length > 0)
        x_adv = project_l2(x_adv + np.float32(step_size) * direction, x, eps)
    return x_adv


def confusion(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(counts, (np.asarray(y_true), np.asarray(y_pred)), 1)
    return counts
