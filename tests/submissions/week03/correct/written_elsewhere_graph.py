"""Week 3: clean the input. TensorFlow all the way, the gradients compiled with tf.function."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Images = Any
Labels = Any
Model = Callable[..., Any]
Transform = Callable[[Any], Any]


def logits_of(model: Model, x: Images) -> Any:
    """Given."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _compiled_gradient(model):
    """A compiled function (images, labels) -> gradient. Made once for each attack, so that it is traced only once."""

    @tf.function
    def gradient(images, labels):
        with tf.GradientTape() as tape:
            tape.watch(images)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits_of(model, images))
            total = tf.reduce_sum(losses)
        return tape.gradient(total, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return gradient


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    return _compiled_gradient(model)(tf.cast(x, tf.float32), tf.cast(y, tf.int64))


def binary_threshold(x: Images, threshold: float) -> Any:
    x = tf.cast(x, tf.float32)
    return tf.where(x > float(threshold), tf.ones_like(x), tf.zeros_like(x))


def _mirror(length, pad):
    """Indices of a row with `pad` more pixels on both sides, mirrored as d c b a | a b c d | d c b a."""
    places = np.arange(-pad, length + pad) % (2 * length)
    return np.where(places < length, places, 2 * length - 1 - places)


def _padded(x, pad):
    x = tf.gather(x, _mirror(x.shape[1], pad), axis=1)
    return tf.gather(x, _mirror(x.shape[2], pad), axis=2)


def gaussian_blur(x: Images, sigma: float) -> Any:
    x = tf.cast(x, tf.float32)
    radius = int(4.0 * sigma + 0.5)
    if radius == 0:
        return tf.identity(x)  # the kernel is a single 1
    distance = np.arange(-radius, radius + 1)
    kernel = np.exp(-(distance**2) / (2.0 * sigma**2))
    kernel = (kernel / kernel.sum()).astype(np.float32)
    x = _padded(x, radius)
    x = tf.nn.depthwise_conv2d(x, kernel.reshape(-1, 1, 1, 1), strides=[1, 1, 1, 1], padding="VALID")
    return tf.nn.depthwise_conv2d(x, kernel.reshape(1, -1, 1, 1), strides=[1, 1, 1, 1], padding="VALID")


def percentile_filter(x: Images, percentile: float, size: int) -> Any:
    x = tf.cast(x, tf.float32)
    rank = min(int(size * size * percentile / 100), size * size - 1)
    patches = tf.image.extract_patches(
        _padded(x, size // 2),
        sizes=[1, size, size, 1],
        strides=[1, 1, 1, 1],
        rates=[1, 1, 1, 1],
        padding="VALID",
    )
    return tf.sort(patches, axis=-1)[..., rank : rank + 1]


def defend(model: Model, transform: Transform) -> Callable[[Images], Any]:
    # not compiled: the transform may be NumPy
    def defended(images):
        cleaned = tf.cast(transform(images), tf.float32)
        return logits_of(model, cleaned)

    return defended


def defence_report(model: Model, transform: Transform, x: Images, y: Labels, x_adv: Images) -> dict[str, float]:
    labels = tf.cast(y, tf.int64)

    def measure(images):
        logits = logits_of(model, images)
        hits = tf.equal(tf.argmax(logits, axis=-1), labels)
        return float(tf.reduce_mean(tf.cast(hits, tf.float64)))

    return {
        "clean": measure(x),
        "clean_defended": measure(tf.cast(transform(x), tf.float32)),
        "attacked": measure(x_adv),
        "attacked_defended": measure(tf.cast(transform(x_adv), tf.float32)),
    }


@tf.function
def _step(x_adv, gradient, lower, upper, step_size):
    moved = x_adv + step_size * tf.sign(gradient)
    return tf.clip_by_value(tf.clip_by_value(moved, lower, upper), 0.0, 1.0)


def bpda_attack(
    model: Model, transform: Transform, x: Images, y: Labels, eps: float, step_size: float, steps: int
) -> Any:
    x = tf.cast(x, tf.float32)
    labels = tf.cast(y, tf.int64)
    step_size = tf.constant(step_size, tf.float32)
    lower, upper = x - eps, x + eps
    gradient = _compiled_gradient(model)
    x_adv = x
    for _ in range(steps):
        z = tf.cast(transform(x_adv), tf.float32)  # outside of the graph
        x_adv = _step(x_adv, gradient(z, labels), lower, upper, step_size)
    return x_adv


def randomised_logits(model: Model, x: Images, noise: Images) -> Any:
    x = tf.cast(x, tf.float32)
    noise = tf.cast(noise, tf.float32)
    samples, n = noise.shape[0], noise.shape[1]
    copies = tf.reshape(x[tf.newaxis] + noise, (samples * n, 28, 28, 1))
    logits = logits_of(model, copies)
    return tf.reduce_mean(tf.reshape(logits, (samples, n, -1)), axis=0)


def eot_gradient(model: Model, x: Images, y: Labels, noise: Images) -> Any:
    samples, n = noise.shape[0], noise.shape[1]

    @tf.function
    def gradient(images, labels, noises):
        with tf.GradientTape() as tape:
            tape.watch(images)
            copies = tf.reshape(images[tf.newaxis] + noises, (samples * n, 28, 28, 1))
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=tf.tile(labels, [samples]), logits=logits_of(model, copies)
            )
            expected = tf.reduce_mean(tf.reshape(losses, (samples, n)), axis=0)
            total = tf.reduce_sum(expected)
        return tape.gradient(total, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return gradient(tf.cast(x, tf.float32), tf.cast(y, tf.int64), tf.cast(noise, tf.float32))
