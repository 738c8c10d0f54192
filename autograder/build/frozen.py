"""Inputs and answers of hidden cases, frozen as arrays, for a place where neither the reference nor a seed may be.

The zip for `otter run` carries this file as the package `frozen`, with the recordings beside it. So it imports nothing
of the grader, and reads arrays without pickle.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Events = list[list[Any]]  # [what was asked, what came back], in the order in which it was asked


class FrozenDraw:
    """Gives again what a `course.draw.Draw` gave when the case was recorded, in the same order."""

    def __init__(self, events: Events) -> None:
        self._left = list(events)

    def __getattr__(self, method: str) -> Any:
        return lambda *_args, **_named: _next(self._left, method)


class FrozenReference:
    """Gives again what the reference answered when the case was recorded, in the same order.

    It knows no mistakes: that takes the reference itself.
    """

    def __init__(self, events: Events) -> None:
        self._left = list(events)

    def answer(self, function: str, *_args: Any) -> Any:
        """The recorded answer of `function`."""
        return _next(self._left, function)

    def builds_on(self, *_names: str) -> bool:
        """True: here nothing can stand in for them."""
        return True

    def mistakes(self, _function: str, *_args: Any) -> Sequence[tuple[str, Any]]:
        """None are known here."""
        return []

    def likely(self, _function: str, sentences: set[str]) -> set[str]:
        """All of them."""
        return sentences


def _next(left: Events, asked: str) -> Any:
    if not left or left[0][0] != asked:
        raise RuntimeError(f"The recording of this case has no {asked} here: build the zip again.")
    return left.pop(0)[1]


def replay(case_id: str) -> tuple[FrozenDraw, FrozenReference]:
    """The `draw` and the `reference` of a recorded case such as `q2.3`."""
    recording = thawed((Path(__file__).parent / f"{case_id}.npz").read_bytes())
    return recording["draw"], recording["reference"]


def thawed(recording: bytes) -> dict[str, Any]:
    """What a recorded case asks for as `draw` and `reference`."""
    events = load(recording)
    return {"draw": FrozenDraw(events["draw"]), "reference": FrozenReference(events["reference"])}


def save(value: Any) -> bytes:
    """Plain values, arrays and Keras models as the bytes of an .npz file: its `index` is JSON that names the arrays."""
    arrays: list[np.ndarray] = []
    index = json.dumps(_outline(value, arrays))
    file = io.BytesIO()
    named = {f"a{number}": array for number, array in enumerate(arrays)}
    np.savez_compressed(file, index=np.array(index), **named)  # type: ignore[arg-type]
    return file.getvalue()


def load(data: bytes) -> Any:
    """The inverse of `save`; a model is built again and gets its weights."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return _value(json.loads(str(arrays["index"])), arrays)


def _outline(value: Any, arrays: list[np.ndarray]) -> Any:
    """`value` as JSON; what JSON has no word for becomes a list that begins with its kind."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return ["list", [_outline(item, arrays) for item in value]]
    if isinstance(value, dict):
        return ["dict", [[_outline(key, arrays), _outline(item, arrays)] for key, item in value.items()]]
    if hasattr(value, "to_json") and hasattr(value, "get_weights"):
        return ["model", value.to_json(), [_outline(weight, arrays) for weight in value.get_weights()]]
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise TypeError(
            f"A {type(value).__name__} can't be frozen: cases may draw and compare plain values, arrays, models."
        )
    arrays.append(array)
    return ["array", f"a{len(arrays) - 1}"]


def _value(outline: Any, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(outline, list):
        return outline
    kind, content, *more = outline
    if kind == "array":
        return arrays[content]
    if kind == "list":
        return [_value(item, arrays) for item in content]
    if kind == "dict":
        return {_value(key, arrays): _value(item, arrays) for key, item in content}
    import keras

    model = keras.models.model_from_json(content)
    model.set_weights([_value(weight, arrays) for weight in more[0]])
    return model
