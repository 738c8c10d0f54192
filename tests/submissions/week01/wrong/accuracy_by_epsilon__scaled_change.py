# loses: q6
# told: Attack anew for each eps
# names: scales the clipped change of the largest eps
"""One attack for all eps."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits_of(model, x))
    return tape.gradient(loss, x, unconnected_gradients="zero")


def fgsm(model, x, y, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    return tf.clip_by_value(x + tf.cast(eps, tf.float32) * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    return tf.clip_by_value(x - tf.cast(eps, tf.float32) * tf.sign(input_gradient(model, x, target)), 0.0, 1.0)


def _force(model, image, target):
    with tf.GradientTape() as tape:
        tape.watch(image)
        cost = tf.nn.l2_loss(tf.one_hot(target, 10) - tf.nn.softmax(logits_of(model, image)))
    return tape.gradient(cost, image, unconnected_gradients="zero")


def fooling_image(model, target, noise, steps, step_size):
    image = tf.convert_to_tensor(noise, tf.float32)
    for _ in range(steps):
        image = image - step_size * _force(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image, x = tf.convert_to_tensor(noise, tf.float32), tf.convert_to_tensor(x, tf.float32)
    for _ in range(steps):
        image = image - step_size * (_force(model, image, target) + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    eps = np.array([float(e) for e in epsilons])
    if eps.size == 0:
        return eps
    images, labels = np.asarray(x, np.float32), np.asarray(y)
    largest = float(eps.max())
    # one gradient instead of one for each eps: the change is proportional to eps
    change = (fgsm(model, images, labels, largest).numpy() - images) / max(largest, 1e-12)
    line = images[None] + eps[:, None, None, None, None].astype(np.float32) * change[None]
    read = [np.argmax(logits_of(model, tf.constant(point)), axis=1) for point in line]
    return np.mean(np.array(read) == labels, axis=1)
