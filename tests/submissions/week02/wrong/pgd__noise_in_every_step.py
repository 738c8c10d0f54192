# loses: q3
# told: noise is drawn once, not in every step
# names: noise is added in every step, not only at the start
"""Week 2."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x)


def project_linf(x_adv, x, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    x_adv = tf.convert_to_tensor(x_adv, tf.float32)
    return tf.clip_by_value(x + tf.clip_by_value(x_adv - x, -eps, eps), 0.0, 1.0)


def bim(model, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, tf.float32)
    x_adv = x
    for _ in range(steps):
        x_adv = project_linf(x_adv + step_size * tf.sign(input_gradient(model, x_adv, y)), x, eps)
    return x_adv


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    g = tf.random.Generator.from_seed(seed)
    x_adv = project_linf(x + g.uniform(x.shape, -eps, eps), x, eps)
    for _ in range(steps):
        x_adv = x_adv + 0.1 * g.uniform(x.shape, -eps, eps)
        x_adv = project_linf(x_adv + step_size * tf.sign(input_gradient(model, x_adv, y)), x, eps)
    return x_adv


def mim(model, x, y, eps, step_size, steps, decay):
    x = tf.convert_to_tensor(x, tf.float32)
    x_adv, m = x, tf.zeros_like(x)
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        mean = tf.reduce_mean(tf.abs(g), axis=[1, 2, 3], keepdims=True)
        m = decay * m + g / tf.maximum(mean, 1e-12)
        x_adv = project_linf(x_adv + step_size * tf.sign(m), x, eps)
    return x_adv


def project_l2(x_adv, x, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    delta = tf.clip_by_value(tf.convert_to_tensor(x_adv, tf.float32), 0.0, 1.0) - x
    norm = tf.sqrt(tf.reduce_sum(delta**2, axis=[1, 2, 3], keepdims=True))
    return x + delta * tf.minimum(1.0, eps / tf.maximum(norm, 1e-12))


def pgd_l2(model, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, tf.float32)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        norm = tf.sqrt(tf.reduce_sum(g**2, axis=[1, 2, 3], keepdims=True))
        x_adv = project_l2(x_adv + step_size * g / tf.maximum(norm, 1e-12), x, eps)
    return x_adv


def confusion(y_true, y_pred, n_classes):
    result = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(np.asarray(y_true), np.asarray(y_pred)):
        result[t, p] += 1
    return result
