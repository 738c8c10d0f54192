# loses: q2
# told: Your steps are at most eps long
# names: a step that is longer than eps is cut to eps
"""Week 2. One step of each attack is compiled with tf.function."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    """The logits (n, 10) of the images `x` (given)."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


PIXELS = (1, 2, 3)


def as_images(x):
    return tf.convert_to_tensor(x, dtype=tf.float32)


def as_labels(y):
    return tf.cast(tf.convert_to_tensor(y), tf.int32)


def gradient(model, images, labels):
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits_of(model, images))
    return tape.gradient(loss, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def box(images, x, eps):
    low = tf.maximum(x - eps, 0.0)
    high = tf.minimum(x + eps, 1.0)
    return tf.minimum(tf.maximum(images, low), high)


def length(images):
    return tf.sqrt(tf.reduce_sum(images * images, axis=PIXELS, keepdims=True))


def signed_steps(model, start, x, y, eps, step_size, steps):
    @tf.function(autograph=False)
    def step(images):
        return box(images + step_size * tf.sign(gradient(model, images, y)), x, eps)

    images = start
    for _ in range(steps):
        images = step(images)
    return images


def input_gradient(model, x, y):
    return gradient(model, as_images(x), as_labels(y))


def project_linf(x_adv, x, eps):
    return box(as_images(x_adv), as_images(x), float(eps))


def bim(model, x, y, eps, step_size, steps):
    x = as_images(x)
    step_size = min(float(step_size), float(eps))  # a longer step would leave the ball anyway
    return signed_steps(model, x, x, as_labels(y), float(eps), step_size, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    x, eps = as_images(x), float(eps)
    noise = tf.random.stateless_uniform(tf.shape(x), seed=np.array([seed, 2], dtype=np.int64), minval=-eps, maxval=eps)
    return signed_steps(model, box(x + noise, x, eps), x, as_labels(y), eps, float(step_size), steps)


def mim(model, x, y, eps, step_size, steps, decay):
    x, y = as_images(x), as_labels(y)
    eps, step_size, decay = float(eps), float(step_size), float(decay)

    @tf.function(autograph=False)
    def step(images, momentum):
        g = gradient(model, images, y)
        g /= tf.maximum(tf.reduce_mean(tf.abs(g), axis=PIXELS, keepdims=True), 1e-12)
        momentum = decay * momentum + g
        return box(images + step_size * tf.sign(momentum), x, eps), momentum

    images, momentum = x, tf.zeros_like(x)
    for _ in range(steps):
        images, momentum = step(images, momentum)
    return images


def project_l2(x_adv, x, eps):
    x = as_images(x)
    delta = tf.clip_by_value(as_images(x_adv), 0.0, 1.0) - x
    return x + delta * tf.minimum(1.0, float(eps) / tf.maximum(length(delta), 1e-12))


def pgd_l2(model, x, y, eps, step_size, steps):
    x, y = as_images(x), as_labels(y)
    eps, step_size = float(eps), float(step_size)

    @tf.function(autograph=False)
    def step(images):
        g = gradient(model, images, y)
        delta = tf.clip_by_value(images + step_size * g / tf.maximum(length(g), 1e-12), 0.0, 1.0) - x
        return x + delta * tf.minimum(1.0, eps / tf.maximum(length(delta), 1e-12))

    images = x
    for _ in range(steps):
        images = step(images)
    return images


def confusion(y_true, y_pred, n_classes):
    return tf.math.confusion_matrix(as_labels(y_true), as_labels(y_pred), num_classes=n_classes, dtype=tf.int32).numpy()
