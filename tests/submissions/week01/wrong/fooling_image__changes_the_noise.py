# loses: q4
# told: After the call noise had changed.
"""Works in the array it was given."""

import keras
import numpy as np
import tensorflow as tf


def run(model, x):
    logits = model(x, training=False) if isinstance(model, keras.Model) else model(x)
    return logits


def input_gradient(model, x, y):
    tensor = tf.constant(np.asarray(x, dtype=np.float32))
    labels = tf.constant(np.asarray(y, dtype=np.int64))
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, run(model, tensor))
    return tape.gradient(loss, tensor).numpy()


def fgsm(model, x, y, eps):
    x = np.asarray(x, dtype=np.float32)
    return np.clip(x + np.float32(eps) * np.sign(input_gradient(model, x, y)), 0, 1)


def targeted_fgsm(model, x, target, eps):
    x = np.asarray(x, dtype=np.float32)
    return np.clip(x - np.float32(eps) * np.sign(input_gradient(model, x, target)), 0, 1)


def slope(model, image, target):
    tensor = tf.constant(image)
    wanted = np.eye(10, dtype=np.float32)[np.asarray(target)]
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        cost = 0.5 * tf.reduce_sum((wanted - tf.nn.softmax(run(model, tensor), axis=-1)) ** 2)
    return tape.gradient(cost, tensor).numpy()


def fooling_image(model, target, noise, steps, step_size):
    image = np.asarray(noise)
    if not image.flags.writeable:
        image = image.copy()
    for _ in range(steps):
        image -= np.float32(step_size) * slope(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image, x = np.array(noise, dtype=np.float32), np.array(x, dtype=np.float32)
    for _ in range(steps):
        image -= np.float32(step_size) * (slope(model, image, target) + np.float32(pull) * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    y = np.asarray(y)
    accuracies = np.zeros(len(epsilons), dtype=np.float32)
    for i, eps in enumerate(epsilons):
        logits = np.asarray(run(model, fgsm(model, x, y, eps)))
        accuracies[i] = (logits.argmax(axis=1) == y).mean()
    return accuracies
