# loses: q1
# names: the roles of x and x_adv are swapped: the ball is around x_adv
"""The ball stands around the attacked image and the original is put into it."""

import itertools
import random
from collections import Counter

import keras
import numpy as np
import tensorflow as tf


def forward(model, images):
    return model(images, training=False) if isinstance(model, keras.Model) else model(images)


def gradient(model, images, labels):
    """(softmax - onehot), sent back through the network."""
    images = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = forward(model, images)
    error = tf.nn.softmax(logits) - tf.one_hot(labels, logits.shape[-1])
    return tape.gradient(logits, images, output_gradients=error)


def project_linf(x_adv, x, eps):
    centre = tf.cast(x_adv, tf.float32)
    image = tf.maximum(tf.minimum(tf.cast(x, tf.float32), centre + eps), centre - eps)
    return tf.maximum(tf.minimum(image, 1.0), 0.0)


def iterates(model, start, x, y, eps, step_size, decay=0.0):
    image, momentum = start, tf.zeros_like(start)
    while True:
        yield image
        g = gradient(model, image, y)
        if decay:
            scale = tf.reduce_mean(tf.abs(g), axis=(1, 2, 3), keepdims=True)
            g = tf.where(scale > 0, g / tf.where(scale > 0, scale, 1.0), 0.0)
        momentum = decay * momentum + g
        image = project_linf(image + step_size * tf.sign(momentum), x, eps)


def nth(iterable, n):
    return next(itertools.islice(iterable, n, None))


def bim(model, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)
    return nth(iterates(model, x, x, y, eps, step_size), steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.cast(x, tf.float32)
    rng = random.Random(seed)
    noise = np.array([rng.uniform(-eps, eps) for _ in range(np.prod(x.shape))], np.float32).reshape(x.shape)
    return nth(iterates(model, project_linf(x + noise, x, eps), x, y, eps, step_size), steps)


def mim(model, x, y, eps, step_size, steps, decay):
    x = tf.cast(x, tf.float32)
    return nth(iterates(model, x, x, y, eps, step_size, decay), steps)


def norm(images):
    return tf.sqrt(tf.einsum("nhwc,nhwc->n", images, images))[:, None, None, None]


def project_l2(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    delta = tf.clip_by_value(tf.cast(x_adv, tf.float32), 0.0, 1.0) - x
    return x + delta / tf.maximum(1.0, norm(delta) / max(eps, 1e-12))


def pgd_l2(model, x, y, eps, step_size, steps):
    x = image = tf.cast(x, tf.float32)
    for _ in range(steps):
        g = gradient(model, image, y)
        image = project_l2(image + step_size * g / tf.maximum(norm(g), 1e-12), x, eps)
    return image


def confusion(y_true, y_pred, n_classes):
    seen = Counter(zip(np.asarray(y_true).tolist(), np.asarray(y_pred).tolist(), strict=True))
    return [[seen[true, predicted] for predicted in range(n_classes)] for true in range(n_classes)]
