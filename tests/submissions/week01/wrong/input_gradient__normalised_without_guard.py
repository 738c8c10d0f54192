# loses: q1
"""Divides by the mean absolute value, which is zero where the gradient is: NaN."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.constant(np.asarray(x))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits_of(model, x))
    gradient = tape.gradient(loss, x)
    return gradient / tf.reduce_mean(tf.abs(gradient), axis=(1, 2, 3), keepdims=True)


def fgsm(model, x, y, eps):
    gradient = input_gradient(model, x, y)
    perturbation = tf.where(gradient > 0, eps, tf.where(gradient < 0, -eps, 0.0))
    return tf.clip_by_value(x + perturbation, 0, 1)


def targeted_fgsm(model, x, target, eps):
    return fgsm(model, x, target, -eps)


def fooling_image(model, target, noise, steps, step_size):
    if steps == 0:
        return tf.cast(noise, tf.float32)
    image = fooling_image(model, target, noise, steps - 1, step_size)
    with tf.GradientTape() as tape:
        tape.watch(image)
        p = tf.nn.softmax(logits_of(model, image))
        cost = tf.nn.l2_loss(tf.one_hot(target, 10) - p)
    return image - step_size * tape.gradient(cost, image)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        nearer = step_size * pull * (image - x)
        image = fooling_image(model, target, image, 1, step_size) - nearer
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    return [
        float(np.mean(np.argmax(logits_of(model, fgsm(model, x, y, float(eps))), axis=1) == y)) for eps in epsilons
    ]
