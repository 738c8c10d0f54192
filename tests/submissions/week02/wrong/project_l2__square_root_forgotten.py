# loses: q5
# names: the square root of the norm is missing (squared norm)
"""Compares the squared length with eps."""

import collections

import keras
import tensorflow as tf


class Perturbation:
    def __init__(self, model, x, y, start=None):
        self.model = model
        self.x = tf.cast(x, tf.float32)
        self.y = tf.cast(y, tf.int64)
        self.delta = tf.Variable(tf.zeros_like(self.x) if start is None else start)

    def image(self):
        return self.x + self.delta

    def gradient(self):
        with tf.GradientTape() as tape:
            image = self.x + self.delta
            logits = self.model(image, training=False) if isinstance(self.model, keras.Model) else self.model(image)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.y, logits=logits)
            total = tf.reduce_sum(losses)
        return tape.gradient(total, self.delta)

    def keep_linf(self, eps):
        self.delta.assign(tf.clip_by_value(self.delta, -eps, eps))
        self.delta.assign(tf.clip_by_value(self.delta, -self.x, 1.0 - self.x))

    def keep_l2(self, eps):
        delta = tf.clip_by_value(self.image(), 0.0, 1.0) - self.x
        norm = tf.norm(tf.reshape(delta, (len(delta), -1)), axis=1)[:, None, None, None]
        self.delta.assign(delta * tf.minimum(1.0, tf.math.divide_no_nan(tf.ones_like(norm) * eps, norm)))


def in_range(image):
    return tf.clip_by_value(image, 0.0, 1.0)


def project_linf(x_adv, x, eps):
    p = Perturbation(None, x, 0, tf.cast(x_adv, tf.float32) - tf.cast(x, tf.float32))
    p.keep_linf(eps)
    return in_range(p.image())


def bim(model, x, y, eps, step_size, steps):
    p = Perturbation(model, x, y)
    for _ in range(steps):
        p.delta.assign_add(step_size * tf.sign(p.gradient()))
        p.keep_linf(eps)
    return in_range(p.image())


def pgd(model, x, y, eps, step_size, steps, seed):
    tf.random.set_seed(seed)
    p = Perturbation(model, x, y, tf.random.uniform(tf.shape(x), -eps, eps))
    p.keep_linf(eps)
    for _ in range(steps):
        p.delta.assign_add(step_size * tf.sign(p.gradient()))
        p.keep_linf(eps)
    return in_range(p.image())


def mim(model, x, y, eps, step_size, steps, decay):
    p = Perturbation(model, x, y)
    history = collections.deque([tf.zeros_like(p.x)], maxlen=1)
    for _ in range(steps):
        g = p.gradient()
        mean = tf.reduce_mean(tf.abs(g), axis=(1, 2, 3), keepdims=True)
        history.append(decay * history[-1] + tf.math.divide_no_nan(g, mean))
        p.delta.assign_add(step_size * tf.sign(history[-1]))
        p.keep_linf(eps)
    return in_range(p.image())


def project_l2(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    delta = in_range(tf.cast(x_adv, tf.float32)) - x
    length = tf.reduce_sum(delta * delta, axis=[1, 2, 3], keepdims=True)
    return x + tf.where(length > eps, delta * eps / length, delta)


def pgd_l2(model, x, y, eps, step_size, steps):
    p = Perturbation(model, x, y)
    for _ in range(steps):
        g = p.gradient()
        norm = tf.sqrt(tf.reduce_sum(g * g, axis=(1, 2, 3), keepdims=True))
        p.delta.assign_add(step_size * tf.math.divide_no_nan(g, norm))
        p.keep_l2(eps)
    return p.image()


def confusion(y_true, y_pred, n_classes):
    pairs = tf.stack([tf.cast(y_true, tf.int32), tf.cast(y_pred, tf.int32)], axis=1)
    return tf.scatter_nd(pairs, tf.ones(len(pairs), tf.int32), (n_classes, n_classes))
