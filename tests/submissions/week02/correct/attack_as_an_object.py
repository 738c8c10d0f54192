"""An attack is a start, a direction and a projection: a dataclass that holds the three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        log_p = tf.nn.log_softmax(logits_of(model, x))
        likelihoods = tf.gather(log_p, tf.cast(y, tf.int32), axis=1, batch_dims=1)
    uphill = tape.gradient(likelihoods, x)
    del tape
    return -uphill


@dataclass
class Attack:
    model: Any
    direction: Callable[[tf.Tensor], tf.Tensor]
    project: Callable[[tf.Tensor], tf.Tensor]
    step_size: float

    def __call__(self, start, y, steps):
        current, taken = start, 0
        while taken < steps:
            current = self.project(current + self.step_size * self.direction(input_gradient(self.model, current, y)))
            taken += 1
        return current


def over_pixels(reduce, values):
    return tf.reshape(reduce(tf.reshape(values, (-1, 784)), axis=1), (-1, 1, 1, 1))


class Momentum:
    def __init__(self, decay):
        self.decay, self.sum = float(decay), 0.0

    def __call__(self, g):
        self.sum = self.decay * self.sum + g / (over_pixels(tf.reduce_mean, tf.abs(g)) + 1e-12)
        return tf.sign(self.sum)


def unit(g):
    return g / tf.maximum(over_pixels(tf.norm, g), 1e-12)


def project_linf(x_adv, x, eps):
    x_adv, x = np.asarray(x_adv, np.float32), np.asarray(x, np.float32)
    eps = np.float32(eps)
    out = x_adv.copy()
    above, below = x_adv > x + eps, x_adv < x - eps
    out[above] = (x + eps)[above]
    out[below] = (x - eps)[below]
    out[out > 1] = 1
    out[out < 0] = 0
    return out


def project_l2(x_adv, x, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    delta = tf.clip_by_value(tf.convert_to_tensor(x_adv, tf.float32), 0.0, 1.0) - x
    length = over_pixels(tf.norm, delta)
    scale = tf.where(length > float(eps), tf.math.divide_no_nan(float(eps), length), tf.ones_like(length))
    return x + scale * delta


def bim(model, x, y, eps, step_size, steps):
    x = tf.identity(x)
    return Attack(model, tf.sign, lambda z: project_linf(z, x, eps), float(step_size))(x, y, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.identity(x)
    # a length in [0, eps] and a sign for each pixel: that is uniform in [-eps, eps] too
    rng = np.random.default_rng(seed)
    length, sign = rng.uniform(0, eps, x.shape), rng.choice([-1.0, 1.0], x.shape)
    start = project_linf(x + (length * sign).astype(np.float32), x, eps)
    return Attack(model, tf.sign, lambda z: project_linf(z, x, eps), float(step_size))(start, y, steps)


def mim(model, x, y, eps, step_size, steps, decay):
    x = tf.identity(x)
    return Attack(model, Momentum(decay), lambda z: project_linf(z, x, eps), float(step_size))(x, y, steps)


def pgd_l2(model, x, y, eps, step_size, steps):
    x = tf.identity(x)
    return Attack(model, unit, lambda z: project_l2(z, x, eps), float(step_size))(x, y, steps)


def confusion(y_true, y_pred, n_classes):
    seen = Counter(zip(np.asarray(y_true).tolist(), np.asarray(y_pred).tolist()))
    return np.array([[seen[true, read] for read in range(n_classes)] for true in range(n_classes)], dtype=int)
