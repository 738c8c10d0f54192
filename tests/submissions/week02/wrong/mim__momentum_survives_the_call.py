# loses: q4
# told: kept from call to call
# names: the momentum survives the call: the next attack starts with it
"""The velocity lives in the module and is made anew only where the shape changes."""

import keras
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def gradient(model, x, y):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x)


def project_linf(x_adv, x, eps):
    x_adv = tf.clip_by_value(x_adv, x - eps, x + eps)
    return tf.clip_by_value(x_adv, 0.0, 1.0)


def climb(model, start, x, y, eps, step_size, steps):
    x_adv = start
    for _ in range(steps):
        x_adv = project_linf(x_adv + step_size * tf.sign(gradient(model, x_adv, y)), x, eps)
    return x_adv


def bim(model, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, tf.float32)
    return climb(model, x, x, y, eps, step_size, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    noise = tf.random.stateless_uniform(tf.shape(x), seed=[seed, 7], minval=-eps, maxval=eps)
    return climb(model, project_linf(x + noise, x, eps), x, y, eps, step_size, steps)


kept = {}


def mim(model, x, y, eps, step_size, steps, decay):
    x = tf.convert_to_tensor(x, tf.float32)
    momentum = kept.setdefault(tuple(x.shape), tf.Variable(tf.zeros_like(x)))
    x_adv = x
    for _ in range(steps):
        g = gradient(model, x_adv, y)
        g = g / tf.maximum(tf.reduce_mean(tf.abs(g), axis=[1, 2, 3], keepdims=True), 1e-12)
        momentum.assign(decay * momentum + g)
        x_adv = project_linf(x_adv + step_size * tf.sign(momentum), x, eps)
    return x_adv


def length(t):
    return tf.sqrt(tf.reduce_sum(tf.square(t), axis=[1, 2, 3], keepdims=True))


def project_l2(x_adv, x, eps):
    delta = tf.clip_by_value(x_adv, 0.0, 1.0) - x
    return x + delta * tf.minimum(1.0, eps / tf.maximum(length(delta), 1e-12))


def pgd_l2(model, x, y, eps, step_size, steps):
    x = tf.convert_to_tensor(x, tf.float32)
    x_adv = x
    for _ in range(steps):
        g = gradient(model, x_adv, y)
        x_adv = project_l2(x_adv + step_size * g / tf.maximum(length(g), 1e-12), x, eps)
    return x_adv


def confusion(y_true, y_pred, n_classes):
    return tf.math.confusion_matrix(y_true, y_pred, num_classes=n_classes)
