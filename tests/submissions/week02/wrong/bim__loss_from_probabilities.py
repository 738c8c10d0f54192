# loses: q2; may lose: q3 q4 q5
# names: the loss is computed from probabilities, which are clipped where the network is sure
"""A softmax first, then Keras' loss as it is by default; from keras.ops.softmax it would find its way back to the logits."""

import keras
import tensorflow as tf
from keras import ops

cross_entropy = keras.losses.SparseCategoricalCrossentropy(reduction="sum")


def predict(model, images):
    if isinstance(model, keras.Model):
        return tf.nn.softmax(model(images, training=False))
    return tf.nn.softmax(model(images))


def uphill(model, images, y):
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = cross_entropy(y, predict(model, images))
    return tape.gradient(loss, images)


def project_linf(x_adv, x, eps):
    x_adv = ops.convert_to_tensor(x_adv, dtype="float32")
    x = ops.convert_to_tensor(x, dtype="float32")
    return ops.clip(ops.minimum(ops.maximum(x_adv, x - eps), x + eps), 0.0, 1.0)


def bim(model, x, y, eps, step_size, steps):
    images = ops.convert_to_tensor(x, dtype="float32")
    for _ in range(steps):
        images = project_linf(images + step_size * ops.sign(uphill(model, images, y)), x, eps)
    return images


def pgd(model, x, y, eps, step_size, steps, seed):
    x = ops.convert_to_tensor(x, dtype="float32")
    images = x + keras.random.uniform(ops.shape(x), minval=-eps, maxval=eps, seed=seed)
    images = project_linf(images, x, eps)
    while steps:
        images = project_linf(images + step_size * ops.sign(uphill(model, images, y)), x, eps)
        steps -= 1
    return images


def mim(model, x, y, eps, step_size, steps, decay):
    images = ops.convert_to_tensor(x, dtype="float32")
    velocity = ops.zeros_like(images)
    for _ in range(steps):
        g = uphill(model, images, y)
        g = g / (ops.mean(ops.abs(g), axis=(1, 2, 3), keepdims=True) + 1e-12)
        velocity = decay * velocity + g
        images = project_linf(images + step_size * ops.sign(velocity), x, eps)
    return images


def project_l2(x_adv, x, eps):
    x = ops.convert_to_tensor(x, dtype="float32")
    delta = ops.clip(x_adv, 0.0, 1.0) - x
    norm = ops.sqrt(ops.sum(ops.square(delta), axis=(1, 2, 3), keepdims=True))
    return x + delta * ops.minimum(1.0, eps / (norm + 1e-12))


def pgd_l2(model, x, y, eps, step_size, steps):
    images = ops.convert_to_tensor(x, dtype="float32")
    for _ in range(steps):
        g = uphill(model, images, y)
        g = g / (ops.sqrt(ops.sum(g * g, axis=(1, 2, 3), keepdims=True)) + 1e-12)
        images = project_l2(images + step_size * g, x, eps)
    return images


def confusion(y_true, y_pred, n_classes):
    rows = ops.one_hot(ops.cast(y_true, "int32"), n_classes)
    columns = ops.one_hot(ops.cast(y_pred, "int32"), n_classes)
    return ops.cast(ops.matmul(ops.transpose(rows), columns), "int32")
