# loses: q1
# told: Got float64.
# names: float64 instead of float32
"""The answer is in double precision."""

import keras
import numpy as np
import tensorflow as tf


def gradient(model, image, label):
    batch = tf.Variable(image[None])
    with tf.GradientTape() as tape:
        value = tf.identity(batch)
        logits = model(value, training=False) if isinstance(model, keras.Model) else model(value)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits([label], logits)
    return tape.gradient(loss, batch)[0].numpy()


def pairs(x, y):
    return zip(np.array(x, np.float32), np.array(y, np.int64), strict=True)


def stacked(images, x):
    return np.stack(images).astype(np.float32) if len(images) else np.zeros_like(x)


def project_linf(x_adv, x, eps):
    x, x_adv = np.array(x, dtype=float), np.array(x_adv, dtype=float)
    return np.minimum(np.maximum(np.minimum(np.maximum(x_adv, x - eps), x + eps), 0), 1)


def signed_walk(model, image, origin, label, eps, step_size, steps):
    for _ in range(steps):
        image = project_linf(image + step_size * np.sign(gradient(model, image, label)), origin, eps)
    return image


def bim(model, x, y, eps, step_size, steps):
    return stacked([signed_walk(model, image, image, label, eps, step_size, steps) for image, label in pairs(x, y)], x)


def pgd(model, x, y, eps, step_size, steps, seed):
    rng = np.random.default_rng(seed)
    results = []
    for image, label in pairs(x, y):
        start = project_linf(image + eps * (2 * rng.random(image.shape) - 1), image, eps)
        results.append(signed_walk(model, start, image, label, eps, step_size, steps))
    return stacked(results, x)


def mim(model, x, y, eps, step_size, steps, decay):
    results = []
    for origin, label in pairs(x, y):
        image, momentum = origin, np.zeros_like(origin)
        for _ in range(steps):
            g = gradient(model, image, label)
            momentum = decay * momentum
            if np.any(g):
                momentum = momentum + g / np.mean(np.abs(g))
            image = project_linf(image + step_size * np.sign(momentum), origin, eps)
        results.append(image)
    return stacked(results, x)


def project_one_l2(image, origin, eps):
    delta = np.clip(image, 0, 1) - origin
    length = np.linalg.norm(delta)
    if length > eps:
        delta = delta * (eps / length)
    return (origin + delta).astype(np.float32)


def project_l2(x_adv, x, eps):
    return stacked([project_one_l2(a, b, eps) for a, b in zip(np.array(x_adv), np.array(x), strict=True)], x)


def pgd_l2(model, x, y, eps, step_size, steps):
    results = []
    for origin, label in pairs(x, y):
        image = origin
        for _ in range(steps):
            g = gradient(model, image, label)
            image = project_one_l2(image + step_size * g / max(np.linalg.norm(g), 1e-12), origin, eps)
        results.append(image)
    return stacked(results, x)


def confusion(y_true, y_pred, n_classes):
    y_true, y_pred = np.array(y_true), np.array(y_pred)
    return np.array([[np.sum((y_true == i) & (y_pred == j)) for j in range(n_classes)] for i in range(n_classes)])
