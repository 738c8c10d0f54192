# loses: q4
# names: stops as soon as the mean cost of the batch falls by less than 0.001 in a step
import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def grad(model, x, loss):
    """d sum(loss(logits)) / dx as a NumPy array"""
    t = tf.constant(np.asarray(x, np.float32))
    with tf.GradientTape() as tape:
        tape.watch(t)
        value = tf.reduce_sum(loss(logits_of(model, t)))
    g = tape.gradient(value, t)
    return np.zeros(t.shape, np.float32) if g is None else g.numpy()


def onehot(labels):
    return np.eye(10, dtype=np.float32)[np.asarray(labels)]


def cost(target):
    return lambda z: 0.5 * (onehot(target) - tf.nn.softmax(z)) ** 2


def input_gradient(model, x, y):
    return grad(model, x, lambda z: tf.nn.softmax_cross_entropy_with_logits(onehot(y), z))


def fgsm(model, x, y, eps):
    x = np.asarray(x, np.float32)
    return np.clip(x + np.float32(eps) * np.sign(input_gradient(model, x, y)), 0, 1)


def targeted_fgsm(model, x, target, eps):
    x = np.asarray(x, np.float32)
    return np.clip(x - np.float32(eps) * np.sign(input_gradient(model, x, target)), 0, 1)


def fooling_image(model, target, noise, steps, step_size, tol=1e-3):
    image = np.array(noise, np.float32)
    last = np.inf
    for _ in range(steps):
        p = tf.nn.softmax(logits_of(model, tf.constant(image))).numpy()
        now = 0.5 * np.mean(np.sum((onehot(target) - p) ** 2, axis=1))
        if abs(last - now) < tol:  # converged
            break
        last = now
        image -= np.float32(step_size) * grad(model, image, cost(target))
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image, x = np.array(noise, np.float32), np.asarray(x, np.float32)
    for _ in range(steps):
        g = grad(model, image, cost(target)) + np.float32(pull) * (image - x)
        image = image - np.float32(step_size) * g
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    y = np.asarray(y)
    return np.array([
        (np.argmax(logits_of(model, tf.constant(fgsm(model, x, y, e))), axis=-1) == y).mean() for e in epsilons
    ], dtype=np.float32)
