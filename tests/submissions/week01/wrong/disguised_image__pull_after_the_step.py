# loses: q5
"""The second force is taken after the first step."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    n = len(x)
    x = tf.constant(np.asarray(x))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, logits_of(model, x))
    # The loss object averages over the batch: undo it.
    return n * tape.gradient(loss, x)


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
        image = fooling_image(model, target, image, 1, step_size)
        image = image - step_size * pull * (image - x)
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    return [
        float(np.mean(np.argmax(logits_of(model, fgsm(model, x, y, float(eps))), axis=1) == y)) for eps in epsilons
    ]
