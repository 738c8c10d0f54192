"""Values on the student's side of the wire: from frames to Python objects and back.

What the grader sends as a tag becomes the real thing here (a Keras model, an optimizer, a callback); what the
student's code answers becomes plain values. The trusted side has the mirror of this in `autograder/grading/mirror.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import array_equal  # bound here, before a submission can replace it

from autograder.worker.wire import Tag, WireError
from course.model_weights import give_trainable, give_weights, trainable_of, weights_of


class Values:
    """The models, optimizers and callables that have crossed so far, by the numbers the grader gave them."""

    def __init__(self, call_back: Callable[[int, list[Any]], Any]) -> None:
        self._call_back = call_back
        self._models: dict[int, Any] = {}
        self._known_weights: dict[int, list[np.ndarray]] = {}
        self._trainable: dict[int, list[bool]] = {}
        self._optimizers: dict[int, Any] = {}
        self._callbacks: dict[int, Callable[..., Any]] = {}
        self._portables: list[Any] = []
        self._received: set[int] = set()
        self._handles: list[tuple[Callable[..., Any], set[int]]] = []  # with the models of the call that returned it

    def receive(self, value: Any) -> Any:
        """The Python object for a value of the wire."""
        if isinstance(value, list):
            return [self.receive(item) for item in value]
        if isinstance(value, dict):
            return {key: self.receive(item) for key, item in value.items()}
        if isinstance(value, Tag):
            return getattr(self, f"_receive_{value.kind}")(value.value)
        return value

    def _receive_tensor(self, value: np.ndarray) -> Any:
        import tensorflow as tf

        return tf.constant(value)

    def _receive_model(self, value: dict[str, Any]) -> Any:
        import keras

        number = value["id"]
        self._received.add(number)
        if value["config"] is not None:
            self._models[number] = keras.models.model_from_json(value["config"])
            self._trainable[number] = trainable_of(self._models[number])
        if value["weights"] is not None:
            give_weights(self._models[number], value["weights"])
            self._known_weights[number] = value["weights"]
        return self._models[number]

    def _receive_portable(self, value: dict[str, Any]) -> Any:
        kind = getattr(importlib.import_module(value["module"]), value["class"])
        arguments = self.receive(value["arguments"])
        for known in self._portables:  # one that came before stays the same object: a graph traced for it holds
            if type(known) is kind and _are_alike(known.arguments, arguments):
                return known
        self._portables.append(kind(**arguments))
        return self._portables[-1]

    def _receive_optimizer(self, value: dict[str, Any]) -> Any:
        import keras

        number = value["id"]
        if number not in self._optimizers:
            configuration = {"class_name": value["class"], "config": json.loads(value["config"])}
            self._optimizers[number] = keras.optimizers.get(configuration)
        return self._optimizers[number]

    def _receive_callback(self, number: int) -> Callable[..., Any]:
        if number not in self._callbacks:
            self._callbacks[number] = lambda *args: self._call_back(number, list(args))
        return self._callbacks[number]

    def _receive_handle(self, number: int) -> Callable[..., Any]:
        return self.handle(number)

    def handle(self, number: int) -> Callable[..., Any]:
        """A callable that a call returned. What it may change are the models of that call: they are this one's, too."""
        function, models = self._handles[number]
        self._received |= models
        return function

    def send(self, value: Any) -> Any:
        """The value of the wire for what the student's code gave. Raises `WireError` for what can't cross."""
        return self._send(value, 0)

    def _send(self, value: Any, depth: int) -> Any:
        if depth > 16:
            raise WireError("the answer is nested more than 16 deep (or contains itself)")
        if value is None or type(value) in (bool, int, float):
            return value
        if type(value) is str:
            return value.encode("utf-8", "replace").decode("utf-8")
        # Also a defaultdict, or what Keras and TensorFlow make of a dict or list that is an object's attribute.
        if isinstance(value, (list, tuple)):
            return [self._send(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {str(key): self._send(item, depth + 1) for key, item in value.items()}
        # A number without a shape, or an array that holds one: else it would pass for a scalar tensor.
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.shape == ()):
            return self._send(value.item(), depth + 1)
        if (tag := self._tag_of(value)) is not None:
            return tag
        if hasattr(value, "__array__"):
            return _array(value)
        if callable(value):
            self._handles.append((value, set(self._received)))
            return Tag("handle", len(self._handles) - 1)
        raise WireError(f"a {type(value).__name__} is not an answer: return an array, a tensor or plain numbers")

    def _tag_of(self, value: Any) -> Tag | None:
        """What the grader gave, given back; None for anything else."""
        for number, model in self._models.items():
            if value is model:
                return Tag("model", {"id": number, "weights": self.changed_weights(number)})
        for number, callback in self._callbacks.items():
            if value is callback:
                return Tag("callback", number)
        return None

    def changed_weights(self, number: int) -> list[np.ndarray] | None:
        """The model's weights when they differ from what the grader last saw, else None."""
        weights = weights_of(self._models[number])
        if _same_arrays(weights, self._known_weights[number]):
            return None
        self._known_weights[number] = weights
        return weights

    def put_back_trainable(self) -> bool:
        """Undo, in the models that this call got, what it set to be trainable or not. True if there was anything."""
        changed = False
        for number in self._received:
            with contextlib.suppress(Exception):  # a model that the submission has broken stays as it left it
                if trainable_of(self._models[number]) != self._trainable[number]:
                    give_trainable(self._models[number], self._trainable[number])
                    changed = True
        return changed

    def all_changed_weights(self) -> list[Any]:
        """`[number, weights]` of every model that this call got and whose weights the grader has not seen."""
        changes = [[number, self.changed_weights(number)] for number in sorted(self._received)]
        return [change for change in changes if change[1] is not None]

    def put_back_weights(self) -> None:
        """Undo, in the models of a call that gave no answer, what the grader is not told of."""
        for number in self._received:
            with contextlib.suppress(Exception):  # a model that the submission has broken stays as it left it
                give_weights(self._models[number], self._known_weights[number])

    def end_of_call(self) -> None:
        """Forget which models this call got."""
        self._received.clear()


def _array(value: Any) -> np.ndarray:
    """A plain array of the value's numbers; an array subclass or a tensor leaves its class behind here."""
    array = np.array(value)
    if array.dtype == object:
        raise WireError("an array of Python objects is not an answer: return numbers of one dtype and shape")
    return np.ndarray.view(array, np.ndarray)


def _are_alike(some: dict[str, Any], others: dict[str, Any]) -> bool:
    """Whether the arguments of one portable are those of another: the same objects, or equal numbers and strings."""
    return some.keys() == others.keys() and all(
        value is others[name] or (type(value) in (bool, int, float, str) and repr(value) == repr(others[name]))
        for name, value in some.items()
    )


def _same_arrays(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))
