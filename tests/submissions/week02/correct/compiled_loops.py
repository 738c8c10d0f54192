# loses: nothing
"""Whole attacks are compiled: the loop itself is in the graph, images are rows, the chain rule is written out."""

import keras
import tensorflow as tf


def rows(images):
    images = tf.cast(images, tf.float32)
    return tf.reshape(images, (tf.shape(images)[0], -1))


def slope_of(model, shape, y):
    """The loss's gradient by row: softmax minus one-hot, times the Jacobian of the logits."""

    def slope(flat):
        with tf.GradientTape() as tape:
            tape.watch(flat)
            images = tf.reshape(flat, shape)
            logits = model(images, training=False) if isinstance(model, keras.Model) else model(images)
        jacobian = tape.batch_jacobian(logits, flat)
        error = tf.nn.softmax(logits) - tf.one_hot(tf.cast(y, tf.int32), tf.shape(logits)[-1])
        return tf.einsum("nc,ncp->np", error, jacobian)

    return slope


def row_norms(flat):
    return tf.sqrt(tf.reduce_sum(flat * flat, axis=1, keepdims=True))


def box(flat, low, high):
    return tf.minimum(tf.maximum(flat, low), high)


def limits(flat, eps):
    return tf.maximum(flat - eps, 0.0), tf.minimum(flat + eps, 1.0)


def project_linf(x_adv, x, eps):
    low, high = limits(rows(x), tf.cast(eps, tf.float32))
    return tf.reshape(box(rows(x_adv), low, high), tf.shape(x))


def signed_loop(model, x, start, y, eps, step_size, steps, decay=0.0):
    shape = tf.shape(x)
    slope = slope_of(model, shape, y)
    low, high = limits(rows(x), eps)

    @tf.function
    def run(flat, steps):
        velocity = tf.zeros_like(flat)
        for _ in tf.range(steps):
            g = slope(flat)
            velocity = decay * velocity + tf.math.divide_no_nan(g, tf.reduce_mean(tf.abs(g), 1, keepdims=True))
            flat = box(flat + step_size * tf.sign(velocity), low, high)
        return flat

    return tf.reshape(run(start, tf.constant(steps)), shape)


def bim(model, x, y, eps, step_size, steps):
    return signed_loop(model, x, rows(x), y, eps, step_size, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    flat = rows(x)
    noise = tf.random.stateless_uniform(tf.shape(flat), seed=(seed, 2), minval=-1.0, maxval=1.0)
    return signed_loop(model, x, box(flat + eps * noise, *limits(flat, eps)), y, eps, step_size, steps)


def mim(model, x, y, eps, step_size, steps, decay):
    return signed_loop(model, x, rows(x), y, eps, step_size, steps, decay)


def into_l2(flat, centre, eps):
    change = box(flat, 0.0, 1.0) - centre
    length = row_norms(change)
    return centre + tf.where(length > eps, change * tf.math.divide_no_nan(tf.cast(eps, tf.float32), length), change)


def project_l2(x_adv, x, eps):
    return tf.reshape(into_l2(rows(x_adv), rows(x), eps), tf.shape(x))


def pgd_l2(model, x, y, eps, step_size, steps):
    shape, centre = tf.shape(x), rows(x)
    slope = slope_of(model, shape, y)

    @tf.function
    def run(flat, steps):
        for _ in tf.range(steps):
            g = slope(flat)
            flat = into_l2(flat + step_size * tf.math.divide_no_nan(g, row_norms(g)), centre, eps)
        return flat

    return tf.reshape(run(centre, tf.constant(steps)), shape)


def confusion(y_true, y_pred, n_classes):
    return tf.matmul(tf.one_hot(y_true, n_classes), tf.one_hot(y_pred, n_classes), transpose_a=True)
