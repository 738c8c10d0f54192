# loses: q6
# names: the counts are bytes: from 256 on they begin again at 0
import keras
import tensorflow as tf
import numpy as np


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.cast(x, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        losses = tf.nn.softmax_cross_entropy_with_logits(tf.one_hot(y, 10), logits_of(model, x))
        total = tf.reduce_sum(losses)
    return tape.gradient(total, x)


def project_linf(x_adv, x, eps):
    box_low, box_high = np.maximum(0, np.asarray(x) - eps), np.minimum(1, np.asarray(x) + eps)
    return np.clip(np.asarray(x_adv), box_low, box_high).astype(np.float32)


def bim(model, x, y, eps, step_size, steps, _image=None):
    image = tf.cast(x, tf.float32) if _image is None else _image
    if steps <= 0:
        return image
    moved = image + step_size * tf.sign(input_gradient(model, image, y))
    return bim(model, x, y, eps, step_size, steps - 1, project_linf(moved, x, eps))


def pgd(model, x, y, eps, step_size, steps, seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    start = np.asarray(x) + rng.uniform(low=-eps, high=eps, size=np.shape(x)).astype(np.float32)
    return bim(model, x, y, eps, step_size, steps, project_linf(start, x, eps))


def mim(model, x, y, eps, step_size, steps, decay):
    def go(image, m, left):
        if not left:
            return image
        g = input_gradient(model, image, y)
        m = decay * m + g / (tf.reduce_mean(tf.abs(g), axis=(1, 2, 3), keepdims=True) + 1e-12)
        return go(project_linf(image + step_size * tf.sign(m), x, eps), m, left - 1)

    return go(tf.cast(x, tf.float32), 0.0, steps)


def project_l2(x_adv, x, eps):
    x = np.asarray(x, np.float32)
    delta = np.asarray(x_adv, np.float32).clip(0, 1) - x
    n = np.sqrt(np.square(delta).sum(axis=(1, 2, 3), keepdims=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(n > eps, eps / n, 1).astype(np.float32)
    return x + delta * scale


def pgd_l2(model, x, y, eps, step_size, steps):
    def go(image, left):
        if not left:
            return image
        g = input_gradient(model, image, y)
        unit = tf.math.l2_normalize(g, axis=[1, 2, 3], epsilon=1e-24)
        return go(project_l2(image + step_size * unit, x, eps), left - 1)

    return go(tf.cast(x, tf.float32), steps)


def confusion(y_true, y_pred, n_classes):
    m = np.zeros((n_classes, n_classes), dtype=np.uint8)
    np.add.at(m, (np.asarray(y_true), np.asarray(y_pred)), 1)
    return m
