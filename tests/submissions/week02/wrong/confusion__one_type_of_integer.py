# loses: q6
# told: expected to be a int64 tensor but is a int32 tensor
# names: works for int64 only
"""The perturbation is a tf.Variable that is assigned to."""
import tensorflow as tf
import keras
from numpy.random import SeedSequence, default_rng


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


class Attack:
    def __init__(self, model, x, y, eps, step_size):
        self.model, self.y, self.eps, self.step_size = model, tf.convert_to_tensor(y), eps, step_size
        self.x = tf.convert_to_tensor(x, tf.float32)
        self.delta = tf.Variable(tf.zeros_like(self.x))
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")

    @property
    def images(self):
        return self.x + self.delta

    def gradient(self):
        with tf.GradientTape() as tape:
            loss = self.loss(self.y, logits_of(self.model, self.x + self.delta))
        return tape.gradient(loss, self.delta)

    def direction(self):
        return tf.sign(self.gradient())

    def project(self, images):
        return project_linf(images, self.x, self.eps)

    def start_at(self, images):
        self.delta.assign(self.project(images) - self.x)

    def __call__(self, steps):
        for _ in range(steps):
            self.delta.assign(self.project(self.images + self.step_size * self.direction()) - self.x)
        return self.project(self.images)


class Momentum(Attack):
    def __init__(self, decay, *args):
        super().__init__(*args)
        self.decay = decay
        self.m = tf.Variable(tf.zeros_like(self.x))

    def direction(self):
        g = self.gradient()
        mean = tf.reduce_mean(tf.abs(g), axis=[-3, -2, -1], keepdims=True)
        self.m.assign(self.decay * self.m + g / tf.maximum(mean, 1e-12))
        return tf.sign(self.m)


class Euclidean(Attack):
    def direction(self):
        g = self.gradient()
        return g / tf.maximum(tf.norm(g, axis=[1, 2], keepdims=True), 1e-12)

    def project(self, images):
        return project_l2(images, self.x, self.eps)


def input_gradient(model, x, y):
    return Attack(model, x, y, 0.0, 0.0).gradient()


def project_linf(x_adv, x, eps):
    x_adv, x = tf.convert_to_tensor(x_adv, tf.float32), tf.convert_to_tensor(x, tf.float32)
    return tf.clip_by_value(tf.clip_by_value(x_adv, x - eps, x + eps), 0.0, 1.0)


def bim(model, x, y, eps, step_size, steps):
    return Attack(model, x, y, eps, step_size)(steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    attack = Attack(model, x, y, eps, step_size)
    attack.start_at(attack.x + default_rng(SeedSequence(seed)).uniform(-eps, eps, attack.x.shape).astype("float32"))
    return attack(steps)


def mim(model, x, y, eps, step_size, steps, decay):
    return Momentum(decay, model, x, y, eps, step_size)(steps)


def project_l2(x_adv, x, eps):
    x_adv, x = tf.convert_to_tensor(x_adv, tf.float32), tf.convert_to_tensor(x, tf.float32)
    delta = tf.clip_by_value(x_adv, 0.0, 1.0) - x
    norm = tf.norm(delta, axis=[1, 2], keepdims=True)  # one channel
    return x + delta * tf.minimum(1.0, eps / tf.maximum(norm, 1e-12))


def pgd_l2(model, x, y, eps, step_size, steps):
    return Euclidean(model, x, y, eps, step_size)(steps)


def confusion(y_true, y_pred, n_classes):
    y_true = tf.cast(y_true, tf.int64)
    flat = tf.math.bincount(tf.cast(y_true * n_classes + y_pred, tf.int32), minlength=n_classes**2)
    return tf.reshape(flat, [n_classes, n_classes])
