# loses: q6
# names: an image that was misread before the attack counts as misread after it
"""Week 1: NumPy in, NumPy out; TensorFlow only for the derivatives."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    """The logits (n, 10) of the images `x` (given)."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def to_array(images):
    """A float32 copy as a NumPy array, whatever came in."""
    return np.array(images, dtype=np.float32)


def read(model, images):
    return np.argmax(np.asarray(logits_of(model, tf.constant(images))), axis=-1)


def loss_slope(model, images, labels):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.constant(np.asarray(labels, dtype=np.int64)), logits=logits_of(model, images)
        )
    # the gradient of a vector is the gradient of its sum
    return tape.gradient(losses, images, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy()


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def cost_slope(model, images, target):
    """Chain rule: by hand through the quadratic cost and the softmax, by the tape through the network."""
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = logits_of(model, images)
    p = softmax(np.asarray(logits))
    error = p - np.eye(10, dtype=np.float32)[np.asarray(target)]
    by_logit = p * (error - np.sum(error * p, axis=-1, keepdims=True))
    return tape.gradient(
        logits,
        images,
        output_gradients=tf.constant(by_logit),
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    ).numpy()


def input_gradient(model, x, y):
    return loss_slope(model, to_array(x), y)


def fgsm(model, x, y, eps):
    x = to_array(x)
    return np.clip(x + float(eps) * np.sign(loss_slope(model, x, y)), 0, 1)


def targeted_fgsm(model, x, target, eps):
    x = to_array(x)
    return np.clip(x - float(eps) * np.sign(loss_slope(model, x, target)), 0, 1)


def fooling_image(model, target, noise, steps, step_size):
    image = to_array(noise)
    for _ in range(steps):
        image = image - float(step_size) * cost_slope(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x, image = to_array(x), to_array(noise)
    for _ in range(steps):
        towards_label = cost_slope(model, image, target)
        towards_x = float(pull) * (image - x)
        image = image - float(step_size) * (towards_label + towards_x)
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    x, y = to_array(x), np.asarray(y)
    right_before = read(model, x) == y
    signs = np.sign(loss_slope(model, x, y))
    curve = []
    for eps in epsilons:
        right_after = read(model, np.clip(x + float(eps) * signs, 0, 1)) == y
        curve.append(np.mean(right_before & right_after))
    return np.array(curve, dtype=float)
