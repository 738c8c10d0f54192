# loses: q1
# told: Running it in training mode is enough for that
"""Runs the network in training mode, which moves the statistics of its batch normalisation."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf


class Network:
    def __init__(self, model):
        self.model = model

    def logits(self, x):
        if isinstance(self.model, keras.Model):
            return self.model(x, training=False)
        return self.model(x)

    def probabilities(self, x):
        return tf.nn.softmax(self.logits(x))

    def labels(self, x):
        return np.argmax(self.logits(x), axis=-1)


class Gradient:
    """The gradient of a function of the image."""

    def __init__(self, function):
        self.function = function

    def at(self, x):
        x = tf.convert_to_tensor(x, dtype=tf.float32)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            value = self.function(x)
        return tape.gradient(value, x)


@dataclass
class Descent:
    network: Network
    target: object
    step_size: float
    anchor: object = None
    pull: float = 0.0

    def cost(self, image):
        error = self.network.probabilities(image) - tf.one_hot(self.target, 10)
        return 0.5 * tf.reduce_sum(error**2)

    def run(self, image, steps):
        image = tf.convert_to_tensor(image, dtype=tf.float32)
        for _ in range(steps):
            force = Gradient(self.cost).at(image)
            if self.anchor is not None:
                force = force + self.pull * (image - self.anchor)
            image = image - self.step_size * force
        return image


def input_gradient(model, x, y):
    def loss(image):
        logits = model(image, training=True) if isinstance(model, keras.Model) else model(image)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)

    return Gradient(loss).at(x)


def step(model, x, y, eps):
    return tf.clip_by_value(x + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def fgsm(model, x, y, eps):
    return step(model, x, y, eps)


def targeted_fgsm(model, x, target, eps):
    return step(model, x, target, -eps)


def fooling_image(model, target, noise, steps, step_size):
    return Descent(Network(model), target, step_size).run(noise, steps)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    return Descent(Network(model), target, step_size, anchor=x, pull=pull).run(noise, steps)


def accuracy_by_epsilon(model, x, y, epsilons):
    network = Network(model)
    return np.array([np.mean(network.labels(step(model, x, y, float(eps))) == y) for eps in epsilons])
