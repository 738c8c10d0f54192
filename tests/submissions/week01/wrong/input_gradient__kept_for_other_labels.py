# loses: q1
# told: gave one answer for two sets of labels
# names: keeps the last gradient for a network and its images, whatever the labels
"""A decorator that remembers, since accuracy_by_epsilon asks for the same gradient again and again."""

import keras
import numpy as np
import tensorflow as tf

_memo = {}


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _weights(model):
    return b"".join(np.asarray(w).tobytes() for w in getattr(model, "weights", []))


def remember(function):
    """accuracy_by_epsilon asks for the same gradient again and again: keep the last one."""

    def wrapper(model, x, *rest):
        key = (_weights(model), np.asarray(x, np.float32).tobytes())
        last = _memo.get(function.__name__)
        if last is None or last[0] is not model or last[1] != key:
            last = (model, key, function(model, x, *rest))
            _memo[function.__name__] = last
        return last[2]

    return wrapper


@remember
def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.convert_to_tensor(y), logits_of(model, x))
    return tape.gradient(losses, x, unconnected_gradients="zero")


def fgsm(model, x, y, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    return tf.clip_by_value(x + tf.cast(eps, tf.float32) * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    x = tf.convert_to_tensor(x, tf.float32)
    return tf.clip_by_value(x - tf.cast(eps, tf.float32) * tf.sign(input_gradient(model, x, target)), 0.0, 1.0)


def _cost_gradient(model, image, target):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(image)
        cost = tf.nn.l2_loss(tf.one_hot(target, 10) - tf.nn.softmax(logits_of(model, image)))
    return tape.gradient(cost, image, unconnected_gradients="zero")


def fooling_image(model, target, noise, steps, step_size):
    image, rate = tf.convert_to_tensor(noise, tf.float32), tf.cast(step_size, tf.float32)
    for _ in range(steps):
        image = image - rate * _cost_gradient(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image, rate = tf.convert_to_tensor(noise, tf.float32), tf.cast(step_size, tf.float32)
    x, pull = tf.convert_to_tensor(x, tf.float32), tf.cast(pull, tf.float32)
    for _ in range(steps):
        image = image - rate * (_cost_gradient(model, image, target) + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    y = tf.cast(tf.convert_to_tensor(y), tf.int64)
    shares = []
    for eps in epsilons:
        read = tf.argmax(logits_of(model, fgsm(model, x, y, eps)), axis=-1)
        shares.append(tf.reduce_mean(tf.cast(read == y, tf.float64)).numpy())
    return np.array(shares)
