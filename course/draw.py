"""Fresh inputs for the checks: images, labels and small random networks, all of them following from one seed.

Answers that were learnt by heart can't be right for inputs that nobody has seen. The numbers come from NumPy's
generator and not from Keras' initialisers, so a seed means the same images and weights everywhere.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from course.device import compute_in_float32
from course.model_weights import give_weights

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

IMAGE_SHAPE = (28, 28, 1)
CLASSES = 10
MANY = 131
"""More images than a batch of 32, 50, 64, 100 or 128, and never a whole number of them."""

# Smooth on purpose: at the kink of a ReLU two correct ways to compute a gradient may differ.
ACTIVATIONS = ("tanh", "elu", "softplus", "sigmoid")


class Draw:
    """A source of inputs: the same `seed` gives the same inputs in the same order.

    All draws of one `family` (by default each its own) give networks of the same architectures, with other weights:
    a network that is built once can then take the weights of the next one.
    """

    def __init__(self, seed: int, family: int | None = None) -> None:
        self._seed = seed
        self._family = seed if family is None else family
        self._random = np.random.default_rng(seed)
        self._networks = 0

    def images(self, n: int = 7) -> Floats:
        """`n` images of noise, float32 (n, 28, 28, 1) in [0, 1]; about a fifth of the pixels is 0, a fifth is 1."""
        return np.clip(self._random.uniform(-0.3, 1.3, (n, *IMAGE_SHAPE)), 0, 1).astype(np.float32)

    def noise(self, n: int = 7) -> Floats:
        """`n` images of Gaussian noise around 0.5, float32 (n, 28, 28, 1); some pixels lie outside [0, 1]."""
        return self._random.normal(0.5, 0.3, (n, *IMAGE_SHAPE)).astype(np.float32)

    def labels(self, n: int = 7) -> Integers:
        """`n` labels from 0 to 9, int64 (n,)."""
        return self._random.integers(0, CLASSES, n)

    def number(self, low: float, high: float) -> float:
        """A number between `low` and `high`, to three decimals."""
        return round(float(self._random.uniform(low, high)), 3)

    def dense_network(self, spread: float = 2.0) -> Any:
        """A Keras model of one or two hidden layers with random widths and activation.

        It maps images (n, 28, 28, 1) to logits (n, 10) that have a standard deviation of about `spread`: with 2 the
        network hesitates, with 12 it is as sure of itself as a trained one.
        """
        return self._network("dense", spread)

    def convolutional_network(self, spread: float = 2.0) -> Any:
        """A Keras model with one convolution and batch normalisation; otherwise like `dense_network`."""
        return self._network("convolutional", spread)

    def linear_network(self, spread: float = 2.0) -> Any:
        """A Keras model with no hidden layer: logits are a matrix times the pixels, plus a bias."""
        return self._network("linear", spread)

    def constant_network(self) -> Any:
        """A Keras model whose logits don't depend on the image: its gradient is exactly zero everywhere."""
        return self._network("linear", 0.0)

    def _network(self, kind: str, spread: float) -> Any:
        self._networks += 1
        model, weights = _random_network(self._seed, self._networks, self._family, kind, spread)
        give_weights(model, weights)  # whatever happened to it since it was last drawn
        return model


def unlikely_labels(model: Any, images: Floats) -> Integers:
    """Labels that the network finds least likely; for the first two images its second choice.

    However sure the network is of itself, the gradient of their loss is large: no rounding decides its signs.
    """
    ranked = np.asarray(model(images)).argsort(axis=-1)
    return np.where(np.arange(len(ranked)) < 2, ranked[:, -2], ranked[:, 0])


def margins(*readings: Any) -> Floats:
    """How sure the least sure of the `readings`, logits (images, classes), is of each image: the first less the second.

    Where that is tiny, rounding decides what is read, and decides otherwise on another machine.
    """
    ranked = [np.sort(np.asarray(logits), axis=1) for logits in readings]
    return np.min([logits[:, -1] - logits[:, -2] for logits in ranked], axis=0)


@functools.lru_cache(maxsize=256)
def _random_network(seed: int, number: int, family: int, kind: str, spread: float) -> tuple[Any, list[Any]]:
    """Network `number` of the draw of `seed`, and its weights as tensors. They are kept: building one takes 20 ms."""
    import tensorflow as tf

    compute_in_float32()
    model = _BUILDERS[kind](np.random.default_rng(family))
    random = np.random.default_rng([seed, number])
    weights = [_random_weight(random, weight) for weight in model.weights]
    give_weights(model, weights)
    logits = np.asarray(model(Draw(seed).images(32), training=False))
    weights[-2] = (weights[-2] * (spread / logits.std())).astype(np.float32)
    return model, [tf.constant(weight) for weight in weights]


def _random_weight(random: np.random.Generator, weight: Any) -> Floats:
    shape = tuple(weight.shape)
    if weight.name == "kernel":
        # Without its mean, a unit doesn't see how bright an image is: so different images get different labels.
        inputs = tuple(range(len(shape) - 1))
        kernel = random.normal(size=shape)
        values = 2 * (kernel - kernel.mean(axis=inputs)) / np.sqrt(np.prod(shape[:-1]))
    elif weight.name in ("gamma", "moving_variance"):
        values = random.uniform(0.5, 2, shape)
    else:
        values = random.normal(0, 0.1, shape)
    return values.astype(np.float32)


def _linear(_random: np.random.Generator) -> Any:
    return layered()


def _dense(random: np.random.Generator) -> Any:
    from keras.layers import Dense

    activation = ACTIVATIONS[random.integers(len(ACTIVATIONS))]
    depth = random.integers(1, 3)
    return layered(hidden=[Dense(int(random.integers(12, 33)), activation=activation) for _ in range(depth)])


def _convolutional(random: np.random.Generator) -> Any:
    from keras.layers import BatchNormalization, Conv2D

    activation = ACTIVATIONS[random.integers(len(ACTIVATIONS))]
    convolution = Conv2D(int(random.integers(4, 9)), 5, strides=3, activation=activation)
    return layered(pictures=[convolution, BatchNormalization()])


def layered(pictures: Sequence[Any] = (), hidden: Sequence[Any] = ()) -> Any:
    """A Keras model from images to logits: layers for `pictures`, then `hidden` ones for vectors, then a dense one."""
    import keras

    # A `Sequential` would take twice as long to make again from its description.
    images = keras.Input(IMAGE_SHAPE)
    outputs = images
    for layer in (*pictures, keras.layers.Flatten(), *hidden, keras.layers.Dense(CLASSES)):
        outputs = layer(outputs)
    return keras.Model(images, outputs)


_BUILDERS: dict[str, Callable[[np.random.Generator], Any]] = {
    "linear": _linear,
    "dense": _dense,
    "convolutional": _convolutional,
}
