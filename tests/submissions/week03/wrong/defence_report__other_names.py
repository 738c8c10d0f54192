# loses: q4
# told: The keys of what defence_report returns must be exactly
# names: the keys have other names (missing keys)
"""The names are not those that were asked for."""

import keras
import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter, rank_filter


def predict(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def cross_entropy(y, logits):
    return tf.nn.softmax_cross_entropy_with_logits(labels=tf.one_hot(y, tf.shape(logits)[-1]), logits=logits)


def binary_threshold(x, threshold):
    return tf.maximum(tf.sign(tf.cast(x, tf.float32) - tf.cast(threshold, tf.float32)), 0.0)


def gaussian_blur(x, sigma):
    return tf.constant(gaussian_filter(np.asarray(x), sigma, axes=(1, 2), output=np.float32))


def percentile_filter(x, percentile, size):
    window = size * size
    rank = window - 1 if percentile == 100 else int(window * percentile / 100)
    return tf.constant(rank_filter(np.asarray(x, np.float32), rank, size=(1, size, size, 1)))


class defend:
    def __init__(self, model, transform):
        self.model, self.transform = model, transform

    def __call__(self, images):
        return predict(self.model, tf.convert_to_tensor(self.transform(images), dtype=tf.float32))


def defence_report(model, transform, x, y, x_adv):
    shielded = defend(model, transform)

    def accuracy(logits):
        return float(np.mean(np.argmax(logits, axis=1) == np.asarray(y)))

    return {
        "clean": accuracy(predict(model, x)),
        "defended": accuracy(shielded(x)),
        "adversarial": accuracy(predict(model, x_adv)),
        "adversarial_defended": accuracy(shielded(x_adv)),
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = image = tf.cast(x, tf.float32)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            seen = image + tf.stop_gradient(tf.cast(transform(image), tf.float32) - image)
            loss = cross_entropy(y, predict(model, seen))
        image = image + step_size * tf.sign(tape.gradient(loss, image))
        image = tf.minimum(tf.maximum(image, tf.maximum(x - eps, 0.0)), tf.minimum(x + eps, 1.0))
    return image


def randomised_logits(model, x, noise):
    logits = tf.map_fn(lambda sample: tf.cast(predict(model, x + sample), tf.float32), tf.cast(noise, tf.float32))
    return tf.reduce_mean(logits, axis=0)


def eot_gradient(model, x, y, noise):
    x = tf.cast(x, tf.float32)

    def one(sample):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = cross_entropy(y, predict(model, x + sample))
        return tape.gradient(loss, x)

    return tf.reduce_mean(tf.map_fn(one, tf.cast(noise, tf.float32)), axis=0)
