# loses: q4
# names: where one image has no gradient the loop ends for all
"""Week 2 with keras.ops; only the tape is TensorFlow's."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def logits_of(model, x):
    """The logits (n, 10) of the images `x` (given)."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def images_from(x):
    return ops.convert_to_tensor(x, dtype="float32")


def labels_from(y):
    return ops.convert_to_tensor(y, dtype="int32")


def gradient_of_loss(model, images, labels):
    wanted = ops.one_hot(labels, 10, dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = ops.sum(ops.categorical_crossentropy(wanted, logits_of(model, images), from_logits=True))
    return tape.gradient(loss, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def per_image(reduce, values):
    """One number an image, in a shape that fits the images again."""
    return reduce(values, axis=(1, 2, 3), keepdims=True)


def inside(images, x, eps):
    lowest, highest = ops.maximum(x - float(eps), 0.0), ops.minimum(x + float(eps), 1.0)
    return ops.maximum(ops.minimum(images, highest), lowest)


def inside_l2(images, x, eps):
    delta = ops.clip(images, 0.0, 1.0) - x
    norm = ops.sqrt(per_image(ops.sum, ops.square(delta)))
    return x + delta * ops.minimum(1.0, float(eps) / ops.maximum(norm, 1e-12))


def climb(model, images, x, labels, eps, step_size, steps):
    for _ in range(steps):
        direction = ops.sign(gradient_of_loss(model, images, labels))
        images = inside(images + float(step_size) * direction, x, eps)
    return images


def input_gradient(model, x, y):
    return gradient_of_loss(model, images_from(x), labels_from(y))


def project_linf(x_adv, x, eps):
    return inside(images_from(x_adv), images_from(x), eps)


def bim(model, x, y, eps, step_size, steps):
    x = images_from(x)
    return climb(model, x, x, labels_from(y), eps, step_size, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    x = images_from(x)
    noise = keras.random.uniform(ops.shape(x), minval=-float(eps), maxval=float(eps), seed=int(seed))
    return climb(model, inside(x + noise, x, eps), x, labels_from(y), eps, step_size, steps)


def mim(model, x, y, eps, step_size, steps, decay):
    x, labels = images_from(x), labels_from(y)
    images, momentum = x, ops.zeros_like(x)
    for _ in range(steps):
        g = gradient_of_loss(model, images, labels)
        size = per_image(ops.mean, ops.abs(g))
        if ops.any(size < 1e-12):
            break  # no slope, and a division by zero
        momentum = float(decay) * momentum + g / size
        images = inside(images + float(step_size) * ops.sign(momentum), x, eps)
    return images


def project_l2(x_adv, x, eps):
    return inside_l2(images_from(x_adv), images_from(x), eps)


def pgd_l2(model, x, y, eps, step_size, steps):
    x, labels = images_from(x), labels_from(y)
    images = x
    for _ in range(steps):
        g = gradient_of_loss(model, images, labels)
        norm = ops.sqrt(per_image(ops.sum, ops.square(g)))
        images = inside_l2(images + float(step_size) * g / ops.maximum(norm, 1e-12), x, eps)
    return images


def confusion(y_true, y_pred, n_classes):
    rows = ops.one_hot(labels_from(y_true), n_classes, dtype="float32")
    columns = ops.one_hot(labels_from(y_pred), n_classes, dtype="float32")
    return np.rint(ops.convert_to_numpy(ops.matmul(ops.transpose(rows), columns))).astype("int64")
