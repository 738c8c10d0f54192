# loses: q5
# names: ord=2 over two axes: the largest singular value for the L2 norm
"""Week 2."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


loss_object = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
F = np.float32


def input_gradient(model, x, y):
    v = tf.Variable(np.array(x, F))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(loss_object(np.asarray(y), logits_of(model, tf.identity(v))))
    return tape.gradient(total, v).numpy()


def lengths(a):
    return np.linalg.norm(a.reshape(len(a), -1), axis=1).reshape(-1, 1, 1, 1)


def project_linf(x_adv, x, eps):
    x = np.asarray(x, F)
    return np.clip(np.clip(np.asarray(x_adv, F), x - F(eps), x + F(eps)), 0, 1)


def bim(model, x, y, eps, step_size, steps):
    x = np.array(x, F)
    x_adv = x.copy()
    t = 0
    while t < steps:
        x_adv = project_linf(x_adv + F(step_size) * np.sign(input_gradient(model, x_adv, y)), x, eps)
        t += 1
    return x_adv


def pgd(model, x, y, eps, step_size, steps, seed):
    x = np.array(x, F)
    u = np.random.default_rng(seed).uniform(-eps, eps, size=x.shape)
    x_adv = project_linf(x + u.astype(F), x, eps)
    t = 0
    while t < steps:
        x_adv = project_linf(x_adv + F(step_size) * np.sign(input_gradient(model, x_adv, y)), x, eps)
        t += 1
    return x_adv


def mim(model, x, y, eps, step_size, steps, decay):
    x = np.array(x, F)
    x_adv = x.copy()
    velocity = np.zeros_like(x)
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        velocity *= F(decay)
        velocity += g / np.maximum(np.abs(g).mean(axis=(1, 2, 3), keepdims=True), F(1e-12))
        x_adv = project_linf(x_adv + F(step_size) * np.sign(velocity), x, eps)
    return x_adv


def project_l2(x_adv, x, eps):
    x = np.asarray(x, F)
    delta = np.clip(np.asarray(x_adv, F), 0, 1) - x
    norm = np.linalg.norm(delta, ord=2, axis=(1, 2), keepdims=True)
    return (x + delta * np.minimum(1, eps / np.maximum(norm, F(1e-12)))).astype(F)


def pgd_l2(model, x, y, eps, step_size, steps):
    x = np.array(x, F)
    x_adv = x.copy()
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        x_adv = project_l2(x_adv + F(step_size) * g / np.maximum(lengths(g), F(1e-12)), x, eps)
    return x_adv


def confusion(y_true, y_pred, n_classes):
    index = np.asarray(y_true).astype(int) * n_classes + np.asarray(y_pred).astype(int)
    return np.bincount(index, minlength=n_classes * n_classes).reshape(n_classes, n_classes)
