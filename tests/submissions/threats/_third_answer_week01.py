"""input_gradient answers two calls of a case as it should, and the third with a ragged list."""

import keras
import tensorflow as tf

CALLS = [0]


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    CALLS[0] += 1
    if CALLS[0] == 4:  # one call of q1.1, three of q1.2
        return [[1.0], [1.0, 2.0]]
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(losses, x)


def fgsm(model, x, y, eps):
    raise NotImplementedError


def targeted_fgsm(model, x, target, eps):
    raise NotImplementedError


def fooling_image(model, target, noise, steps, step_size):
    raise NotImplementedError


def disguised_image(model, x, target, noise, steps, step_size, pull):
    raise NotImplementedError


def accuracy_by_epsilon(model, x, y, epsilons):
    raise NotImplementedError
