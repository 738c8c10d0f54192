"""A model's weights as arrays, read and written as fast as TensorFlow can; the grader does so at every call.

Keras' own `get_weights` and `set_weights` convert every array several times: they take two and six times as long,
together a fifth of what checking a submission took.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy.typing as npt


def values_of(variables: Iterable[Any]) -> list[npt.NDArray[Any]]:
    """Copies of the values of Keras `variables`."""
    return [variable.value.value().numpy() for variable in variables]


def weights_of(model: Any) -> list[npt.NDArray[Any]]:
    """Copies of the weights of a Keras `model`, in the order of its `get_weights`."""
    return values_of(model.weights)


def give_weights(model: Any, weights: Sequence[Any]) -> None:
    """Set the weights of a Keras `model` to arrays or tensors, in the order of `weights_of`.

    Raises `ValueError` if their number or a shape is not the model's.
    """
    for variable, value in zip(model.weights, weights, strict=True):
        variable.value.assign(value, read_value=False)


def trainable_of(model: Any) -> list[bool]:
    """Whether a Keras `model` is trainable, and each of its layers, and of theirs."""
    return [bool(layer.trainable) for layer in _with_its_layers(model)]


def give_trainable(model: Any, flags: Sequence[bool]) -> None:
    """Set what is trainable in a Keras `model`, in the order of `trainable_of`."""
    for layer, flag in zip(_with_its_layers(model), flags, strict=True):  # a layer sets those in it: they come after it
        layer.trainable = flag


def _with_its_layers(model: Any) -> Iterator[Any]:
    yield model
    for layer in getattr(model, "layers", ()):
        yield from _with_its_layers(layer)
