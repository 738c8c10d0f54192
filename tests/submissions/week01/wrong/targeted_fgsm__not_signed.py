# loses: q3
"""Follows the gradient, not its sign."""

import keras
import tensorflow as tf
from keras import ops


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = ops.convert_to_tensor(x, dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = ops.sum(keras.losses.sparse_categorical_crossentropy(y, logits_of(model, x), from_logits=True))
    return tape.gradient(loss, x)


def fgsm(model, x, y, eps):
    return ops.clip(x + eps * ops.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return ops.clip(x - eps * input_gradient(model, x, target), 0.0, 1.0)


def descend_once(model, image, target, step_size, force):
    with tf.GradientTape() as tape:
        tape.watch(image)
        p = ops.softmax(logits_of(model, image), axis=-1)
        cost = ops.sum(ops.square(ops.one_hot(target, 10) - p)) / 2
    return image - step_size * (tape.gradient(cost, image) + force)


def fooling_image(model, target, noise, steps, step_size):
    image = ops.convert_to_tensor(noise, dtype="float32")
    for _ in range(steps):
        image = descend_once(model, image, target, step_size, 0.0)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image = ops.convert_to_tensor(noise, dtype="float32")
    for _ in range(steps):
        image = descend_once(model, image, target, step_size, pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    y = ops.cast(y, "int32")
    accuracies = []
    for eps in epsilons:
        labels = ops.argmax(logits_of(model, fgsm(model, x, y, eps)), axis=-1)
        accuracies.append(ops.mean(ops.cast(ops.equal(labels, y), "float32")))
    return ops.stack(accuracies)
