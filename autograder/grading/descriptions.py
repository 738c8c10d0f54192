"""What a model is described by, worked out once: Keras takes five milliseconds to write a small network down."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

_kept: WeakKeyDictionary[Any, tuple[Any, dict[Callable[[Any], str], str]]] = WeakKeyDictionary()


def configuration(model: Any) -> str:
    """All that Keras knows of the model beside its weights, as JSON."""
    return _described(model, _configuration)


def architecture(model: Any) -> str:
    """The model's architecture as JSON: layers named by their place, and no time spent on initial weights."""
    return _described(model, _architecture)


def _described(model: Any, describe: Callable[[Any], str]) -> str:
    """`describe(model)`, from memory while the model has the same layers, and the same of them are trainable."""
    if not hasattr(model, "layers"):  # an optimizer
        return describe(model)
    state = [(layer.name, layer.trainable) for layer in model.layers]
    kept = _kept.get(model)
    if kept is None or kept[0] != state:
        kept = _kept[model] = (state, {})
    if describe not in kept[1]:
        kept[1][describe] = describe(model)
    return kept[1][describe]


def _configuration(value: Any) -> str:
    return json.dumps([type(value).__name__, _nameless(value.get_config())], sort_keys=True, default=str)


def _nameless(config: Any) -> Any:
    """A configuration without names: Keras counts what it builds, so the next layer or optimizer has another one."""
    if isinstance(config, dict):
        return {key: _nameless(item) for key, item in config.items() if key != "name"}
    return [_nameless(item) for item in config] if isinstance(config, (list, tuple)) else config


def _architecture(model: Any) -> str:
    text = model.to_json()
    for place, layer in enumerate([model, *model._flatten_layers(include_self=False)]):
        text = text.replace(f'"{layer.name}"', f'"layer_{place}"')
    return json.dumps(json.loads(text, object_hook=_without_initialiser))


def _without_initialiser(item: dict[str, Any]) -> dict[str, Any]:
    zeros: dict[str, Any] = {
        "module": "keras.initializers",
        "class_name": "Zeros",
        "config": {},
        "registered_name": None,
    }
    return {key: zeros if key.endswith("_initializer") and value else value for key, value in item.items()}
