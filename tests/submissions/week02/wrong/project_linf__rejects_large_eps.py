# loses: q1
# told: assert eps <= 1
# names: raises an AssertionError for eps > 1, which the docstring allows
"""Week 2. Everything that comes in is converted and checked before it is used."""

import numbers

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    """The logits (n, 10) of the images `x`. This one is given: call it instead of `model(x)`."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _check_images(x, name="x"):
    x = tf.cast(tf.convert_to_tensor(x), tf.float32)
    assert x.shape.rank == 4, f"{name} must have shape (n, 28, 28, 1), not {x.shape}"
    assert tuple(x.shape[1:]) == (28, 28, 1), f"{name} must have shape (n, 28, 28, 1), not {x.shape}"
    return x


def _check_labels(y, n=None):
    y = tf.convert_to_tensor(y)
    assert y.dtype.is_integer, f"labels must be integers, not {y.dtype}"
    assert y.shape.rank == 1, f"labels must have shape (n,), not {y.shape}"
    assert n is None or y.shape[0] == n, f"{y.shape[0]} labels for {n} images"
    return tf.cast(y, tf.int32)


def _check_number(value, name):
    value = float(value)
    assert np.isfinite(value) and value >= 0, f"{name} must be a number >= 0, not {value}"
    return value


def _check_steps(steps):
    assert isinstance(steps, numbers.Integral) and steps >= 0, f"steps must be a whole number >= 0, not {steps}"
    return int(steps)


def input_gradient(model, x, y):
    assert callable(model), "model must be callable"
    x = _check_images(x)
    y = _check_labels(y, n=x.shape[0])
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        logits = tf.cast(logits_of(model, x), tf.float32)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        total = tf.reduce_sum(loss)
    gradient = tape.gradient(total, x)
    if gradient is None:  # the model does not look at the image at all
        gradient = tf.zeros_like(x)
    assert gradient.shape == x.shape
    return gradient


def project_linf(x_adv, x, eps):
    x = _check_images(x)
    x_adv = _check_images(x_adv, "x_adv")
    eps = _check_number(eps, "eps")
    assert eps <= 1, f"eps must lie in [0, 1], not {eps}"
    assert x_adv.shape == x.shape, f"x_adv {x_adv.shape} and x {x.shape} differ in shape"

    result = tf.minimum(x_adv, x + eps)
    result = tf.maximum(result, x - eps)
    result = tf.clip_by_value(result, 0.0, 1.0)
    assert result.dtype == tf.float32 and result.shape == x.shape
    return result


def bim(model, x, y, eps, step_size, steps):
    x = _check_images(x)
    y = _check_labels(y, n=x.shape[0])
    eps = _check_number(eps, "eps")
    step_size = _check_number(step_size, "step_size")

    x_adv = tf.identity(x)
    for _ in range(_check_steps(steps)):
        gradient = input_gradient(model, x_adv, y)
        x_adv = x_adv + step_size * tf.sign(gradient)
        x_adv = project_linf(x_adv, x, eps)
    return x_adv


def pgd(model, x, y, eps, step_size, steps, seed):
    x = _check_images(x)
    y = _check_labels(y, n=x.shape[0])
    eps = _check_number(eps, "eps")
    step_size = _check_number(step_size, "step_size")
    assert isinstance(seed, numbers.Integral), "seed must be a whole number"

    random = np.random.RandomState(int(seed))
    noise = eps * random.uniform(-1.0, 1.0, size=tuple(x.shape))
    x_adv = project_linf(x + tf.constant(noise, dtype=tf.float32), x, eps)
    for _ in range(_check_steps(steps)):
        # bim with its own small ball makes exactly one step from x_adv
        moved = bim(model, x_adv, y, step_size, step_size, 1)
        x_adv = project_linf(moved, x, eps)
    return x_adv


def mim(model, x, y, eps, step_size, steps, decay):
    x = _check_images(x)
    y = _check_labels(y, n=x.shape[0])
    eps = _check_number(eps, "eps")
    step_size = _check_number(step_size, "step_size")
    decay = _check_number(decay, "decay")

    x_adv = tf.identity(x)
    momentum = tf.zeros_like(x)
    for _ in range(_check_steps(steps)):
        gradient = input_gradient(model, x_adv, y)
        mean_size = tf.reduce_mean(tf.abs(gradient), axis=(1, 2, 3), keepdims=True)
        normalised = gradient / tf.maximum(mean_size, 1e-12)
        momentum = decay * momentum + normalised
        x_adv = project_linf(x_adv + step_size * tf.sign(momentum), x, eps)
    return x_adv


def project_l2(x_adv, x, eps):
    x = _check_images(x)
    x_adv = _check_images(x_adv, "x_adv")
    eps = _check_number(eps, "eps")
    assert x_adv.shape == x.shape, f"x_adv {x_adv.shape} and x {x.shape} differ in shape"

    clipped = tf.clip_by_value(x_adv, 0.0, 1.0)
    delta = clipped - x
    norm = tf.sqrt(tf.reduce_sum(tf.square(delta), axis=(1, 2, 3), keepdims=True))
    scale = tf.minimum(1.0, eps / tf.maximum(norm, 1e-12))
    result = x + scale * delta
    assert result.dtype == tf.float32 and result.shape == x.shape
    return result


def pgd_l2(model, x, y, eps, step_size, steps):
    x = _check_images(x)
    y = _check_labels(y, n=x.shape[0])
    eps = _check_number(eps, "eps")
    step_size = _check_number(step_size, "step_size")

    x_adv = tf.identity(x)
    for _ in range(_check_steps(steps)):
        gradient = input_gradient(model, x_adv, y)
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=(1, 2, 3), keepdims=True))
        x_adv = project_l2(x_adv + step_size * (gradient / tf.maximum(norm, 1e-12)), x, eps)
    return x_adv


def confusion(y_true, y_pred, n_classes):
    y_true = _check_labels(y_true).numpy()
    y_pred = _check_labels(y_pred, n=len(y_true)).numpy()
    n_classes = int(n_classes)
    assert n_classes >= 1, "there must be at least one class"
    assert all(0 <= label < n_classes for label in [*y_true, *y_pred]), "a label lies outside 0 ... n_classes - 1"

    matrix = np.zeros((n_classes, n_classes), dtype=np.int64)
    for i in range(n_classes):
        for j in range(n_classes):
            matrix[i, j] = np.count_nonzero((y_true == i) & (y_pred == j))
    assert matrix.sum() == len(y_true)
    return matrix
