# loses: nothing
"""The chain rule by hand: the Jacobian of the logits, then the loss' derivative by the logits."""

import keras
import numpy as np
import tensorflow as tf


def jacobian_and_probabilities(model, x):
    """(n, 10, 28, 28, 1) and (n, 10)."""
    x = tf.convert_to_tensor(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        logits = model(x, training=False) if isinstance(model, keras.Model) else model(x)
        columns = tf.unstack(logits, axis=1)
    jacobian = tf.stack([tape.gradient(column, x) for column in columns], axis=1)
    return jacobian, tf.nn.softmax(logits)


def chain(by_logit, jacobian):
    return tf.einsum("nk,nkhwc->nhwc", by_logit, jacobian)


def input_gradient(model, x, y):
    jacobian, p = jacobian_and_probabilities(model, x)
    return chain(p - tf.one_hot(y, 10), jacobian)


def fgsm(model, x, y, eps):
    return tf.minimum(tf.maximum(x + eps * tf.sign(input_gradient(model, x, y)), 0), 1)


def targeted_fgsm(model, x, target, eps):
    return tf.minimum(tf.maximum(x - eps * tf.sign(input_gradient(model, x, target)), 0), 1)


def cost_slope(model, image, target):
    jacobian, p = jacobian_and_probabilities(model, image)
    error = p - tf.one_hot(target, 10)
    return chain(p * (error - tf.reduce_sum(error * p, axis=1, keepdims=True)), jacobian)


def fooling_image(model, target, noise, steps, step_size):
    image = tf.convert_to_tensor(noise)
    for _ in range(steps):
        image = image - step_size * cost_slope(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image = tf.convert_to_tensor(noise)
    for _ in range(steps):
        image = image - step_size * (cost_slope(model, image, target) + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    direction = tf.sign(input_gradient(model, x, y))

    def accuracy(eps):
        attacked = tf.clip_by_value(x + float(eps) * direction, 0.0, 1.0)
        logits = model(attacked, training=False) if isinstance(model, keras.Model) else model(attacked)
        return np.mean(np.argmax(logits, axis=1) == np.asarray(y))

    return np.fromiter(map(accuracy, epsilons), dtype=np.float64)
