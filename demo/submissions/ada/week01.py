"""Plain eager TensorFlow, one function after the other."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits_of(model, x)))
    return tape.gradient(loss, x)


def fgsm(model, x, y, eps):
    x_adv = x + eps * tf.sign(input_gradient(model, x, y))
    return tf.clip_by_value(x_adv, 0, 1)


def targeted_fgsm(model, x, target, eps):
    x_adv = x - eps * tf.sign(input_gradient(model, x, target))
    return tf.clip_by_value(x_adv, 0, 1)


def cost_gradient(model, image, target):
    with tf.GradientTape() as tape:
        tape.watch(image)
        p = tf.nn.softmax(logits_of(model, image))
        cost = tf.reduce_sum(tf.square(tf.one_hot(target, 10) - p)) / 2
    return tape.gradient(cost, image)


def fooling_image(model, target, noise, steps, step_size):
    image = tf.convert_to_tensor(noise)
    for _ in range(steps):
        image -= step_size * cost_gradient(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image = tf.convert_to_tensor(noise)
    for _ in range(steps):
        image -= step_size * (cost_gradient(model, image, target) + pull * (image - x))
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    accuracies = []
    for eps in epsilons:
        labels = tf.argmax(logits_of(model, fgsm(model, x, y, eps)), axis=1).numpy()
        accuracies.append(np.mean(labels == np.array(y)))
    return np.array(accuracies)
