"""Everything is right but fooling_image, which never comes back."""

import keras
import numpy as np
import tensorflow as tf


def logits(model, x):
    if isinstance(model, keras.Model):
        return model(x, training=False)
    return model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits(model, x))
    return tape.gradient(loss, x)


def fgsm(model, x, y, eps):
    return tf.clip_by_value(x + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return tf.clip_by_value(x - eps * tf.sign(input_gradient(model, x, target)), 0.0, 1.0)


def cost_and_gradient(model, image, target):
    with tf.GradientTape() as tape:
        tape.watch(image)
        probabilities = tf.nn.softmax(logits(model, image))
        cost = 0.5 * tf.reduce_sum((tf.one_hot(target, 10) - probabilities) ** 2)
    return cost, tape.gradient(cost, image)


def fooling_image(model, target, noise, steps, step_size):
    image, step = tf.convert_to_tensor(noise), 0
    while step < steps or steps == 0:
        _, gradient = cost_and_gradient(model, image, target)
        image = image - step_size * gradient
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image = tf.convert_to_tensor(noise)
    for _ in range(steps):
        _, gradient = cost_and_gradient(model, image, target)
        image = image - step_size * (gradient + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    accuracies = []
    for eps in epsilons:
        predicted = tf.argmax(logits(model, fgsm(model, x, y, eps)), axis=1)
        accuracies.append(np.mean(predicted.numpy() == np.asarray(y)))
    return np.array(accuracies)
