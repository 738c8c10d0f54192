# loses: q5
# told: Is there a division by zero
# names: nothing divided by nothing where eps is 0 and the image has not moved
"""Week 2, with an optimizer that moves a variable."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.cast(x, tf.float32)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = loss_fn(y, logits_of(model, x))
    return tape.gradient(losses, x)


def project_linf(x_adv, x, eps):
    x_adv = tf.cast(x_adv, tf.float32)
    x = tf.cast(x, tf.float32)
    x_adv = tf.where(x_adv > x + eps, x + eps, x_adv)
    x_adv = tf.where(x_adv < x - eps, x - eps, x_adv)
    x_adv = tf.where(x_adv > 1.0, 1.0, x_adv)
    x_adv = tf.where(x_adv < 0.0, 0.0, x_adv)
    return x_adv


def bim(model, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)
    image = tf.Variable(x, constraint=lambda v: project_linf(v, x, eps))
    optimizer = keras.optimizers.SGD(learning_rate=float(step_size))
    for _ in range(steps):
        gradient = input_gradient(model, image.read_value(), y)
        # the optimizer goes down, I want to go up
        optimizer.apply_gradients([(-tf.sign(gradient), image)])
    return image.read_value()


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.cast(x, tf.float32)
    random = tf.random.Generator.from_seed(seed)
    start = project_linf(x + random.uniform(x.shape, minval=-eps, maxval=eps), x, eps)
    image = tf.Variable(start, constraint=lambda v: project_linf(v, x, eps))
    optimizer = keras.optimizers.SGD(learning_rate=float(step_size))
    for _ in range(steps):
        gradient = input_gradient(model, image.read_value(), y)
        optimizer.apply_gradients([(-tf.sign(gradient), image)])
    return image.read_value()


def mim(model, x, y, eps, step_size, steps, decay):
    x = tf.cast(x, tf.float32)
    image = tf.Variable(x, constraint=lambda v: project_linf(v, x, eps))
    momentum = tf.Variable(tf.zeros_like(x))
    optimizer = keras.optimizers.SGD(learning_rate=float(step_size))
    for _ in range(steps):
        gradient = input_gradient(model, image.read_value(), y)
        scale = tf.reduce_mean(tf.abs(gradient), axis=(1, 2, 3), keepdims=True)
        momentum.assign(decay * momentum + gradient / tf.maximum(scale, 1e-12))
        optimizer.apply_gradients([(-tf.sign(momentum.read_value()), image)])
    return image.read_value()


def project_l2(x_adv, x, eps):
    x = tf.cast(x, tf.float32)
    delta = tf.clip_by_value(tf.cast(x_adv, tf.float32), 0.0, 1.0) - x
    return x + tf.clip_by_norm(delta, eps, axes=[1, 2, 3])


def pgd_l2(model, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)
    image = tf.Variable(x, constraint=lambda v: project_l2(v, x, eps))
    optimizer = keras.optimizers.SGD(learning_rate=float(step_size))
    for _ in range(steps):
        gradient = input_gradient(model, image.read_value(), y)
        direction = tf.math.l2_normalize(gradient, axis=[1, 2, 3], epsilon=1e-24)
        optimizer.apply_gradients([(-direction, image)])
    return image.read_value()


def confusion(y_true, y_pred, n_classes):
    y_true = np.array(y_true)
    y_pred = np.array(y_pred)
    rows = []
    for k in range(n_classes):
        # what the images of class k were taken for
        rows.append(np.bincount(y_pred[y_true == k], minlength=n_classes))
    return np.stack(rows)
