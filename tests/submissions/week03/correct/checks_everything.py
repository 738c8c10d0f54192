# loses: nothing
"""Looks at what it is given before it works on it; means are kept up from sample to sample."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage


def logits_of(model: Any, x: Any) -> Any:
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def to_numpy(x: Any) -> np.ndarray:
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def check_images(x: Any) -> np.ndarray:
    images = to_numpy(x).astype(np.float32)
    if images.ndim != 4:
        raise ValueError(f"want (n, h, w, 1), got {images.shape}")
    return images


def input_gradient(model, x, y):
    x = tf.constant(check_images(x))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        p = logits_of(model, x)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=p, labels=to_numpy(y).astype("int32"))
    return tape.gradient(losses, x)


def binary_threshold(x, threshold):
    images = check_images(x)
    assert np.isscalar(threshold)
    return np.less(threshold, images).astype(np.float32)


def gaussian_blur(x, sigma):
    if sigma < 0:
        raise ValueError("sigma must not be negative")
    images = check_images(x)
    return np.stack([ndimage.gaussian_filter(image, [sigma, sigma, 0]) for image in images])


def percentile_filter(x, percentile, size):
    if size % 2 == 0:
        raise ValueError("size must be odd")
    images = check_images(x)
    return np.stack([ndimage.percentile_filter(image, percentile, size=(size, size, 1)) for image in images])


def defend(model, transform):
    def f(images, *args, **kwargs):
        washed = check_images(transform(images))
        return logits_of(model, tf.constant(washed))

    f.model = model
    f.transform = transform
    return f


def correct_share(logits, y):
    hits = 0
    for row, label in zip(to_numpy(logits), to_numpy(y)):
        hits += int(int(row.argmax()) == int(label))
    return hits / len(y)


def defence_report(model, transform, x, y, x_adv):
    keys = {}
    defended = defend(model, transform)
    keys["clean"] = correct_share(logits_of(model, check_images(x)), y)
    keys["clean_defended"] = correct_share(defended(check_images(x)), y)
    keys["attacked"] = correct_share(logits_of(model, check_images(x_adv)), y)
    keys["attacked_defended"] = correct_share(defended(check_images(x_adv)), y)
    return keys


def step(x_adv, x, g, eps, step_size):
    moved = x_adv + step_size * np.sign(g)
    return np.clip(np.clip(moved, x - eps, x + eps), 0.0, 1.0).astype(np.float32)


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    if eps < 0:
        raise ValueError("eps")
    x = check_images(x)
    trajectory = [x.copy()]
    for _ in range(steps):
        z = transform(trajectory[-1])
        trajectory.append(step(trajectory[-1], x, to_numpy(input_gradient(model, z, y)), eps, step_size))
    return trajectory[-1]


def randomised_logits(model, x, noise):
    x = check_images(x)
    mean = None
    for s, sample in enumerate(to_numpy(noise), start=1):
        new = to_numpy(logits_of(model, tf.constant(x + sample)))
        mean = new if mean is None else mean + (new - mean) / s
    return mean


def eot_gradient(model, x, y, noise):
    x = tf.constant(check_images(x))
    noise = tf.constant(to_numpy(noise))
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = tf.map_fn(
            lambda eta: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=to_numpy(y), logits=logits_of(model, x + eta)),
            noise,
        )
        objective = tf.reduce_sum(tf.reduce_mean(losses, axis=0))
    return tape.gradient(objective, x)
