"""Known mistakes of q6, randomised_logits and eot_gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from .common import Mistake, Step, clip, cross_entropy, floats, gradient, logits_of


def noisy_logits(model: Any, x: Any, noise: Any, *, look: Step = tf.identity, prepare: Step = tf.identity) -> Any:
    """The noisy copies' logits, (samples, n, 10), each after `look`, from images after `prepare`."""
    return tf.stack([look(logits_of(model, prepare(x + sample))) for sample in tf.cast(noise, tf.float32)])


def dealt_out(items: Any) -> Any:
    """Items (samples, n, …) of one large batch, put in order as if each image's copies came one after the other."""
    samples, n, *rest = items.shape
    return tf.transpose(tf.reshape(items, (n, samples, *rest)), (1, 0, *range(2, 2 + len(rest))))


def votes(logits: Any) -> Any:
    """1 for the class with the largest logit, 0 for the others."""
    return tf.one_hot(tf.argmax(logits, axis=-1), 10)


NOISE_CLIPPED = "Your noisy copies are clipped to [0, 1]: here they stay as they are."
FIRST_SAMPLE = "Your answer looks at one sample of the noise only: take all of them, along the first axis."
NOISE_AVERAGED = "Your noise is averaged before the network sees it, so that it cancels out: average what comes out."
NO_NOISE = "Your answer does not depend on the noise: add noise[s] to x."
SAME_NOISE = "Your images all get the same noise: image i gets noise[s, i]."
ADDS_UP = "Your noise adds up from sample to sample: each noise[s] is added to x itself."
MIXED_UP = (
    "Your noisy copies of different images are mixed up: in one large batch all images of the first sample come "
    "first, then those of the second."
)

HALVED = "Your mean is halved with each new sample, so that the last ones count most: add all up, then divide by S."
WITH_CLEAN = "Your answer counts the image without noise as one more sample: average over the noisy copies alone."


def halving(values: Any) -> Any:
    """The mean of the mean so far and the next value, again and again."""
    first, *others = tf.unstack(values)
    return functools.reduce(lambda mean, new: (mean + new) / 2, others, first)


def with_none(noise: Any) -> Any:
    """The noise with one more sample that is zero."""
    return np.concatenate([np.zeros_like(floats(noise)[:1]), floats(noise)])


RANDOMISED_LOGITS: list[Mistake] = [
    (HALVED, lambda *args: halving(noisy_logits(*args))),
    (WITH_CLEAN, lambda model, x, noise: tf.reduce_mean(noisy_logits(model, x, with_none(noise)), axis=0)),
    (
        "Your logits are summed over the samples: divide by their number.",
        lambda *args: tf.reduce_sum(noisy_logits(*args), axis=0),
    ),
    (
        "Your answer is the logarithm of averaged probabilities: average the logits.",
        lambda *args: tf.math.log(tf.reduce_mean(noisy_logits(*args, look=tf.nn.softmax), axis=0)),
    ),
    (
        "Your answer averages probabilities: average the logits.",
        lambda *args: tf.reduce_mean(noisy_logits(*args, look=tf.nn.softmax), axis=0),
    ),
    (
        "Your answer counts votes: average the logits.",
        lambda *args: tf.reduce_mean(noisy_logits(*args, look=votes), axis=0),
    ),
    (
        "Your answer counts votes: average the logits.",
        lambda *args: tf.reduce_sum(noisy_logits(*args, look=votes), axis=0),
    ),
    (
        "Your answer is a softmax of the mean logits: return the mean logits themselves.",
        lambda *args: tf.nn.softmax(tf.reduce_mean(noisy_logits(*args), axis=0)),
    ),
    (
        "Your logits are averaged over the images too: average over the samples alone.",
        lambda *args: tf.reduce_mean(noisy_logits(*args), axis=(0, 1), keepdims=True)[0] + tf.zeros((len(args[1]), 1)),
    ),
    (NOISE_CLIPPED, lambda *args: tf.reduce_mean(noisy_logits(*args, prepare=clip), axis=0)),
    (FIRST_SAMPLE, lambda model, x, noise: logits_of(model, x + noise[0])),
    (FIRST_SAMPLE, lambda model, x, noise: logits_of(model, x + noise[-1])),
    (NOISE_AVERAGED, lambda model, x, noise: logits_of(model, x + tf.reduce_mean(noise, axis=0))),
    (NO_NOISE, lambda model, x, noise: logits_of(model, x)),
    (
        ADDS_UP,
        lambda model, x, noise: tf.reduce_mean(noisy_logits(model, x, tf.cumsum(tf.cast(noise, tf.float32))), axis=0),
    ),
    (MIXED_UP, lambda *args: tf.reduce_mean(dealt_out(noisy_logits(*args)), axis=0)),
    (
        SAME_NOISE,
        lambda model, x, noise: tf.reduce_mean(noisy_logits(model, x, tf.cast(noise, tf.float32)[:, :1]), axis=0),
    ),
]


def of_noisy_images(
    model: Any,
    x: Any,
    y: Any,
    noise: Any,
    *,
    loss: Callable[[Any, Any], Any] | None = None,
    prepare: Step = tf.identity,
) -> Any:
    """The gradient of a loss of all the noisy copies' logits (samples, n, 10), by default the mean of their losses."""

    def expected(labels: Any, logits: Any) -> Any:
        copies = tf.broadcast_to(labels, logits.shape[:2])
        return tf.reduce_mean(cross_entropy(copies, logits), axis=0)

    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = (loss or expected)(y, noisy_logits(model, x, noise, prepare=prepare))
    return tape.gradient(losses, x)


def of_mean_logits(labels: Any, logits: Any) -> Any:
    """The loss of the mean logits."""
    return cross_entropy(labels, tf.reduce_mean(logits, axis=0))


def of_wrong_copies(labels: Any, logits: Any) -> Any:
    """The mean loss where labels of one image's copies stand beside each other, and the copies don't."""
    samples, n, _ = logits.shape
    repeated = tf.reshape(tf.repeat(labels, samples), (samples, n))
    return tf.reduce_mean(cross_entropy(repeated, logits), axis=0)


def of_mean_probabilities(labels: Any, logits: Any) -> Any:
    """The loss of the mean probabilities."""
    means = tf.reduce_mean(tf.nn.softmax(logits), axis=0)
    return -tf.math.log(tf.gather(means, labels, batch_dims=1))


EOT_GRADIENT: list[Mistake] = [
    (HALVED, lambda model, x, y, noise: halving([gradient(model, x + one, y) for one in floats(noise)])),
    (WITH_CLEAN, lambda model, x, y, noise: of_noisy_images(model, x, y, with_none(noise))),
    (
        "Your gradient is that of the loss of the mean logits: take each sample's loss, then their mean.",
        lambda *args: of_noisy_images(*args, loss=of_mean_logits),
    ),
    (
        "Your gradient is that of the loss of the mean probabilities: take each sample's loss, then their mean.",
        lambda *args: of_noisy_images(*args, loss=of_mean_probabilities),
    ),
    (
        "Your gradient is summed over the samples: divide by their number.",
        lambda *args: len(args[3]) * of_noisy_images(*args),
    ),
    (
        "Your gradient is averaged over the batch too: an image's gradient does not depend on how many others there "
        "are.",
        lambda *args: of_noisy_images(*args) / len(args[1]),
    ),
    ("Your gradient has the wrong sign: it points to where the loss falls.", lambda *args: -of_noisy_images(*args)),
    (
        "Your answer equals the gradient's sign: return the gradient itself.",
        lambda *args: tf.sign(of_noisy_images(*args)),
    ),
    (
        "Your answer averages the signs of the gradients: average the gradients.",
        lambda model, x, y, noise: tf.reduce_mean([tf.sign(gradient(model, x + one, y)) for one in noise], axis=0),
    ),
    (NOISE_CLIPPED, lambda *args: of_noisy_images(*args, prepare=clip)),
    (
        NOISE_CLIPPED,
        lambda model, x, y, noise: tf.reduce_mean([gradient(model, clip(x + s), y) for s in noise], axis=0),
    ),
    (ADDS_UP, lambda model, x, y, noise: of_noisy_images(model, x, y, tf.cumsum(tf.cast(noise, tf.float32)))),
    (
        "Your labels don't belong to their noisy copies: in one large batch all images of a sample come one after the "
        "other, so the labels are tiled (np.tile), not repeated.",
        lambda *args: of_noisy_images(*args, loss=of_wrong_copies),
    ),
    (FIRST_SAMPLE, lambda model, x, y, noise: gradient(model, x + noise[0], y)),
    (FIRST_SAMPLE, lambda model, x, y, noise: gradient(model, x + noise[-1], y)),
    (NOISE_AVERAGED, lambda model, x, y, noise: gradient(model, x + tf.reduce_mean(noise, axis=0), y)),
    (NO_NOISE, lambda model, x, y, noise: gradient(model, x, y)),
    (
        SAME_NOISE,
        lambda model, x, y, noise: tf.reduce_mean(
            [gradient(model, x + sample[:1], y) for sample in tf.cast(noise, tf.float32)], axis=0
        ),
    ),
]

MISTAKES = {"randomised_logits": RANDOMISED_LOGITS, "eot_gradient": EOT_GRADIENT}
