# loses: q1
# told: exponential of a large number
# names: exp of the logits without subtracting the largest: infinite above 88
"""Week 1 with the whole Jacobian of the logits, and the chain rule on paper.

dz_k/dx comes from `tape.batch_jacobian`; what the loss makes of the logits I differentiated by hand:

    J = logsumexp(z) - z_y              dJ/dz = p - onehot(y)
    C = 1/2 |onehot(t) - p|^2           dC/dz_k = p_k (d_k - sum_j p_j d_j),  d = p - onehot(t)
"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Images = Any
Labels = Any
Model = Callable[..., Any]


def logits_of(model: Model, x: Images) -> Any:
    """The logits (n, 10) of the images `x`."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def jacobian(model, x):
    """Logits z (n, 10) and dz/dx (n, 10, 28, 28, 1)."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = logits_of(model, x)
    return z, tape.batch_jacobian(z, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def chain(dz, jac):
    return tf.einsum("nk,nkhwc->nhwc", dz, jac)


def dloss(z, y):
    e = tf.exp(z)
    return e / tf.reduce_sum(e, axis=1, keepdims=True) - tf.one_hot(y, 10)


def dcost(z, target):
    p = tf.nn.softmax(z)
    d = p - tf.one_hot(target, 10)
    return p * (d - tf.reduce_sum(p * d, axis=1, keepdims=True))


def tensors(x, y):
    return tf.cast(x, tf.float32), tf.cast(y, tf.int32)


def repeat(step, state, times):
    """step(step(...step(state))), `times` deep; by halves, so that Python's stack holds even for 100,000 steps."""
    if times <= 0:
        return state
    if times == 1:
        return step(state)
    return repeat(step, repeat(step, state, times // 2), times - times // 2)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    x, y = tensors(x, y)
    z, jac = jacobian(model, x)
    return chain(dloss(z, y), jac)


def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    g = input_gradient(model, x, y)
    return tf.clip_by_value(tf.cast(x, tf.float32) + float(eps) * tf.sign(g), 0.0, 1.0)


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    g = input_gradient(model, x, target)
    return tf.clip_by_value(tf.cast(x, tf.float32) - float(eps) * tf.sign(g), 0.0, 1.0)


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    noise, target = tensors(noise, target)

    def step(image):
        z, jac = jacobian(model, image)
        return image - float(step_size) * chain(dcost(z, target), jac)

    return repeat(step, noise, int(steps))


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    x, target = tensors(x, target)

    def step(image):
        z, jac = jacobian(model, image)
        return image - float(step_size) * (chain(dcost(z, target), jac) + float(pull) * (image - x))

    return repeat(step, tf.cast(noise, tf.float32), int(steps))


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    labels = np.asarray(y)

    def accuracy(eps):
        z = logits_of(model, tf.convert_to_tensor(fgsm(model, x, y, eps)))
        return np.mean(tf.argmax(z, axis=1).numpy() == labels)

    return np.array([accuracy(eps) for eps in epsilons], dtype=np.float64)
