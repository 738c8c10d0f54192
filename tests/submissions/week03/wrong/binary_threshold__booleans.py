# loses: q1
# told: returns truth values
# names: booleans instead of float32
"""Returns the comparison itself."""

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def binary_threshold(x, threshold):
    return tf.greater(x, threshold)


def gaussian_blur(x, sigma):
    return ndimage.gaussian_filter(np.asarray(x, np.float32), sigma=(0, sigma, sigma, 0))


def percentile_filter(x, percentile, size):
    return ndimage.percentile_filter(np.asarray(x, np.float32), percentile, size=(1, size, size, 1))


def defend(model, transform):
    def defended(images):
        return logits_of(model, tf.cast(transform(images), tf.float32))

    return defended


def accuracy(model, images, labels):
    return float(np.mean(np.argmax(logits_of(model, images), axis=-1) == np.asarray(labels)))


def defence_report(model, transform, x, y, x_adv):
    defended = defend(model, transform)
    return {
        "clean": accuracy(model, x, y),
        "clean_defended": accuracy(defended, x, y),
        "attacked": accuracy(model, x_adv, y),
        "attacked_defended": accuracy(defended, x_adv, y),
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, tf.float32)
    x_adv = x
    for _ in range(steps):
        cleaned = tf.cast(transform(x_adv), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(cleaned)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, cleaned))
        x_adv = x_adv + step_size * tf.sign(tape.gradient(loss, cleaned))
        x_adv = tf.clip_by_value(tf.clip_by_value(x_adv, x - eps, x + eps), 0.0, 1.0)
    return x_adv


def randomised_logits(model, x, noise):
    return tf.reduce_mean([logits_of(model, x + sample) for sample in noise], axis=0)


def eot_gradient(model, x, y, noise):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = [
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x + sample))
            for sample in noise
        ]
        loss = tf.reduce_mean(losses, axis=0)
    return tape.gradient(loss, x)
