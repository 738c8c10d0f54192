"""What a model is described by, worked out once: Keras takes five milliseconds to write a small network down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

_kept: WeakKeyDictionary[Any, tuple[Any, dict[Callable[[Any], str], str]]] = WeakKeyDictionary()


def described(model: Any, describe: Callable[[Any], str]) -> str:
    """`describe(model)`, from memory while the model has the same layers, and the same of them are trainable.

    `describe` must not look at the weights.
    """
    state = [(layer.name, layer.trainable) for layer in model.layers]
    kept = _kept.get(model)
    if kept is None or kept[0] != state:
        kept = _kept[model] = (state, {})
    if describe not in kept[1]:
        kept[1][describe] = describe(model)
    return kept[1][describe]
