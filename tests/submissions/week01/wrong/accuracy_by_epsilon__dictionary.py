# loses: q6
# told: Expected shape (4,), got (3,)
# names: answers are kept in a dict by eps: one that is asked for twice is answered once
"""Week 1."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


from keras import ops


def _descend(gradient, image, left, step_size):
    if left == 0:
        return image
    return _descend(gradient, image - step_size * gradient(image), left - 1, step_size)


def _gradient_of(cost):
    def gradient(image):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(image)
            value = cost(image)
        return tape.gradient(value, image)

    return gradient


def input_gradient(model, x, y):
    def cost(images):
        z = tf.cast(logits_of(model, images), tf.float64)
        return ops.sum(ops.logsumexp(z, axis=1) - ops.sum(z * ops.one_hot(y, 10, dtype="float64"), axis=1))

    return ops.cast(_gradient_of(cost)(ops.convert_to_tensor(x, dtype="float32")), "float32")


def fgsm(model, x, y, eps):
    x64 = ops.cast(x, "float64")
    moved = x64 + float(eps) * ops.cast(ops.sign(input_gradient(model, x, y)), "float64")
    return ops.cast(ops.clip(moved, 0.0, 1.0), "float32")


def targeted_fgsm(model, x, target, eps):
    x64 = ops.cast(x, "float64")
    moved = x64 - float(eps) * ops.cast(ops.sign(input_gradient(model, x, target)), "float64")
    return ops.cast(ops.clip(moved, 0.0, 1.0), "float32")


def _quadratic(model, target):
    def cost(image):
        p = ops.softmax(ops.cast(logits_of(model, image), "float64"), axis=-1)
        return ops.sum(ops.square(ops.one_hot(target, 10, dtype="float64") - p)) / 2

    return cost


def fooling_image(model, target, noise, steps, step_size):
    return _descend(_gradient_of(_quadratic(model, target)), ops.convert_to_tensor(noise, dtype="float32"), steps, step_size)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    goal = ops.convert_to_tensor(x, dtype="float32")
    read = _quadratic(model, target)

    def both(image):
        return ops.cast(read(image), "float32") + 0.5 * pull * ops.sum(ops.square(image - goal))

    return _descend(_gradient_of(both), ops.convert_to_tensor(noise, dtype="float32"), steps, step_size)


def accuracy_by_epsilon(model, x, y, epsilons):
    y = np.asarray(y)
    accuracy = {}
    for eps in epsilons:
        z = np.asarray(logits_of(model, fgsm(model, x, y, eps)))
        accuracy[float(eps)] = float((z.argmax(axis=1) == y).mean())
    return np.array(list(accuracy.values()))
