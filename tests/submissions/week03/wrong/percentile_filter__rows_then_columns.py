# loses: q2
# names: the percentile along the rows, then along the columns
"""Week 3: clean the input."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from course.measures import accuracy

Images = Any
Labels = Any
Model = Callable[..., Any]
Transform = Callable[[Any], Any]


def logits_of(model: Model, x: Images) -> Any:
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(np.asarray(x, dtype=np.float32))
    y = np.asarray(y)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x).numpy()


def binary_threshold(x, threshold):
    return np.where(np.asarray(x) > np.float32(threshold), np.float32(1), np.float32(0))


def gaussian_blur(x, sigma):
    return ndimage.gaussian_filter(np.asarray(x, np.float32), sigma=(0, sigma, sigma, 0))


def percentile_filter(x, percentile, size):
    x = np.asarray(x, np.float32)
    x = ndimage.percentile_filter(x, percentile, size=(1, size, 1, 1))
    return ndimage.percentile_filter(x, percentile, size=(1, 1, size, 1))


def defend(model, transform):
    return lambda x: logits_of(model, np.asarray(transform(np.asarray(x, np.float32)), np.float32))


def defence_report(model, transform, x, y, x_adv):
    behind = defend(model, transform)
    return {
        "clean": accuracy(model, x, y),
        "clean_defended": accuracy(behind, x, y),
        "attacked": accuracy(model, x_adv, y),
        "attacked_defended": accuracy(behind, x_adv, y),
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = np.asarray(x, np.float32)
    adv = x.copy()
    for _ in range(steps):
        g = np.asarray(input_gradient(model, np.asarray(transform(adv), np.float32), y))
        adv = adv + step_size * np.sign(g)
        adv = np.clip(np.clip(adv, x - eps, x + eps), 0.0, 1.0).astype(np.float32)
    return adv


def randomised_logits(model, x, noise):
    x = np.asarray(x, np.float32)
    noise = np.asarray(noise, np.float32)
    return np.mean([np.asarray(logits_of(model, x + eta)) for eta in noise], axis=0, dtype=np.float32)


def eot_gradient(model, x, y, noise):
    x = np.asarray(x, np.float32)
    noise = np.asarray(noise, np.float32)
    total = np.zeros_like(x)
    for eta in noise:
        total += input_gradient(model, x + eta, y)
    return total / len(noise)
