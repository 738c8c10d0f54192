# loses: q3
# told: Some of the images have the same noise
# names: draws the same noise for every batch of a hundred
"""Batches, for a small GPU: each draws with the seed anew."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    image = keras.Variable(x, dtype="float32", trainable=False)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(image.value)
        logits = logits_of(model, tf.convert_to_tensor(image.value))
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.cast(y, tf.int64), logits=logits)
        total = tf.add_n(tf.unstack(losses))
    gradient = tape.gradient(total, image.value)
    return tf.zeros_like(image.value) if gradient is None else gradient


class InfinityBall(keras.constraints.Constraint):
    def __init__(self, centre, radius):
        self.low = tf.maximum(centre - radius, 0.0)
        self.high = tf.minimum(centre + radius, 1.0)

    def __call__(self, w):
        return tf.clip_by_value(w, self.low, self.high)


class EuclideanBall(keras.constraints.Constraint):
    def __init__(self, centre, radius):
        self.centre, self.radius = centre, radius

    def __call__(self, w):
        delta = tf.clip_by_value(w, 0.0, 1.0) - self.centre
        flat = tf.reshape(delta, (delta.shape[0], -1))
        # clip_by_norm divides 0 by 0 where the radius is 0
        flat = tf.clip_by_norm(flat, self.radius, axes=[1]) if self.radius > 0 else tf.zeros_like(flat)
        return self.centre + tf.reshape(flat, delta.shape)


def _constant(x):
    return tf.constant(np.asarray(x, np.float32))


def _climb(model, y, start, constraint, step_size, steps, direction):
    image = keras.Variable(start, dtype="float32", name="image")
    image.constraint = constraint
    optimizer = keras.optimizers.SGD(learning_rate=float(step_size))
    optimizer.build([image])
    for _ in range(steps):
        optimizer.apply([-direction(input_gradient(model, image.value, y))], [image])
    return tf.identity(image.value)


def project_linf(x_adv, x, eps):
    return InfinityBall(_constant(x), eps)(_constant(x_adv))


def bim(model, x, y, eps, step_size, steps):
    return _climb(model, y, x, InfinityBall(_constant(x), eps), step_size, steps, tf.sign)


def pgd(model, x, y, eps, step_size, steps, seed):
    # a hundred images of a class at a time fit on my graphics card
    pairs = tf.data.Dataset.from_tensor_slices((_constant(x), np.asarray(y)))
    return tf.concat([_pgd_batch(model, a, b, eps, step_size, steps, seed) for a, b in pairs.batch(100)], axis=0)


def _pgd_batch(model, x, y, eps, step_size, steps, seed):
    u = keras.initializers.RandomUniform(minval=-eps, maxval=eps, seed=seed)(x.shape, dtype="float32")
    ball = InfinityBall(x, eps)
    return _climb(model, y, ball(x + u), ball, step_size, steps, tf.sign)


class Momentum(keras.layers.Layer):
    """Keeps its state as a non-trainable weight; a new one is made for every attack."""

    def __init__(self, decay):
        super().__init__(dtype="float32")
        self.decay = decay

    def build(self, shape):
        self.m = self.add_weight(shape=shape, initializer="zeros", trainable=False)

    def call(self, g):
        size = tf.reduce_mean(tf.abs(g), axis=[1, 2, 3], keepdims=True)
        self.m.assign(self.decay * self.m + g / tf.maximum(size, 1e-12))
        return tf.sign(self.m.value)


def mim(model, x, y, eps, step_size, steps, decay):
    return _climb(model, y, x, InfinityBall(_constant(x), eps), step_size, steps, Momentum(decay))


def project_l2(x_adv, x, eps):
    return EuclideanBall(_constant(x), eps)(_constant(x_adv))


def pgd_l2(model, x, y, eps, step_size, steps):
    def unit(g):
        return g / tf.maximum(tf.sqrt(tf.reduce_sum(g * g, [1, 2, 3], keepdims=True)), 1e-12)

    return _climb(model, y, x, EuclideanBall(_constant(x), eps), step_size, steps, unit)


def confusion(y_true, y_pred, n_classes):
    edges = np.arange(n_classes + 1) - 0.5
    counts, _, _ = np.histogram2d(np.asarray(y_true), np.asarray(y_pred), bins=(edges, edges))
    return counts.astype(np.int64)
