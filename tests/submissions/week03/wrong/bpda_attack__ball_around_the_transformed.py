# loses: q5
# names: the ball is around transform(x) instead of x
"""Projects into the ball around the cleaned image."""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from scipy import ndimage

total_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def run(model, images):
    images = ops.convert_to_tensor(images, dtype="float32")
    if isinstance(model, keras.Model):
        return model(images, training=False)
    return ops.convert_to_tensor(model(images))


def slope(function, at):
    at = ops.convert_to_tensor(at, dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
    return tape.gradient(value, at)


def binary_threshold(x, threshold):
    return ops.cast(ops.greater(x, threshold), "float32")


def gaussian_blur(x, sigma):
    x = ops.convert_to_tensor(x, dtype="float32")
    reach = int(4.0 * sigma + 0.5)
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / max(sigma, 1e-9)) ** 2)
    kernel = np.outer(weights, weights) / weights.sum() ** 2
    padded = ops.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="symmetric") if reach <= 28 else (
        np.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="symmetric"))
    return ops.depthwise_conv(padded, kernel[:, :, None, None].astype("float32"), padding="valid")


def percentile_filter(x, percentile, size):
    x = ops.convert_to_numpy(x).astype("float32")
    return ops.convert_to_tensor(ndimage.percentile_filter(x, percentile, size=size, axes=(1, 2)))


def defend(model, transform):
    def defended(model, transform, images):
        return run(model, transform(images))

    return functools.partial(defended, model, transform)


def defence_report(model, transform, x, y, x_adv):
    report = {}
    for key, images in {"clean": x, "attacked": x_adv}.items():
        for suffix, seen in {"": images, "_defended": transform(images)}.items():
            right = ops.equal(ops.argmax(run(model, seen), axis=-1), ops.cast(y, "int32"))
            report[key + suffix] = float(ops.mean(ops.cast(right, "float32")))
    return report


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x_adv = ops.convert_to_tensor(x, dtype="float32")
    centre = ops.convert_to_tensor(transform(x_adv), dtype="float32")
    for _ in range(steps):
        g = slope(lambda seen: total_loss(y, run(model, seen)), transform(x_adv))
        x_adv = ops.clip(x_adv + step_size * ops.sign(g), centre - eps, centre + eps)
        x_adv = ops.clip(x_adv, 0.0, 1.0)
    return x_adv


def randomised_logits(model, x, noise):
    return ops.mean(ops.stack([run(model, ops.add(x, sample)) for sample in ops.unstack(noise)]), axis=0)


def eot_gradient(model, x, y, noise):
    samples = ops.unstack(ops.convert_to_tensor(noise, dtype="float32"))
    return slope(lambda at: sum(total_loss(y, run(model, at + sample)) for sample in samples) / len(samples), x)
