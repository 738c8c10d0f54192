# loses: q5
# names: the gradient is not divided by its norm
"""Steps along the gradient at its own length."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from keras import Model

AXES = (1, 2, 3)


class Network:
    def __init__(self, model):
        self.options = {"training": False} if isinstance(model, Model) else {}
        self.model = model

    def loss_gradient(self, image, label):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(image)
            log_p = tf.nn.log_softmax(self.model(image, **self.options))
            loss = -tf.gather(log_p, label, axis=1, batch_dims=1)
        return tape.gradient(loss, image)


@dataclass
class Ball:
    centre: Any
    radius: float

    def project_linf(self, image):
        inside = tf.clip_by_value(image, self.centre - self.radius, self.centre + self.radius)
        return tf.clip_by_value(inside, 0.0, 1.0)

    def project_l2(self, image):
        delta = tf.clip_by_value(image, 0.0, 1.0) - self.centre
        norm = tf.sqrt(tf.reduce_sum(delta**2, AXES, keepdims=True))
        return tf.where(norm > self.radius, self.centre + delta * tf.math.divide_no_nan(self.radius, norm),
                        self.centre + delta)


class Direction(ABC):
    @abstractmethod
    def __call__(self, gradient): ...


class Sign(Direction):
    def __call__(self, gradient):
        return tf.sign(gradient)


class Normalised(Direction):
    def __call__(self, gradient):
        return tf.math.divide_no_nan(gradient, tf.sqrt(tf.reduce_sum(gradient**2, AXES, keepdims=True)))


class Momentum(Direction):
    def __init__(self, decay):
        self.decay, self.memory = decay, 0.0

    def __call__(self, gradient):
        mean = tf.reduce_mean(tf.abs(gradient), AXES, keepdims=True)
        self.memory = self.decay * self.memory + tf.math.divide_no_nan(gradient, mean)
        return tf.sign(self.memory)


def ascend(model, image, y, step_size, steps, direction, project):
    network, label = Network(model), tf.convert_to_tensor(np.asarray(y))
    for _ in range(steps):
        image = project(image + step_size * direction(network.loss_gradient(image, label)))
    return image


def tensor(x):
    return tf.convert_to_tensor(np.asarray(x), dtype=tf.float32)


def project_linf(x_adv, x, eps):
    return Ball(tensor(x), eps).project_linf(tensor(x_adv))


def bim(model, x, y, eps, step_size, steps):
    return ascend(model, tensor(x), y, step_size, steps, Sign(), Ball(tensor(x), eps).project_linf)


def pgd(model, x, y, eps, step_size, steps, seed):
    ball = Ball(tensor(x), eps)
    noise = np.random.RandomState(seed).uniform(-eps, eps, np.shape(x))
    start = ball.project_linf(ball.centre + noise.astype("float32"))
    return ascend(model, start, y, step_size, steps, Sign(), ball.project_linf)


def mim(model, x, y, eps, step_size, steps, decay):
    return ascend(model, tensor(x), y, step_size, steps, Momentum(decay), Ball(tensor(x), eps).project_linf)


def project_l2(x_adv, x, eps):
    return Ball(tensor(x), eps).project_l2(tensor(x_adv))


class AsItIs(Direction):
    def __call__(self, gradient):
        return gradient


def pgd_l2(model, x, y, eps, step_size, steps):
    return ascend(model, tensor(x), y, step_size, steps, AsItIs(), Ball(tensor(x), eps).project_l2)


def confusion(y_true, y_pred, n_classes):
    table = np.zeros((n_classes, n_classes), np.int64)
    for true, predicted in zip(np.asarray(y_true), np.asarray(y_pred), strict=True):
        table[true, predicted] += 1
    return table
