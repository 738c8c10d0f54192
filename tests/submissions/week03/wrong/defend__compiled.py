# loses: q3
# told: you're trying to pass a Tensor to a NumPy call
# names: the callable is compiled with tf.function, so that a transform written in NumPy or SciPy gets a symbolic tensor and raises
"""Week 3: clean the input."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from course.measures import accuracy

Images = Any  # NumPy array or tensor, float32, shape (n, 28, 28, 1)
Labels = Any  # NumPy array or tensor of integers, shape (n,)
Model = Callable[..., Any]
Transform = Callable[[Any], Any]


def logits_of(model: Model, x: Images) -> Any:
    """The logits (n, 10) of the images `x`. This one is given: call it instead of `model(x)`."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    """The gradient of each image's loss with respect to that image (from week 1)."""
    x = tf.cast(x, tf.float32)
    y = tf.cast(y, tf.int32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = logits_of(model, x)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        loss = tf.reduce_sum(losses)
    gradient = tape.gradient(loss, x)
    if gradient is None:  # the logits do not depend on x at all
        gradient = tf.zeros_like(x)
    return gradient


def binary_threshold(x: Images, threshold: float) -> Any:
    """Black or white."""
    x = tf.cast(x, tf.float32)
    return tf.cast(x > float(threshold), tf.float32)


def gaussian_blur(x: Images, sigma: float) -> Any:
    """Blur height and width, not the batch and not the channel."""
    images = np.asarray(x, dtype=np.float32)
    blurred = ndimage.gaussian_filter(images, sigma=(0, sigma, sigma, 0))
    return tf.convert_to_tensor(blurred)


def percentile_filter(x: Images, percentile: float, size: int) -> Any:
    """Percentile of the neighbourhood."""
    images = np.asarray(x, dtype=np.float32)
    filtered = ndimage.percentile_filter(images, percentile, size=(1, size, size, 1))
    return tf.convert_to_tensor(filtered)


def defend(model: Model, transform: Transform) -> Callable[[Images], Any]:
    """The model behind a transform."""

    @tf.function
    def defended(images):
        cleaned = tf.cast(transform(images), tf.float32)
        return logits_of(model, cleaned)

    return defended


def defence_report(model: Model, transform: Transform, x: Images, y: Labels, x_adv: Images) -> dict[str, float]:
    """Four accuracies."""
    labels = tf.cast(y, tf.int64)
    defended = defend(model, transform)

    def share_correct(logits):
        predicted = tf.argmax(logits, axis=1)
        return float(tf.reduce_mean(tf.cast(predicted == labels, tf.float32)))

    return {
        "clean": share_correct(logits_of(model, x)),
        "clean_defended": share_correct(defended(x)),
        "attacked": share_correct(logits_of(model, x_adv)),
        "attacked_defended": share_correct(defended(x_adv)),
    }


def bpda_attack(
    model: Model, transform: Transform, x: Images, y: Labels, eps: float, step_size: float, steps: int
) -> Any:
    """BIM with the gradient taken at transform(x_adv)."""
    x = tf.cast(x, tf.float32)
    x_adv = tf.identity(x)
    for _ in range(steps):
        z = transform(x_adv)
        g = input_gradient(model, z, y)
        x_adv = x_adv + step_size * tf.sign(g)
        x_adv = tf.clip_by_value(x_adv, x - eps, x + eps)
        x_adv = tf.clip_by_value(x_adv, 0.0, 1.0)
    return x_adv


def randomised_logits(model: Model, x: Images, noise: Images) -> Any:
    """Mean of the logits over the noisy copies."""
    x = tf.cast(x, tf.float32)
    noise = tf.cast(noise, tf.float32)
    logits = []
    for s in range(noise.shape[0]):
        logits.append(logits_of(model, x + noise[s]))
    return tf.reduce_mean(tf.stack(logits), axis=0)


def eot_gradient(model: Model, x: Images, y: Labels, noise: Images) -> Any:
    """Gradient of the mean (over samples) of the losses."""
    x = tf.cast(x, tf.float32)
    y = tf.cast(y, tf.int32)
    noise = tf.cast(noise, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = []
        for s in range(noise.shape[0]):
            logits = logits_of(model, x + noise[s])
            losses.append(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        per_image = tf.reduce_mean(tf.stack(losses), axis=0)
        loss = tf.reduce_sum(per_image)
    gradient = tape.gradient(loss, x)
    if gradient is None:
        gradient = tf.zeros_like(x)
    return gradient
