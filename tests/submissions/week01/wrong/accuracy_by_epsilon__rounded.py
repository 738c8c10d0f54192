# loses: q6
# told: Return the share as it is: not rounded
# names: the accuracies are rounded
"""Week 1."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x)


def fgsm(model, x, y, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    return tf.clip_by_value(x + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return fgsm(model, x, target, -eps)


def _cost_gradient(model, image, target):
    with tf.GradientTape() as tape:
        tape.watch(image)
        p = tf.nn.softmax(logits_of(model, image))
        cost = 0.5 * tf.reduce_sum((tf.one_hot(target, 10) - p) ** 2)
    return tape.gradient(cost, image)


def fooling_image(model, target, noise, steps, step_size):
    image = tf.convert_to_tensor(noise, tf.float32)
    for _ in range(steps):
        image = image - step_size * _cost_gradient(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x = tf.convert_to_tensor(x, tf.float32)
    image = tf.convert_to_tensor(noise, tf.float32)
    for _ in range(steps):
        image = image - step_size * (_cost_gradient(model, image, target) + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    out = []
    for eps in epsilons:
        z = logits_of(model, fgsm(model, x, y, float(eps)))
        out.append(round(float(np.mean(np.argmax(np.asarray(z), axis=1) == np.asarray(y))), 2))
    return np.array(out, dtype=float)
