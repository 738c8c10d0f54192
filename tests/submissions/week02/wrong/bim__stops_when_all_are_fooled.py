# loses: q2
# names: the loop ends once every image is misread
"""Week 2: iterate, with momentum."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    """The logits (n, 10) of the images `x`. This one is given: call it instead of `model(x)`."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x)


def project_linf(x_adv, x, eps):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv = tf.convert_to_tensor(x_adv, dtype=tf.float32)
    x_adv = tf.clip_by_value(x_adv, x - eps, x + eps)
    return tf.clip_by_value(x_adv, 0.0, 1.0)


def bim(model, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv = x
    for _ in range(steps):
        if np.all(np.argmax(np.asarray(logits_of(model, x_adv)), axis=1) != np.asarray(y)):
            break
        g = input_gradient(model, x_adv, y)
        x_adv = project_linf(x_adv + step_size * tf.sign(g), x, eps)
    return x_adv


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    rng = np.random.default_rng(seed)
    u = rng.uniform(-eps, eps, size=tuple(x.shape)).astype(np.float32)
    x_adv = project_linf(x + u, x, eps)
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        x_adv = project_linf(x_adv + step_size * tf.sign(g), x, eps)
    return x_adv


def mim(model, x, y, eps, step_size, steps, decay):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv = x
    m = tf.zeros_like(x)
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        size = tf.reduce_mean(tf.abs(g), axis=[1, 2, 3], keepdims=True)
        m = decay * m + g / tf.maximum(size, 1e-12)
        x_adv = project_linf(x_adv + step_size * tf.sign(m), x, eps)
    return x_adv


def norm(t):
    """L2 norm of each image, shape (n, 1, 1, 1)."""
    return tf.sqrt(tf.reduce_sum(t * t, axis=[1, 2, 3], keepdims=True))


def project_l2(x_adv, x, eps):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv = tf.convert_to_tensor(x_adv, dtype=tf.float32)
    delta = tf.clip_by_value(x_adv, 0.0, 1.0) - x
    factor = tf.minimum(1.0, eps / tf.maximum(norm(delta), 1e-12))
    return x + delta * factor


def pgd_l2(model, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        direction = g / tf.maximum(norm(g), 1e-12)
        x_adv = project_l2(x_adv + step_size * direction, x, eps)
    return x_adv


def confusion(y_true, y_pred, n_classes):
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(np.array(y_true), np.array(y_pred)):
        matrix[t, p] += 1
    return matrix
