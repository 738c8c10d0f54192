# loses: q3
# names: one half of the batch starts from the negative of the other half's noise
"""The image is what is trained: it lives in a variable, which an object moves uphill."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


class ImageTrainer:
    """Holds the image in a variable and moves it. `direction` makes an update out of a gradient."""

    def __init__(self, model, start, y):
        self.model = model
        self.y = tf.cast(tf.convert_to_tensor(y), tf.int64)
        self.image = tf.Variable(tf.cast(tf.convert_to_tensor(start), tf.float32), trainable=True)
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)

    def gradient(self):
        with tf.GradientTape(persistent=True) as tape:
            losses = self.loss(self.y, logits_of(self.model, tf.identity(self.image)))
        gradient = tape.gradient(losses, self.image)
        del tape
        if gradient is None:
            gradient = tf.zeros_like(self.image)
        return gradient

    def fit(self, step_size, steps, direction, project):
        for _ in range(steps):
            self.image.assign_add(step_size * direction(self.gradient()))
            self.image.assign(project(self.image))
        return tf.identity(self.image)


def input_gradient(model, x, y):
    return ImageTrainer(model, x, y).gradient()


def project_linf(x_adv, x, eps):
    low = tf.nn.relu(tf.cast(x, tf.float32) - eps)
    high = 1.0 - tf.nn.relu(1.0 - tf.cast(x, tf.float32) - eps)
    return tf.minimum(tf.maximum(tf.cast(x_adv, tf.float32), low), high)


def project_l2(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    delta = tf.Variable(tf.clip_by_value(tf.cast(x_adv, tf.float32), 0.0, 1.0) - x)
    for i in range(delta.shape[0]):  # image by image, in place in our own variable
        norm = float(tf.norm(delta[i]))
        if norm > eps:
            delta[i].assign(delta[i] * (eps / norm))
    return x + delta.read_value()


def bim(model, x, y, eps, step_size, steps):
    return ImageTrainer(model, x, y).fit(step_size, steps, tf.sign, lambda image: project_linf(image, x, eps))


def pgd(model, x, y, eps, step_size, steps, seed):
    draw = keras.initializers.RandomUniform(-float(eps), float(eps), seed=int(seed) % 2**31)
    n = len(x)
    half = draw((n - n // 2, *np.shape(x)[1:]), dtype="float32")
    u = tf.concat([half, -half], axis=0)[:n]  # mean zero, less variance
    start = project_linf(x + u, x, eps)
    return ImageTrainer(model, start, y).fit(step_size, steps, tf.sign, lambda image: project_linf(image, x, eps))


def mim(model, x, y, eps, step_size, steps, decay):
    trainer = ImageTrainer(model, x, y)
    momentum = tf.Variable(tf.zeros_like(trainer.image), trainable=False)

    def direction(g):
        size = tf.reduce_mean(tf.abs(g), axis=[1, 2, 3], keepdims=True)
        momentum.assign(momentum * decay + g / tf.maximum(size, 1e-12))
        return tf.sign(momentum)

    return trainer.fit(step_size, steps, direction, lambda image: project_linf(image, x, eps))


def pgd_l2(model, x, y, eps, step_size, steps):
    def direction(g):
        length = tf.sqrt(tf.reduce_sum(g**2, axis=[1, 2, 3], keepdims=True))
        return g / tf.maximum(length, 1e-12)

    return ImageTrainer(model, x, y).fit(step_size, steps, direction, lambda image: project_l2(image, x, eps))


def confusion(y_true, y_pred, n_classes):
    table = tf.Variable(tf.zeros((n_classes, n_classes), tf.int64))
    where = np.stack([np.asarray(y_true), np.asarray(y_pred)], axis=-1)
    table.scatter_nd_add(where, tf.ones(len(where), tf.int64))
    return table.value()
