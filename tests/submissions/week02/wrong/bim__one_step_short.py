# loses: q2
# names: takes steps - 1 steps (off by one)
"""Week 2, short: an attack is a fold of its step over the number of steps."""

from functools import reduce

import keras
import numpy as np
import tensorflow as tf

PIXELS = (1, 2, 3)


def f32(a):
    return tf.cast(a, tf.float32)


def repeat(step, state, steps):
    return reduce(lambda s, _: step(s), range(steps), state)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    # cross-entropy = logsumexp of all logits - the logit of the label
    x = f32(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = logits_of(model, x)
        loss = tf.reduce_logsumexp(z, axis=1) - tf.gather(z, y, axis=1, batch_dims=1)
    return tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def project_linf(x_adv, x, eps):
    # the box first: x lies in it, so that the ball cannot lead out of it again
    return tf.clip_by_value(tf.clip_by_value(f32(x_adv), 0.0, 1.0), f32(x) - eps, f32(x) + eps)


def bim(model, x, y, eps, step_size, steps):
    step = lambda a: project_linf(a + step_size * tf.sign(input_gradient(model, a, y)), x, eps)
    return repeat(step, f32(x), steps - 1)


def pgd(model, x, y, eps, step_size, steps, seed):
    # one step of PGD is one step of BIM from where we stand, taken back into the ball around x
    step = lambda a: project_linf(bim(model, a, y, step_size, step_size, 1), x, eps)
    u = tf.random.Generator.from_seed(seed).uniform(f32(x).shape, -eps, eps)
    return repeat(step, project_linf(f32(x) + u, x, eps), steps)


def mim(model, x, y, eps, step_size, steps, decay):
    def step(state):
        a, m = state
        g = input_gradient(model, a, y)
        m = decay * m + g / tf.maximum(tf.reduce_sum(abs(g), PIXELS, keepdims=True), 1e-12)
        return project_linf(a + step_size * tf.sign(m), x, eps), m

    return repeat(step, (f32(x), tf.zeros_like(f32(x))), steps)[0]


def project_l2(x_adv, x, eps):
    d = tf.clip_by_value(f32(x_adv), 0.0, 1.0) - f32(x)
    n = tf.sqrt(tf.reduce_sum(d**2, PIXELS, keepdims=True))
    return f32(x) + d * tf.where(n > eps, eps / tf.maximum(n, 1e-12), 1.0)


def pgd_l2(model, x, y, eps, step_size, steps):
    unit = lambda g: tf.math.l2_normalize(g, axis=PIXELS, epsilon=1e-24)
    step = lambda a: project_l2(a + step_size * unit(input_gradient(model, a, y)), x, eps)
    return repeat(step, f32(x), steps)


def confusion(y_true, y_pred, n_classes):
    one_hot = np.eye(n_classes, dtype=int)
    return one_hot[np.asarray(y_true)].T @ one_hot[np.asarray(y_pred)]
