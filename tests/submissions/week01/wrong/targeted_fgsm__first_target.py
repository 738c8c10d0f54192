# loses: q3
# names: every image goes towards the first target
"""By the chain rule: the derivative of the loss at the logits, times the Jacobian of the network."""
import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def logits_and_jacobian(model, x):
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = logits_of(model, x)
    return z, tape.batch_jacobian(z, x, experimental_use_pfor=True)


def input_gradient(model, x, y):
    z, jacobian = logits_and_jacobian(model, x)
    return tf.einsum("nk,nkhwc->nhwc", tf.nn.softmax(z) - tf.one_hot(y, 10), jacobian)


def fgsm(model, x, y, eps):
    x = tf.cast(x, tf.float32)
    up = tf.cast(eps, tf.float32) * tf.sign(input_gradient(model, x, y))
    return tf.clip_by_value(x + up, 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    x = tf.cast(x, tf.float32)
    target = tf.fill([len(x)], target[0])
    up = tf.cast(eps, tf.float32) * tf.sign(input_gradient(model, x, target))
    return tf.clip_by_value(x - up, 0.0, 1.0)


def cost_gradient(model, image, target):
    z, jacobian = logits_and_jacobian(model, image)
    p = tf.nn.softmax(z)
    error = p - tf.one_hot(target, 10)
    softmax_jacobian = tf.linalg.diag(p) - tf.einsum("ni,nj->nij", p, p)
    return tf.einsum("ni,nij,njhwc->nhwc", error, softmax_jacobian, jacobian)


def fooling_image(model, target, noise, steps, step_size):
    if steps == 0:
        return tf.cast(noise, tf.float32)
    image = fooling_image(model, target, noise, steps - 1, step_size)
    return image - step_size * cost_gradient(model, image, target)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    if steps == 0:
        return tf.cast(noise, tf.float32)
    image = disguised_image(model, x, target, noise, steps - 1, step_size, pull)
    return image - step_size * (cost_gradient(model, image, target) + pull * (image - x))


def accuracy_by_epsilon(model, x, y, epsilons):
    # all epsilons in one batch
    x, y = tf.cast(x, tf.float32), tf.cast(y, tf.int64)
    epsilons = np.array([float(e) for e in epsilons], np.float32)
    n = len(x)
    sign = tf.sign(input_gradient(model, x, y))
    everything = tf.clip_by_value(x[None] + epsilons[:, None, None, None, None] * sign[None], 0.0, 1.0)
    z = logits_of(model, tf.reshape(everything, (-1, 28, 28, 1)))
    hits = tf.argmax(z, axis=-1) == tf.tile(y, [len(epsilons)])
    return tf.reduce_mean(tf.reshape(tf.cast(hits, tf.float32), (len(epsilons), n)), axis=1)
