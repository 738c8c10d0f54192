# loses: nothing
"""The whole descent is one traced graph: AutoGraph turns the loop over tf.range into a graph loop."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    @tf.function
    def gradient(images):
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, images))
        return tf.gradients(losses, images)[0]

    return gradient(tf.cast(x, tf.float32))


def fgsm(model, x, y, eps):
    return tf.clip_by_value(x + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return tf.clip_by_value(x - eps * tf.sign(input_gradient(model, x, target)), 0.0, 1.0)


def fooling_image(model, target, noise, steps, step_size):
    return disguised_image(model, noise, target, noise, steps, step_size, 0.0)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    @tf.function
    def descend(image, anchor, steps):
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(image)
                error = tf.one_hot(target, 10) - tf.nn.softmax(logits_of(model, image))
                cost = 0.5 * tf.reduce_sum(error * error)
            image = image - step_size * (tape.gradient(cost, image) + pull * (image - anchor))
        return image

    return descend(tf.cast(noise, tf.float32), tf.cast(x, tf.float32), tf.constant(steps))


def accuracy_by_epsilon(model, x, y, epsilons):
    direction = tf.sign(input_gradient(model, x, y))
    attacked = [tf.clip_by_value(x + eps * direction, 0.0, 1.0) for eps in epsilons]
    logits = logits_of(model, tf.concat(attacked, axis=0)).numpy()
    hits = logits.argmax(axis=-1).reshape(len(epsilons), -1) == np.asarray(y)
    return hits.mean(axis=1)
