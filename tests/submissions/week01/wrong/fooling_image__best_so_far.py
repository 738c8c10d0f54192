# loses: q4
# names: returns the image of the lowest cost on the way, not the last
"""Week 1."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def input_gradient(model, x, y):
    images = tf.Variable(np.array(x, dtype=np.float32))
    with tf.GradientTape() as tape:
        loss = cross_entropy(np.asarray(y), logits_of(model, tf.identity(images)))
    return tape.gradient(loss, images).numpy()


def fgsm(model, x, y, eps):
    x = np.asarray(x, dtype=np.float32)
    return np.clip(x + np.float32(eps) * np.sign(input_gradient(model, x, y)), 0, 1).astype(np.float32)


def targeted_fgsm(model, x, target, eps):
    x = np.asarray(x, dtype=np.float32)
    return np.clip(x - np.float32(eps) * np.sign(input_gradient(model, x, target)), 0, 1).astype(np.float32)


def brier_gradient(model, image, target):
    wanted = np.eye(10, dtype=np.float32)[np.asarray(target)]
    images = tf.Variable(image)
    with tf.GradientTape() as tape:
        probs = keras.activations.softmax(logits_of(model, tf.identity(images)))
        cost = tf.reduce_sum(keras.losses.mean_squared_error(wanted, probs)) * 5.0  # mean over 10 classes -> half sum
    return tape.gradient(cost, images).numpy()


def fooling_image(model, target, noise, steps, step_size):
    image = np.array(noise, dtype=np.float32)
    wanted = np.eye(10)[np.asarray(target)]
    cost = lambda im: ((np.asarray(keras.activations.softmax(logits_of(model, tf.constant(im)))) - wanted) ** 2).sum(1)
    best, lowest = image.copy(), cost(image)
    for _ in range(steps):
        image = image - np.float32(step_size) * brier_gradient(model, image, target)
        now = cost(image)
        better = now < lowest
        best[better], lowest[better] = image[better], now[better]
    return best


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x = np.asarray(x, dtype=np.float32)
    image = np.array(noise, dtype=np.float32)
    for _ in range(int(steps)):
        force = np.float32(pull) * (image - x)
        image = (image - np.float32(step_size) * (brier_gradient(model, image, target) + force)).astype(np.float32)
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    epsilons = list(epsilons)
    accuracies = np.zeros(len(epsilons))
    y = np.asarray(y).ravel()
    for i in range(len(epsilons)):
        z = np.array(logits_of(model, fgsm(model, x, y, epsilons[i])))
        accuracies[i] = (z.argmax(1) == y).sum() / y.size
    return accuracies
