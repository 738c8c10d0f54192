# loses: q4
# names: the descent ends as soon as the network reads every image as its target
"""Week 1, object-oriented version: the attacks are thin wrappers around two small classes."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


class Loss:
    """Something that can be differentiated with respect to the image."""

    def __init__(self, model, labels):
        self.model = model
        self.labels = tf.convert_to_tensor(labels)

    def value(self, image):
        raise NotImplementedError

    def gradient(self, image):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(image)
            value = self.value(image)
        return tape.gradient(value, image)


class CrossEntropy(Loss):
    def value(self, image):
        return tf.nn.sparse_softmax_cross_entropy_with_logits(self.labels, logits_of(self.model, image))


class Quadratic(Loss):
    def value(self, image):
        p = tf.nn.softmax(logits_of(self.model, image))
        error = tf.one_hot(self.labels, 10) - p
        return 0.5 * tf.einsum("nc,nc->n", error, error)


class Attack:
    def __init__(self, model, x):
        self.model = model
        self.x = tf.cast(x, tf.float32)

    def one_step(self, labels, eps, direction):
        g = CrossEntropy(self.model, labels).gradient(self.x)
        return tf.clip_by_value(self.x + direction * eps * tf.sign(g), 0.0, 1.0)


def input_gradient(model, x, y):
    """The gradient of each image's loss with respect to that image."""
    return CrossEntropy(model, y).gradient(tf.cast(x, tf.float32))


def fgsm(model, x, y, eps):
    """clip(x + eps * sign(grad), 0, 1)"""
    return Attack(model, x).one_step(y, float(eps), +1.0)


def targeted_fgsm(model, x, target, eps):
    """clip(x - eps * sign(grad), 0, 1)"""
    return Attack(model, x).one_step(target, float(eps), -1.0)


def fooling_image(model, target, noise, steps, step_size):
    """Gradient descent on the quadratic cost."""
    cost = Quadratic(model, target)
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        read = tf.argmax(logits_of(model, image), axis=1)
        if np.all(read.numpy() == np.asarray(target)):
            break  # it works already
        image -= step_size * cost.gradient(image)  # makes a new tensor, tensors can't be changed
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    """Gradient descent on the quadratic cost and on the distance to x."""
    cost = Quadratic(model, target)
    x = tf.cast(x, tf.float32)
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        force = cost.gradient(image) + pull * (image - x)
        image -= step_size * force
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    """Accuracy under fgsm for each eps."""
    labels = tf.cast(y, tf.int64)
    out = []
    for eps in epsilons:
        logits = logits_of(model, fgsm(model, x, labels, eps))
        hit = tf.equal(tf.argmax(logits, axis=-1), labels)
        out.append(tf.reduce_mean(tf.cast(hit, tf.float32)))
    return np.array([float(a) for a in out], dtype=np.float32)
