"""Values on the trusted side of the wire: from Python objects to frames and back, the mirror of `worker/values.py`.

Nothing of the student's ever runs here. Models that come back are loaded into the architecture that was sent;
callables that come back are numbers to call; what makes no sense is a `SubmissionError`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from autograder.errors import SubmissionError
from autograder.grading.answers import count_tags, size_of
from autograder.grading.descriptions import architecture
from autograder.worker.wire import Tag
from course.checks import CheckFailed
from course.model_weights import weights_of
from course.portable import Portable

MAX_TAGS = 16  # each model that comes back is built again: what an answer may cost us is bounded
MAX_CALLED_BACK = 1 << 28  # bytes: what we are called with in one call we may have to keep


def malformed(reason: str) -> SubmissionError:
    """The error for an answer that is not one."""
    return SubmissionError(f"The answer can't be used: {reason}.", kind="malformed answer")


class Caller(Protocol):
    """What a proxy needs of its session: exchanges with the child, and whether a hidden case is being judged."""

    hidden: bool

    def exchange(self, function: str | int, args: list[Any], trains: bool) -> tuple[Any, list[int], list[str]]:
        """Call a function, by name or a returned one by number: answer, changed positions, changes in models."""


class Values:
    """What has crossed to one child: models, callbacks and callables, by number. A new child gets a new one."""

    def __init__(self, session: Caller) -> None:
        self._session = session
        self._models: list[keras.Model] = []
        self._architectures: list[str] = []
        self._free: list[int] = []
        self._optimizers: list[Any] = []
        self._callbacks: list[Callable[..., Any]] = []
        # What the child's copy of each model holds; None when it is not known to be what we sent.
        self._held: list[list[np.ndarray] | None] = []
        self._in_call: set[int] = set()  # the models that the call under way was given
        self._called_back = 0  # the bytes with which it called ours
        self.alive = True

    def send_arguments(self, args: list[Any]) -> Any:
        """The values of the wire for the arguments of a new call."""
        self._in_call, self._called_back = set(), 0
        return self.send(args)

    def send(self, value: Any) -> Any:
        """The value of the wire for an argument."""
        if isinstance(value, list | tuple):
            return [self.send(item) for item in value]
        if isinstance(value, dict):
            return {key: self.send(item) for key, item in value.items()}
        if isinstance(value, tf.Tensor | tf.Variable):
            return Tag("tensor", value.numpy())
        if isinstance(value, Portable):  # before models: one of them says that it is a model
            arguments = {name: self.send(item) for name, item in value.arguments.items()}
            kind = type(value)
            return Tag("portable", {"module": kind.__module__, "class": kind.__qualname__, "arguments": arguments})
        if isinstance(value, keras.Model):
            return self._send_model(value)
        if isinstance(value, keras.optimizers.Optimizer):
            return self._send_optimizer(value)
        if isinstance(value, Handle):
            return Tag("handle", value.number)
        if isinstance(value, np.generic):
            return value.item()
        if callable(value):
            return Tag("callback", _position(self._callbacks, value))
        return value

    def start_case(self) -> None:
        """Let models of earlier cases lend new ones their copies in the child; callables of theirs answer no more."""
        self._free = list(range(len(self._models)))
        self._callbacks = [_of_an_earlier_case] * len(self._callbacks)

    def _send_model(self, model: keras.Model) -> Tag:
        weights = weights_of(model)
        number = self._number_of(model)
        self._in_call.add(number)
        if number == len(self._models):
            self._models.append(model)
            self._architectures.append(architecture(model))
            self._held.append(weights)
            return Tag("model", {"id": number, "config": self._architectures[number], "weights": weights})
        held = self._held[number]
        if held is not None and _same(held, weights):
            return Tag("model", {"id": number, "config": None, "weights": None})
        self._held[number] = weights
        return Tag("model", {"id": number, "config": None, "weights": weights})

    def _number_of(self, model: keras.Model) -> int:
        """The number of the model's copy in the child: its own, a free one of its architecture, or a new one."""
        for number, known in enumerate(self._models):
            if known is model:
                if number in self._free:
                    self._free.remove(number)
                return number
        sought = architecture(model) if self._free else ""
        for number in self._free:
            if self._architectures[number] == sought:
                self._free.remove(number)
                self._models[number] = model
                return number
        return len(self._models)

    def _send_optimizer(self, optimizer: Any) -> Tag:
        number = _position(self._optimizers, optimizer)
        configuration = {"id": number, "class": type(optimizer).__name__, "config": json.dumps(optimizer.get_config())}
        return Tag("optimizer", configuration)

    def receive(self, value: Any) -> Any:
        """The plain value for what came back. Raises `SubmissionError` when a tag makes no sense."""
        if count_tags(value) > MAX_TAGS:
            raise malformed(f"it holds more than {MAX_TAGS} functions and models")
        return self._receive(value)

    def _receive(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._receive(item) for item in value]
        if isinstance(value, dict):
            return {key: self._receive(item) for key, item in value.items()}
        if not isinstance(value, Tag):
            return value
        if value.kind == "handle" and type(value.value) is int:
            return Handle(self._session, self, value.value)
        if value.kind == "callback" and _is_index(value.value, self._callbacks):
            return self._callbacks[value.value]
        if value.kind == "model" and isinstance(value.value, dict):
            return self._receive_model(value.value.get("id"), value.value.get("weights"))
        raise malformed("it holds something the grader did not ask for")

    def _receive_model(self, number: Any, weights: Any) -> keras.Model:
        """The model with the weights that it has in the child now: a copy, unless they are those that we sent."""
        if not _is_index(number, self._models):
            raise malformed("it names a model that was never sent")
        model = self._models[number]
        if weights is not None:
            self._held[number] = self._checked_weights(model, weights)
        held = self._held[number]
        if held is None or _same(held, weights_of(model)):
            return model
        copy = keras.models.clone_model(model)
        copy.set_weights(held)
        return copy

    def take_weights(self, changes: Any, trains: bool) -> bool:
        """Note the weights that a call changed; one that trains gets them into our models. True if any changed.

        Ours are those that the call was given: the others may have been given back older weights meanwhile.
        """
        if not isinstance(changes, list):
            raise malformed("the list of changed weights is not a list")
        for change in changes:
            if not (isinstance(change, list) and len(change) == 2 and _is_index(change[0], self._models)):
                raise malformed("it names a model that was never sent")
            number, weights = change
            checked = self._checked_weights(self._models[number], weights)
            self._held[number] = checked if trains else None
        if trains:
            for number in self._in_call:
                held = self._held[number]
                if held is not None and not _same(held, weights_of(self._models[number])):
                    self._models[number].set_weights(held)
        return bool(changes)

    def _checked_weights(self, model: keras.Model, weights: Any) -> list[np.ndarray]:
        shapes = [tuple(weight.shape) for weight in model.weights]
        if not isinstance(weights, list) or not all(isinstance(weight, np.ndarray) for weight in weights):
            raise malformed("the weights of the model are not a list of arrays")
        if [weight.shape for weight in weights] != shapes:
            raise malformed("the weights of the model have other shapes than those of its architecture")
        for weight in weights:
            if weight.dtype.kind not in "fiu" or not np.isfinite(weight).all():
                raise SubmissionError("The weights of the model are no longer finite numbers.", kind="not finite")
        return weights

    def call_back(self, number: Any, args: Any) -> dict[str, Any]:
        """Run one of our callables with the arguments the child gave; what goes wrong is told without a detail."""
        if not _is_index(number, self._callbacks) or not isinstance(args, list):
            raise malformed("it calls a function that was never passed")
        self._called_back += size_of(args)
        if self._called_back > MAX_CALLED_BACK:
            raise malformed(f"in one call it gave more than {MAX_CALLED_BACK >> 20} MB to functions that were passed")
        arguments = [self.receive(item) for item in args]
        try:
            return {"result": self.send(self._callbacks[number](*arguments))}
        except CheckFailed as error:
            return {"refused": str(error)}
        except Exception as error:
            return {"refused": f"the function that was passed can't be called like this ({type(error).__name__})"}


class Handle:
    """A callable that the student's code returned. It stays in the child; calling this calls it there.

    `changed` names what the last call altered.
    """

    def __init__(self, session: Caller, values: Values, number: int) -> None:
        self._session = session
        self._values = values
        self.number = number
        self.changed: list[str] = []

    def __call__(self, *args: Any) -> Any:
        """Call it. Raises `SubmissionError` when the child that held it is gone."""
        if not self._values.alive:
            raise SubmissionError("The function it returned was lost: its process ended in a later call.", kind="crash")
        answer, positions, in_models = self._session.exchange(self.number, list(args), False)
        self.changed = ["an array"] * bool(positions) + in_models
        return answer


def _of_an_earlier_case(*_args: Any) -> None:
    raise CheckFailed("This function was passed in an earlier case and answers no more.")


def _position(known: list[Any], value: Any) -> int:
    """The number of `value` in `known` by identity; a new one is added."""
    for number, item in enumerate(known):
        if item is value:
            return number
    known.append(value)
    return len(known) - 1


def _is_index(number: Any, items: list[Any]) -> bool:
    return type(number) is int and 0 <= number < len(items)


def _same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
