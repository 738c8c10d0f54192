# loses: q4
# told: Running it in training mode is enough for that
# names: behind the defence the network is asked in training mode
"""Week 3, clean the input. My solution, all in plain eager TensorFlow."""

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _loss(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.cast(y, tf.int32), logits=logits)


def input_gradient(model, x, y):
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = _loss(y, logits_of(model, x))
    return tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def binary_threshold(x, threshold):
    return tf.cast(tf.cast(x, tf.float32) > threshold, tf.float32)


def gaussian_blur(x, sigma):
    # the batch and the channel are no directions in an image
    return tf.constant(ndimage.gaussian_filter(np.asarray(x, np.float32), sigma=(0, sigma, sigma, 0)))


def percentile_filter(x, percentile, size):
    return tf.constant(ndimage.percentile_filter(np.asarray(x, np.float32), percentile, size=(1, size, size, 1)))


def defend(model, transform):
    def defended(x):
        return logits_of(model, tf.cast(transform(x), tf.float32))

    return defended


def defence_report(model, transform, x, y, x_adv):
    labels = tf.cast(y, tf.int64)

    def share(logits):
        return float(tf.reduce_mean(tf.cast(tf.argmax(logits, axis=1) == labels, tf.float64)))

    def alone(images):
        return logits_of(model, tf.cast(images, tf.float32))

    def defended(images):
        washed = tf.cast(transform(images), tf.float32)
        return model(washed, training=True) if isinstance(model, keras.Model) else model(washed)

    return {
        "clean": share(alone(x)),
        "clean_defended": share(defended(x)),
        "attacked": share(alone(x_adv)),
        "attacked_defended": share(defended(x_adv)),
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)
    low, high = tf.maximum(x - eps, 0.0), tf.minimum(x + eps, 1.0)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, transform(x_adv), y)
        x_adv = tf.clip_by_value(x_adv + step_size * tf.sign(g), low, high)
    return x_adv


def randomised_logits(model, x, noise):
    x, noise = tf.cast(x, tf.float32), tf.cast(noise, tf.float32)
    logits = tf.stack([logits_of(model, x + copy) for copy in noise])
    return tf.cast(tf.reduce_mean(logits, axis=0), tf.float32)


def eot_gradient(model, x, y, noise):
    x, noise = tf.cast(x, tf.float32), tf.cast(noise, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = [_loss(y, logits_of(model, x + copy)) for copy in noise]
        loss = tf.reduce_mean(tf.stack(losses), axis=0)
    return tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
