"""What is measured of a network and of an attack: accuracy, confidence, and the size of a perturbation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Attack = Callable[[Any, Any, Any], Any]  # (model, x, y) -> images

_BATCH = 500  # images at once: a convolution's output for 10,000 takes most of a gigabyte
_CHANGED = 1e-6  # a smaller difference is rounding


def logits(model: Any, x: npt.ArrayLike) -> Floats:
    """What `model` answers for the images `x` (n, 28, 28, 1): its logits, (n, 10), one per class.

    Args:
        model: a Keras model, which is called with `training=False`, or any callable that maps images to logits.
        x: images, NumPy or tensor.

    Raises:
        ValueError: `x` is not a batch of images.
    """
    images = np.asarray(x, np.float32)
    if images.ndim != 4:
        raise ValueError(
            f"Expected a batch of images, shape (n, 28, 28, 1), got shape {images.shape}. A single image x is x[None]."
        )
    options = {"training": False} if isinstance(model, keras.Model) else {}
    batches = [model(images[start : start + _BATCH], **options) for start in range(0, max(len(images), 1), _BATCH)]
    return np.concatenate([np.asarray(batch, np.float32) for batch in batches])


def confidence(model: Any, x: npt.ArrayLike) -> Floats:
    """The probability the network gives to each class, (n, 10): the softmax of its logits; each row sums to 1."""
    answers = logits(model, x)
    powers = np.exp(answers - answers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def predictions(model: Any, x: npt.ArrayLike) -> Integers:
    """The class each image is taken for, (n,): the one with the largest logit."""
    return logits(model, x).argmax(axis=1)


def accuracy(model: Any, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """The share of the images `x` whose predicted class is the label in `y` (n,), from 0 to 1.

    Raises:
        ValueError: there is not one label per image.
    """
    predicted, labels = predictions(model, x), np.asarray(y)
    if labels.shape != predicted.shape or not len(labels):
        raise ValueError(f"Expected one label per image, shape {predicted.shape}, got labels of shape {labels.shape}.")
    return float(np.mean(predicted == labels))


def robust_accuracy(model: Any, attack: Attack, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """The share of the images still classified correctly after `attack(model, x, y)`, from 0 to 1.

    It says how the network stands against this attack. A better attack may bring it lower: it is an upper bound.
    """
    return accuracy(model, attack(model, x, y), y)


def perturbation_norms(x: npt.ArrayLike, x_adv: npt.ArrayLike) -> dict[str, Floats]:
    """How far each image was moved, in three norms, each (n,).

    Returns:
        "l0": how many pixels changed; "l2": the Euclidean length of the change; "linf": the largest change of a
        pixel. The last two are in pixel units, where black is 0 and white is 1.

    Raises:
        ValueError: the two have different shapes.
    """
    before, after = np.asarray(x, np.float32), np.asarray(x_adv, np.float32)
    if before.shape != after.shape:
        raise ValueError(f"Expected attacked images of the same shape as x, {before.shape}, got {after.shape}.")
    change = np.abs(after - before).reshape(len(before), -1)
    return {
        "l0": (change > _CHANGED).sum(axis=1).astype(np.float32),
        "l2": np.sqrt((change**2).sum(axis=1)),
        "linf": change.max(axis=1),
    }
