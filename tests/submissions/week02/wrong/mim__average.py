# loses: q4
# names: an average: the new gradient is multiplied by 1 - decay, and with decay 1 it is lost
from __future__ import annotations
from dataclasses import dataclass, replace, field
from functools import partial, reduce
from typing import Any
import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


@dataclass(frozen=True)
class Problem:
    model: Any
    x: Any
    y: Any
    eps: float
    step_size: float

    def gradient(self, at):
        return input_gradient(self.model, at, self.y)


@dataclass(frozen=True)
class State:
    image: Any
    memory: Any = field(default=0.0)


def input_gradient(model, x, y):
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = keras.losses.sparse_categorical_crossentropy(y, logits_of(model, x), from_logits=True)
    return tape.gradient(loss, x)


def project_linf(x_adv, x, eps):
    x_adv, x = tf.cast(x_adv, tf.float32), tf.cast(x, tf.float32)
    return tf.clip_by_value(x + tf.clip_by_value(x_adv - x, -eps, eps), 0, 1)


def sign_step(problem, state, _):
    image = state.image + problem.step_size * tf.sign(problem.gradient(state.image))
    return replace(state, image=project_linf(image, problem.x, problem.eps))


def momentum_step(decay, problem, state, _):
    g = problem.gradient(state.image)
    l1 = tf.reduce_sum(tf.abs(g), axis=(1, 2, 3), keepdims=True)
    memory = decay * state.memory + (1 - decay) * g / tf.maximum(l1, 1e-12)
    image = state.image + problem.step_size * tf.sign(memory)
    return State(project_linf(image, problem.x, problem.eps), memory)


def l2_step(problem, state, _):
    g = problem.gradient(state.image)
    g /= tf.maximum(tf.norm(tf.reshape(g, (len(g), -1)), axis=1)[:, None, None, None], 1e-12)
    return State(project_l2(state.image + problem.step_size * g, problem.x, problem.eps))


def run(step, start, steps):
    return reduce(step, range(steps), State(tf.cast(start, tf.float32))).image


def bim(model, x, y, eps, step_size, steps):
    return run(partial(sign_step, Problem(model, x, y, eps, step_size)), x, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    rng = np.random.default_rng(seed)
    u = (2 * rng.random(np.shape(x), dtype=np.float32) - 1) * np.float32(eps)
    start = project_linf(x + u, x, eps)
    return run(partial(sign_step, Problem(model, x, y, eps, step_size)), start, steps)


def mim(model, x, y, eps, step_size, steps, decay):
    return run(partial(momentum_step, decay, Problem(model, x, y, eps, step_size)), x, steps)


def project_l2(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    delta = tf.clip_by_value(tf.cast(x_adv, tf.float32), 0, 1) - x
    norm = tf.sqrt(tf.einsum("nhwc,nhwc->n", delta, delta))
    factor = tf.minimum(1.0, eps / tf.maximum(norm, 1e-12))
    return x + tf.einsum("nhwc,n->nhwc", delta, factor)


def pgd_l2(model, x, y, eps, step_size, steps):
    return run(partial(l2_step, Problem(model, x, y, eps, step_size)), x, steps)


def confusion(y_true, y_pred, n_classes):
    t, p = tf.one_hot(y_true, n_classes), tf.one_hot(y_pred, n_classes)
    return tf.cast(tf.einsum("ni,nj->ij", t, p), tf.int32)
