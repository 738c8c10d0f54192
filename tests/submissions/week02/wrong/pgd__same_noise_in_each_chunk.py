# loses: q3
# names: images are attacked in chunks of 16, each with the same noise
"""Week 2, my solutions. Plain TensorFlow."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Images = Any
Labels = Any
Model = Callable[..., Any]


def logits_of(model: Model, x: Images) -> Any:
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x)


def project_linf(x_adv: Images, x: Images, eps: float) -> Any:
    x_adv = tf.convert_to_tensor(x_adv, dtype=tf.float32)
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    inside = tf.clip_by_value(x_adv, x - float(eps), x + float(eps))
    return tf.clip_by_value(inside, 0.0, 1.0)


def bim(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        x_adv = project_linf(x_adv + float(step_size) * tf.sign(g), x, eps)
    return x_adv


def pgd(model, x, y, eps, step_size, steps, seed):
    x, y = np.asarray(x), np.asarray(y)
    parts = [pgd_chunk(model, x[i : i + 16], y[i : i + 16], eps, step_size, steps, seed) for i in range(0, len(x), 16)]
    return np.concatenate(parts) if parts else x


def pgd_chunk(model, x, y, eps, step_size, steps, seed):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    u = np.random.default_rng(seed).uniform(-eps, eps, size=x.shape).astype(np.float32)
    x_adv = project_linf(x + u, x, eps)
    for _ in range(steps):
        x_adv = project_linf(x_adv + float(step_size) * tf.sign(input_gradient(model, x_adv, y)), x, eps)
    return np.asarray(x_adv)


def mim(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int, decay: float) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv, m = x, tf.zeros_like(x)
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        mean = tf.reduce_mean(tf.abs(g), axis=[1, 2, 3], keepdims=True)
        m = float(decay) * m + g / tf.maximum(mean, 1e-12)
        x_adv = project_linf(x_adv + float(step_size) * tf.sign(m), x, eps)
    return x_adv


def project_l2(x_adv: Images, x: Images, eps: float) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    delta = tf.clip_by_value(tf.convert_to_tensor(x_adv, dtype=tf.float32), 0.0, 1.0) - x
    norm = tf.sqrt(tf.reduce_sum(delta**2, axis=[1, 2, 3], keepdims=True))
    return x + delta * tf.minimum(1.0, float(eps) / tf.maximum(norm, 1e-12))


def pgd_l2(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        norm = tf.sqrt(tf.reduce_sum(g**2, axis=[1, 2, 3], keepdims=True))
        x_adv = project_l2(x_adv + float(step_size) * g / tf.maximum(norm, 1e-12), x, eps)
    return x_adv


def confusion(y_true: Labels, y_pred: Labels, n_classes: int) -> Any:
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (np.asarray(y_true), np.asarray(y_pred)), 1)
    return counts
