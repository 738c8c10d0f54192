# loses: q3
# told: what is trainable in the model had changed
# names: leaves the network frozen
"""Freezes the network, as PyTorch people do before they attack."""

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage
from course.measures import accuracy


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    images = tf.Variable(tf.cast(x, tf.float32))
    with tf.GradientTape() as tape:
        loss = criterion(tf.cast(y, tf.int64), logits_of(model, tf.identity(images)))
    return tf.convert_to_tensor(tape.gradient(loss, images))


def binary_threshold(x, threshold):
    return tf.cast(tf.greater(tf.cast(x, tf.float32), threshold), tf.float32)


def gaussian_blur(x, sigma):
    images = np.array(x, dtype=np.float32)
    return np.stack([ndimage.gaussian_filter(image, sigma, axes=(0, 1)) for image in images])


def percentile_filter(x, percentile, size):
    return ndimage.percentile_filter(np.asarray(x, np.float32), percentile, size=(1, size, size, 1))


def eval_mode(network):
    """requires_grad_(False) and eval() in one: Keras' batch normalisation keeps still in a frozen network."""
    for module in getattr(network, "layers", [network]):
        if hasattr(module, "trainable"):
            module.trainable = False
    return network


def defend(model, transform):
    network = eval_mode(model)
    return lambda x: logits_of(network, tf.convert_to_tensor(transform(x), dtype=tf.float32))


def defence_report(model, transform, x, y, x_adv):
    defended = defend(model, transform)
    return {
        "clean": accuracy(model, x, y),
        "clean_defended": accuracy(defended, x, y),
        "attacked": accuracy(model, x_adv, y),
        "attacked_defended": accuracy(defended, x_adv, y),
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = np.array(x, np.float32)
    lower, upper = np.clip(x - float(eps), 0, 1), np.clip(x + float(eps), 0, 1)
    x_adv = x
    for _ in range(steps):
        g = input_gradient(model, np.asarray(transform(x_adv), np.float32), y)
        x_adv = np.clip(x_adv + float(step_size) * np.sign(g), lower, upper)
    return x_adv


def randomised_logits(model, x, noise):
    x = np.asarray(x, np.float32)
    return np.mean([np.asarray(logits_of(model, x + one)) for one in np.asarray(noise, np.float32)], axis=0)


def eot_gradient(model, x, y, noise):
    x = np.asarray(x, np.float32)
    gradients = [np.asarray(input_gradient(model, x + one, y)) for one in np.asarray(noise, np.float32)]
    return np.mean(gradients, axis=0)
