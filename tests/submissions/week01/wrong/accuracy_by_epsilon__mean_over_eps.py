# loses: q6
# told: Expected shape (4,), got ()
"""One number for all epsilons."""

from functools import reduce

import keras
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def gradient(function, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x)


def input_gradient(model, x, y):
    def loss(images):
        log_p = tf.nn.log_softmax(logits_of(model, images))
        return -tf.reduce_sum(log_p * tf.one_hot(y, 10))

    return gradient(loss, tf.cast(x, tf.float32))


def fgsm(model, x, y, eps):
    return tf.clip_by_value(x + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return fgsm(model, x, target, -eps)


def fooling_image(model, target, noise, steps, step_size):
    return disguised_image(model, noise, target, noise, steps, step_size, 0.0)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    def cost(image):
        error = tf.one_hot(target, 10) - tf.nn.softmax(logits_of(model, image))
        return tf.reduce_sum(error**2) / 2 + pull * tf.reduce_sum((image - x) ** 2) / 2

    start = tf.cast(noise, tf.float32)
    return reduce(lambda image, _: image - step_size * gradient(cost, image), range(steps), start)


def accuracy_by_epsilon(model, x, y, epsilons):
    y = tf.cast(y, tf.int64)
    hits = [tf.argmax(logits_of(model, fgsm(model, x, y, float(eps))), axis=1) == y for eps in epsilons]
    return tf.reduce_mean(tf.cast(hits, tf.float32))
