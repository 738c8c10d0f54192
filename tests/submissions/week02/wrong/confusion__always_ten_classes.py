# loses: q6
# told: it has n_classes rows and n_classes columns, whatever the labels are
# names: ignores n_classes and always returns a 10 x 10 matrix
"""Week 2: iterate, with momentum. My solution, built from small helpers."""

import keras
import numpy as np
import tensorflow as tf

TINY = 1e-12
PIXEL_AXES = [1, 2, 3]


# ---------------------------------------------------------------- helpers


def logits_of(model, x):
    """The logits (n, 10) of the images `x`. This one is given."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def as_images(x):
    return tf.convert_to_tensor(x, dtype=tf.float32)


def as_labels(y):
    return tf.cast(tf.convert_to_tensor(y), tf.int64)


def allowed_range(x, eps):
    """Smallest and largest value that each pixel may take."""
    return tf.maximum(x - eps, 0.0), tf.minimum(x + eps, 1.0)


def stay_between(images, low, high):
    return tf.minimum(tf.maximum(images, low), high)


def mean_per_image(t):
    return tf.reduce_mean(t, axis=PIXEL_AXES, keepdims=True)


def length_per_image(t):
    return tf.sqrt(tf.reduce_sum(tf.square(t), axis=PIXEL_AXES, keepdims=True))


def losses_of(model, images, labels):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits_of(model, images))


# ---------------------------------------------------------------- from week 1


def input_gradient(model, x, y):
    images, labels = as_images(x), as_labels(y)
    with tf.GradientTape() as tape:
        tape.watch(images)
        losses = losses_of(model, images, labels)
    return tape.gradient(losses, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)


# ---------------------------------------------------------------- q1


def project_linf(x_adv, x, eps):
    x_adv, x = as_images(x_adv), as_images(x)
    in_ball = tf.clip_by_value(x_adv, x - eps, x + eps)
    return tf.clip_by_value(in_ball, 0.0, 1.0)


# ---------------------------------------------------------------- q2


def bim(model, x, y, eps, step_size, steps):
    x = as_images(x)
    low, high = allowed_range(x, eps)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        x_adv = stay_between(x_adv + step_size * tf.sign(g), low, high)
    return x_adv


# ---------------------------------------------------------------- q3


def random_noise(shape, eps, seed):
    return tf.random.stateless_uniform(shape, seed=[seed, 0], minval=-eps, maxval=eps)


def pgd(model, x, y, eps, step_size, steps, seed):
    x = as_images(x)
    low, high = allowed_range(x, eps)
    x_adv = stay_between(x + random_noise(x.shape, eps, seed), low, high)
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        x_adv = stay_between(x_adv + step_size * tf.sign(g), low, high)
    return x_adv


# ---------------------------------------------------------------- q4


def mim(model, x, y, eps, step_size, steps, decay):
    x = as_images(x)
    low, high = allowed_range(x, eps)
    x_adv = x
    momentum = tf.zeros_like(x)
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        g = g / tf.maximum(mean_per_image(tf.abs(g)), TINY)
        momentum = decay * momentum + g
        x_adv = stay_between(x_adv + step_size * tf.sign(momentum), low, high)
    return x_adv


# ---------------------------------------------------------------- q5


def project_l2(x_adv, x, eps):
    x_adv, x = as_images(x_adv), as_images(x)
    clipped = tf.clip_by_value(x_adv, 0.0, 1.0)
    delta = clipped - x
    factor = tf.minimum(1.0, eps / tf.maximum(length_per_image(delta), TINY))
    return x + delta * factor


def pgd_l2(model, x, y, eps, step_size, steps):
    x = as_images(x)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, x_adv, y)
        direction = g / tf.maximum(length_per_image(g), TINY)
        x_adv = project_l2(x_adv + step_size * direction, x, eps)
    return x_adv


# ---------------------------------------------------------------- q6


def confusion(y_true, y_pred, n_classes):
    matrix = np.zeros((10, 10), dtype=np.int64)
    for true, predicted in zip(np.asarray(y_true), np.asarray(y_pred)):
        matrix[true, predicted] += 1
    return matrix
