# loses: q6
# told: Running it in training mode is enough for that
# names: the attacked images are read in training mode
"""Functional: recursion, partial, reduce; a persistent tape."""

from functools import partial, reduce
from itertools import repeat
from operator import itemgetter

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


tensor = partial(tf.convert_to_tensor, dtype=tf.float32)


def slope(objective, at):
    """The gradient of a scalar function."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(at)
        value = objective(at)
    gradient = tape.gradient(value, at, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    del tape
    return gradient


def cross_entropy(model, labels, images):
    logits = logits_of(model, images)
    return -tf.reduce_sum(tf.one_hot(labels, 10) * tf.nn.log_softmax(logits, axis=-1))


def quadratic(model, labels, images):
    p = tf.nn.softmax(logits_of(model, images), axis=-1)
    # ½‖t − p‖² = ½ (1 − 2 p_t + ‖p‖²): the constant has no gradient
    p_target = tf.gather(p, tf.cast(labels, tf.int32), batch_dims=1)
    return tf.reduce_sum(0.5 * tf.reduce_sum(p * p, axis=-1) - p_target)


def input_gradient(model, x, y):
    return slope(partial(cross_entropy, model, y), tensor(x))


def clipped(images):
    return reduce(lambda so_far, edge: edge(so_far), (partial(tf.maximum, 0.0), partial(tf.minimum, 1.0)), images)


def fgsm(model, x, y, eps):
    up = tf.sign(input_gradient(model, x, y))
    return clipped(tf.add(tf.scalar_mul(float(eps), up), tensor(x)))


def targeted_fgsm(model, x, target, eps):
    # climbing the log-likelihood of the target is the same as descending its loss
    up = slope(lambda images: -cross_entropy(model, target, images), tensor(x))
    return clipped(tensor(x) + float(eps) * tf.sign(up))


def descend(force, step_size, image, steps):
    if steps <= 0:
        return image
    return descend(force, step_size, image - step_size * force(image), steps - 1)


def fooling_image(model, target, noise, steps, step_size):
    # steps may be more than Python's recursion limit: recurse in portions
    force = partial(slope, partial(quadratic, model, target))
    portions = [100] * (steps // 100) + [steps % 100]
    return reduce(partial(descend, force, float(step_size)), portions, tensor(noise))


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x = tensor(x)

    def move(image, _):
        force = slope(partial(quadratic, model, target), image) + float(pull) * (image - x)
        return image - float(step_size) * force

    return reduce(move, repeat(None, steps), tensor(noise))


def accuracy_by_epsilon(model, x, y, epsilons):
    def share(eps):
        images = fgsm(model, x, y, eps)
        logits = model(images, training=True) if isinstance(model, keras.Model) else model(images)
        return np.mean(np.argmax(logits, axis=1) == np.asarray(y))

    return np.array(list(map(share, epsilons)), dtype=float)
