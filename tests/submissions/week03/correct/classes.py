# loses: nothing
"""A classifier, a defended classifier that is one, a report that measures itself, filters that are objects."""

from dataclasses import asdict, dataclass

import keras
import numpy as np
import scipy.ndimage
import tensorflow as tf


class Classifier:
    def __init__(self, model):
        self.model = model

    def __call__(self, images):
        images = tf.convert_to_tensor(np.asarray(images), dtype=tf.float32)
        return self.logits(images)

    def logits(self, images):
        return self.model(images, training=False) if isinstance(self.model, keras.Model) else self.model(images)

    def loss(self, images, labels):
        log_p = tf.nn.log_softmax(self.logits(images), axis=1)
        return -tf.reduce_sum(log_p * tf.one_hot(labels, 10), axis=1)

    def accuracy(self, images, labels):
        return float(np.count_nonzero(np.argmax(self(images), 1) == np.asarray(labels))) / len(labels)


class Defended(Classifier):
    def __init__(self, model, transform):
        super().__init__(model)
        self.transform = transform

    def __call__(self, images):
        return super().__call__(self.transform(images))


@dataclass
class Report:
    clean: float
    clean_defended: float
    attacked: float
    attacked_defended: float


class Filter:
    def __call__(self, x):
        flat = np.squeeze(np.array(x, np.float32), axis=-1)
        return np.stack([self.apply(image) for image in flat])[..., np.newaxis].astype(np.float32)


@dataclass
class Gaussian(Filter):
    sigma: float

    def apply(self, image):
        for axis in (0, 1):
            image = scipy.ndimage.gaussian_filter1d(image, self.sigma, axis=axis) if self.sigma else image
        return image


@dataclass
class Percentile(Filter):
    percentile: float
    size: int

    def apply(self, image):
        return scipy.ndimage.percentile_filter(image, self.percentile, footprint=np.ones((self.size, self.size)))


def binary_threshold(x, threshold):
    return (np.array(x) > threshold).astype("float32")


def gaussian_blur(x, sigma):
    return Gaussian(sigma)(x)


def percentile_filter(x, percentile, size):
    return Percentile(percentile, size)(x)


def defend(model, transform):
    return Defended(model, transform)


def defence_report(model, transform, x, y, x_adv):
    plain, defended = Classifier(model), Defended(model, transform)
    report = Report(plain.accuracy(x, y), defended.accuracy(x, y), plain.accuracy(x_adv, y), defended.accuracy(x_adv, y))
    return asdict(report)


class StraightThrough:
    """BIM on what the transform lets through."""

    def __init__(self, defended, x, y, eps):
        self.defended, self.x, self.y, self.eps = defended, x, y, eps

    def gradient(self, image):
        seen = tf.Variable(tf.cast(self.defended.transform(image), tf.float32))
        with tf.GradientTape() as tape:
            loss = self.defended.loss(tf.identity(seen), self.y)
        return tape.gradient(loss, seen)

    def run(self, step_size, steps):
        image = self.x
        for _ in range(steps):
            delta = image + step_size * tf.sign(self.gradient(image)) - self.x
            image = tf.clip_by_value(self.x + tf.clip_by_value(delta, -self.eps, self.eps), 0.0, 1.0)
        return image


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(np.asarray(x), dtype=tf.float32)
    return StraightThrough(Defended(model, transform), x, y, eps).run(step_size, steps)


class Randomised(Classifier):
    def __init__(self, model, noise):
        super().__init__(model)
        self.noise = tf.unstack(tf.convert_to_tensor(np.asarray(noise), dtype=tf.float32))

    def __call__(self, images):
        return tf.add_n([tf.convert_to_tensor(self.logits(images + noise)) for noise in self.noise]) / len(self.noise)

    def gradient(self, images, labels):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.add_n([self.loss(images + noise, labels) for noise in self.noise]) / len(self.noise)
        return tape.gradient(loss, images)


def randomised_logits(model, x, noise):
    return Randomised(model, noise)(tf.convert_to_tensor(np.asarray(x), dtype=tf.float32))


def eot_gradient(model, x, y, noise):
    return Randomised(model, noise).gradient(tf.convert_to_tensor(np.asarray(x), dtype=tf.float32), y)
