# loses: q1
# told: a tf.function made for one model goes on asking that one
# names: a tf.function keeps the first model and asks it for ever
"""Week 1."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


IMAGES = tf.TensorSpec((None, 28, 28, 1), tf.float32)
LABELS = tf.TensorSpec((None,), tf.int32)


def _graph(model, cost):
    @tf.function(input_signature=[IMAGES, LABELS])
    def gradient(images, labels):
        return tf.gradients(cost(logits_of(model, images), labels), images)[0]

    return gradient


def _xent(z, labels):
    return -tf.reduce_sum(tf.one_hot(labels, 10) * tf.nn.log_softmax(z))


def _quadratic(z, labels):
    return tf.add_n([0.5 * tf.reduce_sum(tf.math.squared_difference(tf.nn.softmax(z), tf.one_hot(labels, 10)))])


def _im(a):
    return tf.constant(np.asarray(a, dtype="float32"))


def _lab(a):
    return tf.constant(np.asarray(a).astype("int32"))


_compiled = {}


def input_gradient(model, x, y):
    if "gradient" not in _compiled:  # tracing is slow: do it once
        _compiled["gradient"] = _graph(model, _xent)
    return _compiled["gradient"](_im(x), _lab(y))


def fgsm(model, x, y, eps):
    x = _im(x)
    return tf.clip_by_value(tf.add(x, tf.multiply(tf.sign(input_gradient(model, x, y)), eps)), 0, 1)


def targeted_fgsm(model, x, target, eps):
    x = _im(x)
    return tf.clip_by_value(tf.subtract(x, tf.multiply(tf.sign(input_gradient(model, x, target)), eps)), 0, 1)


def fooling_image(model, target, noise, steps, step_size):
    gradient, labels = _graph(model, _quadratic), _lab(target)
    image = _im(noise)
    _, image = tf.while_loop(
        lambda i, _: i < steps, lambda i, im: (i + 1, im - step_size * gradient(im, labels)), (tf.constant(0), image)
    )
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    gradient, labels, x = _graph(model, _quadratic), _lab(target), _im(x)
    _, image = tf.while_loop(
        lambda i, _: i < steps,
        lambda i, im: (i + 1, im - step_size * (gradient(im, labels) + pull * (im - x))),
        (tf.constant(0), _im(noise)),
    )
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    labels = tf.cast(_lab(y), tf.int64)
    accs = [
        tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits_of(model, fgsm(model, x, y, e)), axis=-1), labels), tf.float32))
        for e in epsilons
    ]
    return tf.stack(accs)
