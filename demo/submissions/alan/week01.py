"""Everything that repeats is traced once with tf.function."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


@tf.function(reduce_retracing=True)
def traced_gradient(model, x, y):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x)


@tf.function(reduce_retracing=True)
def descend(model, x, target, image, step_size, pull):
    with tf.GradientTape() as tape:
        tape.watch(image)
        error = tf.one_hot(target, 10) - tf.nn.softmax(logits_of(model, image))
        cost = 0.5 * tf.reduce_sum(error * error)
    return image - step_size * (tape.gradient(cost, image) + pull * (image - x))


def as_tensor(values, dtype):
    return tf.cast(tf.convert_to_tensor(values), dtype)


def input_gradient(model, x, y):
    return traced_gradient(model, as_tensor(x, tf.float32), as_tensor(y, tf.int32))


def fgsm(model, x, y, eps):
    return tf.clip_by_value(x + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return fgsm(model, x, target, -eps)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x, image, target = as_tensor(x, tf.float32), as_tensor(noise, tf.float32), as_tensor(target, tf.int32)
    for _ in range(steps):
        image = descend(model, x, target, image, tf.constant(step_size), tf.constant(pull))
    return image


def fooling_image(model, target, noise, steps, step_size):
    return disguised_image(model, noise, target, noise, steps, step_size, 0.0)


def accuracy_by_epsilon(model, x, y, epsilons):
    gradient = input_gradient(model, x, y)
    accuracies = []
    for eps in epsilons:
        attacked = tf.clip_by_value(x + eps * tf.sign(gradient), 0.0, 1.0)
        right = tf.equal(tf.argmax(logits_of(model, attacked), axis=1), tf.cast(y, tf.int64))
        accuracies.append(tf.reduce_mean(tf.cast(right, tf.float32)))
    return tf.stack(accuracies)
