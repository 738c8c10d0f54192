# loses: q5
# told: Is there a division by zero
# names: zero gradient gives NaN (division by zero, no guard)
"""An image whose gradient is zero becomes NaN."""

import keras
import tensorflow as tf


def make_gradient(model, y):
    y = tf.cast(y, tf.int32)

    @tf.function(reduce_retracing=True)
    def gradient(images):
        logits = model(images, training=False) if isinstance(model, keras.Model) else model(images)
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        return tf.gradients(loss, [images])[0]

    return gradient


def project_linf(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    delta = tf.clip_by_value(tf.cast(x_adv, tf.float32) - x, -eps, eps)
    return tf.clip_by_value(x + delta, 0.0, 1.0)


def bim(model, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)
    gradient = make_gradient(model, y)
    image = tf.identity(x)
    for _ in range(steps):
        image = image + step_size * tf.sign(gradient(image))
        image = tf.minimum(tf.maximum(image, x - eps), x + eps)
        image = tf.minimum(tf.maximum(image, 0.0), 1.0)
    return image


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.cast(x, tf.float32)
    gradient = make_gradient(model, y)
    generator = tf.random.Generator.from_seed(seed)
    image = x + generator.uniform(x.shape, -eps, eps)
    image = tf.minimum(tf.maximum(image, 0.0), 1.0)
    for _ in range(steps):
        image = image + step_size * tf.sign(gradient(image))
        image = tf.minimum(tf.maximum(image, x - eps), x + eps)
        image = tf.minimum(tf.maximum(image, 0.0), 1.0)
    return image


def mim(model, x, y, eps, step_size, steps, decay):
    """The paper's own scale, the sum of absolute values: the signs are the same."""
    x = tf.cast(x, tf.float32)
    gradient = make_gradient(model, y)
    image, accumulated = x, tf.zeros_like(x)
    for _ in range(steps):
        g = gradient(image)
        accumulated = decay * accumulated + tf.math.divide_no_nan(g, tf.reduce_sum(tf.abs(g), (1, 2, 3), True))
        image = image + step_size * tf.sign(accumulated)
        image = tf.minimum(tf.maximum(image, x - eps), x + eps)
        image = tf.minimum(tf.maximum(image, 0.0), 1.0)
    return image


def project_l2(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    delta = tf.clip_by_value(tf.cast(x_adv, tf.float32), 0.0, 1.0) - x
    return x + tf.clip_by_norm(delta, eps, axes=[1, 2, 3]) if eps > 0 else x


def pgd_l2(model, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)
    gradient = make_gradient(model, y)
    image = x
    for _ in range(steps):
        g = gradient(image)
        image = image + step_size * g / tf.sqrt(tf.reduce_sum(g**2, axis=(1, 2, 3), keepdims=True))
        image = project_l2(image, x, eps)
    return image


def confusion(y_true, y_pred, n_classes):
    cells = tf.cast(y_true, tf.int32) * n_classes + tf.cast(y_pred, tf.int32)
    return tf.reshape(tf.math.bincount(cells, minlength=n_classes**2, maxlength=n_classes**2), (n_classes, n_classes))
