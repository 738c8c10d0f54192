# loses: q1
# names: the upper bound is max(x + eps, 1) instead of min(x + eps, 1)
"""Week 2. Every attack compiles one step with tf.function and then repeats it."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Images = Any
Labels = Any
Model = Callable[..., Any]


def logits_of(model: Model, x: Images) -> Any:
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    y = tf.cast(y, tf.int64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x)))
    return tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def project_linf(x_adv: Images, x: Images, eps: float) -> Any:
    x_adv = tf.convert_to_tensor(x_adv, dtype=tf.float32)
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    lower = tf.maximum(x - eps, 0.0)
    upper = tf.maximum(x + eps, 1.0)
    return tf.clip_by_value(x_adv, lower, upper)


def bim(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    y = tf.cast(y, tf.int64)

    @tf.function
    def step(x_adv):
        gradient = input_gradient(model, x_adv, y)
        return project_linf(x_adv + step_size * tf.sign(gradient), x, eps)

    x_adv = x
    for _ in range(steps):
        x_adv = step(x_adv)
    return x_adv


def pgd(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int, seed: int) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    y = tf.cast(y, tf.int64)

    @tf.function
    def step(x_adv):
        gradient = input_gradient(model, x_adv, y)
        return project_linf(x_adv + step_size * tf.sign(gradient), x, eps)

    generator = tf.random.Generator.from_seed(seed)
    noise = generator.uniform(tf.shape(x), minval=-eps, maxval=eps, dtype=tf.float32)
    x_adv = project_linf(x + noise, x, eps)
    for _ in range(steps):
        x_adv = step(x_adv)
    return x_adv


def mim(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int, decay: float) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    y = tf.cast(y, tf.int64)

    @tf.function
    def step(x_adv, momentum):
        gradient = input_gradient(model, x_adv, y)
        size = tf.reduce_mean(tf.abs(gradient), axis=(1, 2, 3), keepdims=True)
        momentum = decay * momentum + gradient / tf.maximum(size, 1e-12)
        return project_linf(x_adv + step_size * tf.sign(momentum), x, eps), momentum

    x_adv, momentum = x, tf.zeros_like(x)
    for _ in range(steps):
        x_adv, momentum = step(x_adv, momentum)
    return x_adv


def project_l2(x_adv: Images, x: Images, eps: float) -> Any:
    x_adv = tf.convert_to_tensor(x_adv, dtype=tf.float32)
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    delta = tf.clip_by_value(x_adv, 0.0, 1.0) - x
    norm = tf.norm(tf.reshape(delta, (tf.shape(delta)[0], -1)), axis=1)
    scale = tf.minimum(1.0, eps / tf.maximum(norm, 1e-12))
    return x + delta * tf.reshape(scale, (-1, 1, 1, 1))


def pgd_l2(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    y = tf.cast(y, tf.int64)

    @tf.function
    def step(x_adv):
        gradient = input_gradient(model, x_adv, y)
        norm = tf.sqrt(tf.reduce_sum(gradient**2, axis=(1, 2, 3), keepdims=True))
        return project_l2(x_adv + step_size * gradient / tf.maximum(norm, 1e-12), x, eps)

    x_adv = x
    for _ in range(steps):
        x_adv = step(x_adv)
    return x_adv


def confusion(y_true: Labels, y_pred: Labels, n_classes: int) -> Any:
    return tf.math.confusion_matrix(y_true, y_pred, num_classes=n_classes, dtype=tf.int32)
