"""Keras' own loss objects, summed over the batch."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def logits_of(model, x):
    if isinstance(model, keras.Model):
        return model(x, training=False)
    return model(x)


def input_gradient(model, x, y):
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = cross_entropy(y, logits_of(model, x))
    return tape.gradient(loss, x)


def fgsm(model, x, y, eps):
    return tf.clip_by_value(tf.cast(x, tf.float32) + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return tf.clip_by_value(tf.cast(x, tf.float32) - eps * tf.sign(input_gradient(model, x, target)), 0.0, 1.0)


def gradient_of_cost(model, image, target):
    squared_error = keras.losses.MeanSquaredError(reduction="sum")
    with tf.GradientTape() as tape:
        tape.watch(image)
        probabilities = keras.activations.softmax(logits_of(model, image))
        # MeanSquaredError averages over the 10 classes; the cost sums over them and halves.
        cost = 5.0 * squared_error(keras.utils.to_categorical(np.asarray(target), 10), probabilities)
    return tape.gradient(cost, image)


def fooling_image(model, target, noise, steps, step_size):
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        image = image - step_size * gradient_of_cost(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        image = image - step_size * (gradient_of_cost(model, image, target) + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    accuracies = []
    for eps in epsilons:
        metric = keras.metrics.SparseCategoricalAccuracy()
        metric.update_state(y, logits_of(model, fgsm(model, x, y, float(eps))))
        accuracies.append(float(metric.result()))
    return np.array(accuracies, dtype="float32")
