# loses: q2
# names: the sum of the steps is never projected, only what is returned
"""Week 2."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


SPEC = [tf.TensorSpec((None, 28, 28, 1), tf.float32), tf.TensorSpec((None,), tf.int32)]


def make_gradient(model):
    @tf.function(input_signature=SPEC)
    def gradient(x, y):
        return tf.gradients(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits_of(model, x)), x)[0]

    return gradient


def prepare(x, y):
    return tf.constant(np.asarray(x, np.float32)), tf.constant(np.asarray(y).astype(np.int32))


def input_gradient(model, x, y):
    return make_gradient(model)(*prepare(x, y))


@tf.function(reduce_retracing=True)
def _linf(x_adv, x, eps):
    return tf.clip_by_value(x_adv, tf.maximum(x - eps, 0.0), tf.minimum(x + eps, 1.0))


def project_linf(x_adv, x, eps):
    return _linf(tf.cast(x_adv, tf.float32), tf.cast(x, tf.float32), tf.constant(eps, tf.float32))


def _loop(start, step, steps):
    return tf.while_loop(lambda i, _: i < steps, lambda i, im: (i + 1, step(im)), (0, start))[1]


def bim(model, x, y, eps, step_size, steps):
    g = make_gradient(model)
    x, y = prepare(x, y)
    delta = tf.zeros_like(x)
    for _ in range(steps):
        x_adv = project_linf(x + delta, x, eps)
        delta += step_size * tf.sign(g(x_adv, y))
    return project_linf(x + delta, x, eps)


def pgd(model, x, y, eps, step_size, steps, seed):
    g = make_gradient(model)
    x, y = prepare(x, y)
    u = tf.random.stateless_uniform(tf.shape(x), (seed, 7), -eps, eps)
    return _loop(project_linf(x + u, x, eps), lambda im: project_linf(im + step_size * tf.sign(g(im, y)), x, eps), steps)


def mim(model, x, y, eps, step_size, steps, decay):
    gradient = make_gradient(model)
    x, y = prepare(x, y)

    def body(i, im, m):
        g = gradient(im, y)
        m = decay * m + tf.math.divide_no_nan(g, tf.reduce_mean(tf.abs(g), (1, 2, 3), keepdims=True))
        return i + 1, project_linf(im + step_size * tf.sign(m), x, eps), m

    return tf.while_loop(lambda i, im, m: i < steps, body, (0, x, tf.zeros_like(x)))[1]


def project_l2(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    return x + tf.clip_by_norm(tf.clip_by_value(tf.cast(x_adv, tf.float32), 0, 1) - x, max(eps, 1e-12), axes=[1, 2, 3])


def pgd_l2(model, x, y, eps, step_size, steps):
    gradient = make_gradient(model)
    x, y = prepare(x, y)

    def step(im):
        g = gradient(im, y)
        return project_l2(im + step_size * tf.math.divide_no_nan(g, tf.norm(g, axis=[1, 2], keepdims=True)), x, eps)

    return _loop(x, step, steps)


def confusion(y_true, y_pred, n_classes):
    return tf.math.confusion_matrix(y_true, y_pred, num_classes=n_classes)
