"""Networks made by hand, whose loss has a shape that tells two attacks apart where random networks hardly do."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from course.draw import CLASSES, IMAGE_SHAPE, Draw, Floats, Integers, layered
from course.model_weights import give_weights

PIXELS = int(np.prod(IMAGE_SHAPE))


def ridge(draw: Draw, n: int = 3, beyond: float = 2.0) -> tuple[Any, Floats, Integers]:
    """A network whose loss has a ridge close to the images; `n` images, and their labels.

    The loss depends on s = mean_i w_i · x_i alone, where w_i = ±1, and is largest where s is 0.22 more than at x. In an
    L∞ ball of 0.25, steps of 0.1 in every pixel go to 0.1, to 0.2 (the highest), over the ridge to 0.25, and back to
    0.15: the last image isn't the one with the highest loss, nor is the first or the last but one.

    At x the network reads another label. With `beyond` = 6 it reads the right one where s is 0.4 more.
    """
    pixels = draw.images(1).ravel()
    signs = np.where(pixels < np.median(pixels), 1, -1)
    x = 0.4 + 0.2 * draw.images(n)
    x += ((0.1 - x.reshape(n, -1) @ signs / PIXELS)[:, None] * signs).reshape(x.shape)  # all of them at s = 0.1
    kernel = np.repeat(10 * signs[:, None] / PIXELS, 2, axis=1)
    rises_and_falls = np.zeros((2, CLASSES))
    rises_and_falls[:, 0] = -2, beyond
    return _network("ridge", kernel, [-2.2, -4.2], rises_and_falls), x.astype(np.float32), np.zeros(n, np.int64)


def narrow_then_wide(draw: Draw, loudness: float = 1.0) -> tuple[Any, Floats, Integers]:
    """A network whose gradient is on a quarter of the pixels at first and on all of them after a step; images, labels.

    All gradients are proportional to `loudness`. With 1e-3 their mean absolute values are 3e-5 and 1e-6: a number that
    is added to these, lest they be 0, lets the pixels turn round later if it is 1e-7 or more.

    There a quarter of the pixels turn round, and when they do depends on what the gradients were divided by: three
    steps go the first way with their mean absolute value, two with their L2 norm, one with their maximum.
    """
    first = (np.arange(PIXELS) % 4 == 0).astype(np.float32)
    signs = np.where(draw.images(1).ravel() < 0.5, 1, -1)
    x = 0.3 + 0.4 * draw.images(3)
    x.reshape(3, -1)[:, first > 0] = 0.5
    kernel = np.stack([2 * first, 0.005 * np.where(first > 0, -1, signs)], axis=1)
    loud = np.zeros((2, CLASSES))
    loud[:, 0] = -0.075 * loudness, -0.3 * loudness
    return (
        _network(f"narrow then wide {loudness:g}", kernel, -np.full(PIXELS, 0.5) @ kernel, loud),
        x,
        np.zeros(3, np.int64),
    )


def night_and_day(draw: Draw) -> tuple[Any, Floats, Integers]:
    """A network that sees nothing in the dark; three images, of which the second is black, and their labels.

    Of the black image and of its surroundings the gradient is exactly zero, of the others it isn't, all the way.
    """
    kernel = (1 + draw.images(2).reshape(2, PIXELS).T) / PIXELS
    x = 0.4 + 0.5 * draw.images(3)
    x[1] = 0
    shades = np.zeros((2, CLASSES))
    shades[:, 0] = -3, 1
    return _network("night and day", kernel, [-0.3, -0.3], shades, "relu"), x, np.zeros(3, np.int64)


def sure_network(draw: Draw, image: Floats) -> tuple[Any, Integers]:
    """A network without hidden layers, and what it reads in the one `image`, with a probability above 0.99."""
    network = draw.linear_network()
    logits = np.asarray(network(image))[0]
    read = np.argmax(logits, keepdims=True)
    kernel, bias = network.get_weights()
    bias[read] += 7 - np.ptp(np.sort(logits)[-2:])  # so far is the second choice behind
    network.set_weights([kernel, bias])
    return network, read


def _network(name: str, kernel: Any, bias: Any, outputs: Any, activation: str = "tanh") -> Any:
    """The logits activation(pixels · kernel + bias) · outputs, as a Keras model."""
    model = _two_units(name, activation)
    give_weights(model, [np.asarray(values, np.float32) for values in (kernel, bias, outputs, np.zeros(CLASSES))])
    return model


@functools.lru_cache
def _two_units(_name: str, activation: str) -> Any:
    """A network of two hidden units, kept for each landscape: building one takes 20 ms."""
    from keras.layers import Dense

    return layered(hidden=[Dense(2, activation=activation)])
