# loses: q6
# names: correct predictions (the diagonal) are not counted
"""Counts the errors only."""

import functools

import keras
import numpy as np
import tensorflow as tf


def loss_gradient(model, y):
    call = functools.partial(model, training=False) if isinstance(model, keras.Model) else model
    labels = tf.one_hot(y, 10)

    def gradient(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.nn.softmax_cross_entropy_with_logits(labels, call(image))
        return tape.gradient(loss, image)

    return gradient


def iterate(step, start, times):
    return functools.reduce(lambda state, _: step(state), range(times), start)


def project_linf(x_adv, x, eps):
    return tf.clip_by_value(x_adv, tf.maximum(x - eps, 0.0), tf.minimum(x + eps, 1.0))


def bim(model, x, y, eps, step_size, steps):
    gradient = loss_gradient(model, y)
    start = tf.cast(x, tf.float32)
    return iterate(lambda image: project_linf(image + step_size * tf.sign(gradient(image)), start, eps), start, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    gradient = loss_gradient(model, y)
    x = tf.cast(x, tf.float32)
    stream = np.random.Generator(np.random.PCG64(seed))
    start = project_linf(x + stream.uniform(-eps, eps, x.shape).astype(np.float32), x, eps)
    return iterate(lambda image: project_linf(image + step_size * tf.sign(gradient(image)), x, eps), start, steps)


def mim(model, x, y, eps, step_size, steps, decay):
    gradient = loss_gradient(model, y)
    x = tf.cast(x, tf.float32)

    def step(state):
        image, momentum = state
        g = gradient(image)
        momentum = decay * momentum + tf.math.divide_no_nan(g, tf.reduce_mean(tf.abs(g), [1, 2, 3], keepdims=True))
        return project_linf(image + step_size * tf.sign(momentum), x, eps), momentum

    return iterate(step, (x, tf.zeros_like(x)), steps)[0]


def over_images(f, *tensors):
    """f on each image by itself."""
    return tf.map_fn(lambda images: f(*images), tensors, fn_output_signature=tf.float32)


def project_l2(x_adv, x, eps):
    def one(image, origin):
        delta = tf.clip_by_value(image, 0.0, 1.0) - origin
        norm = tf.norm(delta)
        return origin + (delta if norm <= eps else delta * (eps / norm))

    return over_images(one, tf.cast(x_adv, tf.float32), tf.cast(x, tf.float32))


def pgd_l2(model, x, y, eps, step_size, steps):
    gradient = loss_gradient(model, y)
    start = tf.cast(x, tf.float32)

    def step(image):
        unit = over_images(lambda g: tf.math.divide_no_nan(g, tf.norm(g)), gradient(image))
        return project_l2(image + step_size * unit, start, eps)

    return iterate(step, start, steps)


def confusion(y_true, y_pred, n_classes):
    y_true, y_pred = np.array(y_true), np.array(y_pred)
    wrong = y_true != y_pred
    edges = np.arange(n_classes + 1)
    return np.histogram2d(y_true[wrong], y_pred[wrong], bins=(edges, edges))[0].astype(int)
