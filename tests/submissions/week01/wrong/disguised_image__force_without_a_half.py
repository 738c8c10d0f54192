# loses: q5
"""The square has no factor of one half: the force is twice as strong."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    image = tf.Variable(x, dtype=tf.float32, trainable=True)
    with tf.GradientTape() as tape:
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, image.read_value()))
    return tape.gradient(loss, image)


def fgsm(model, x, y, eps):
    image = tf.Variable(x, dtype=tf.float32)
    image.assign_add(eps * tf.sign(input_gradient(model, x, y)))
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
    return image.read_value()


def targeted_fgsm(model, x, target, eps):
    image = tf.Variable(x, dtype=tf.float32)
    image.assign_sub(eps * tf.sign(input_gradient(model, x, target)))
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
    return image.read_value()


def descend(model, target, noise, steps, step_size, extra_cost):
    image = tf.Variable(noise, dtype=tf.float32)
    optimizer = keras.optimizers.SGD(learning_rate=step_size)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            p = tf.nn.softmax(logits_of(model, tf.identity(image)))
            cost = 0.5 * tf.reduce_sum((tf.one_hot(target, 10) - p) ** 2) + extra_cost(image)
        optimizer.apply_gradients([(tape.gradient(cost, image), image)])
    return image.read_value()


def fooling_image(model, target, noise, steps, step_size):
    return descend(model, target, noise, steps, step_size, lambda image: 0.0)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    return descend(model, target, noise, steps, step_size, lambda image: pull * tf.reduce_sum(tf.square(image - x)))


def accuracy_by_epsilon(model, x, y, epsilons):
    result = np.empty(len(epsilons))
    for i, eps in enumerate(epsilons):
        logits = logits_of(model, fgsm(model, x, y, eps)).numpy()
        result[i] = np.count_nonzero(logits.argmax(1) == np.asarray(y)) / len(logits)
    return result
