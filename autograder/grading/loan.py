"""The reference's functions in the place of a student's own, lent to functions that are built on them.

A mistake in an earlier function must not be paid for again: what is right with the reference's earlier functions is
right. It is the student's code that calls them, within the time of its own call, so what one of these calls may cost
is bounded: it is about the images of that call or some of them, and no number in it is larger than there, or than 1.
"""

from __future__ import annotations

import contextlib
import inspect
import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autograder.week import Week
from course.checks import CheckFailed
from course.portable import Portable

NUMBERS: dict[Any, Callable[[Any], Any]] = {int: int, "int": int, float: float, "float": float}  # by their annotation


class Lender:
    """The functions of `week` that may be lent, as the reference has them, and all of its functions' `parameters`.

    A function that trains can't be lent: no gradient would flow through it.
    """

    def __init__(
        self, week: Week, functions: Mapping[str, Callable[..., Any]], parameters: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.functions = {name: functions[name] for name in week.functions if name not in week.trains}
        self.parameters = parameters
        self.earlier: dict[str, tuple[str, ...]] = {}
        before: tuple[str, ...] = ()
        for name in week.functions:
            self.earlier[name] = before
            before += (name,) if name in self.functions else ()

    def loan(self, names: Collection[str] = (), as_tensors: bool = True) -> Loan:
        """The functions of these names, to be lent."""
        return Loan(self, names, as_tensors)


class Loan:
    """Functions of the `lender`, which answer with tensors or, if not `as_tensors`, with arrays.

    `used` says whether the student's code has called any of them.
    """

    def __init__(self, lender: Lender, names: Collection[str], as_tensors: bool) -> None:
        self.names = names
        self.used = False
        self._lender = lender
        self._as_tensors = as_tensors

    def callbacks(self, called: str | int, args: Sequence[Any]) -> dict[str, Callable[..., Any]]:
        """What stands in while the function `called` answers for `args`: earlier functions of the week alone.

        Each takes what comes over the wire. A function that was returned, which has a number for a name, gets none.
        """
        if isinstance(called, int):
            return {}
        call = _Call(args, dict(zip(self._lender.parameters[called], args, strict=False)))
        names = [name for name in self._lender.earlier[called] if name in self.names]
        return {name: partial(self._answer, self._lender.functions[name], call) for name in names}

    def _answer(self, function: Callable[..., Any], call: _Call, *args: Any) -> Any:
        self.used = True
        parameters = inspect.signature(function).parameters.values()  # the student's own may have more, with defaults
        passed = [call.passed(arg, parameter) for arg, parameter in zip(args, parameters, strict=False)]
        expect_no_broadcast([item for item in passed if isinstance(item, np.ndarray) and item.dtype.kind == "f"])
        answer = function(*passed)
        if callable(answer):
            return partial(self._answer, answer, call)
        return tf.convert_to_tensor(answer) if self._as_tensors else np.asarray(answer)


def expect_no_broadcast(arrays: Sequence[Any]) -> None:
    """Fail if arithmetic on these arrays would make a larger one than any of them, of our memory."""
    with contextlib.suppress(ValueError):  # of shapes that don't fit at all the function itself complains
        together = math.prod(np.broadcast_shapes(*(array.shape for array in arrays)))
        if together > max([1, *(array.size for array in arrays)]):
            raise CheckFailed("An earlier function was called with images of different shapes.")


class _Call:
    """The call of a student's function during which others are lent to it: `args`, and the same by their `names`."""

    def __init__(self, args: Sequence[Any], names: Mapping[str, Any]) -> None:
        self._args = args
        self._names = names
        self._rows: Counter[int] = Counter()  # of all that came in, by their size: some code puts them together
        for shape in (arg.shape for arg in args if hasattr(arg, "shape") and len(arg.shape)):
            self._rows[math.prod(shape[1:])] += shape[0]

    def passed(self, arg: Any, parameter: inspect.Parameter) -> Any:
        """What the student's code passed for this parameter of a lent function. Raises `CheckFailed` for too much."""
        if isinstance(arg, dict):
            return self._callable(arg.get("argument"))
        if callable(arg):
            raise CheckFailed("An earlier function was called with a model that this call was not given.")
        if parameter.annotation not in NUMBERS:
            return self._array(arg)
        kind = NUMBERS[parameter.annotation]
        # What is counted, such as steps, is what costs time. An eps may well be this call's step_size.
        own = [self._names.get(parameter.name)] if kind is int else self._args
        if np.size(arg) != 1:
            raise CheckFailed(f"An earlier function was called with several numbers as {parameter.name}.")
        number = np.asarray(arg).item()
        if not abs(number) <= max([1, *(abs(item) for item in own if isinstance(item, int | float))]):
            raise CheckFailed(f"An earlier function was called with a larger {parameter.name} than this call has.")
        return kind(number)

    def _array(self, arg: Any) -> Any:
        """An array as large as one of the call's own, or as some or one of its rows; of one of two types."""
        array = np.asarray(arg)
        as_rows = (len(array) if array.ndim else 1, math.prod(array.shape[1:]))
        as_one_row = (1, array.size)
        if not any(size in self._rows and rows <= self._rows[size] for rows, size in (as_rows, as_one_row)):
            raise CheckFailed("An earlier function was called with more than this call is about.")
        return array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)

    def _callable(self, position: Any) -> Any:
        """The model or function at the position; where the student's code wrapped it up, the only one there is.

        A function of ours that the call was given, such as an oracle, tells no more this way than when it is called.
        """
        callables = [number for number, item in enumerate(self._args) if callable(item)]
        if position is None and len(callables) == 1:
            position = callables[0]
        if type(position) is not int or position not in callables:
            raise CheckFailed("An earlier function was called with a model that this call was not given.")
        item = self._args[position]
        if isinstance(item, keras.Model | Portable):
            return item
        return lambda *args: np.asarray(item(*map(np.asarray, args)))  # no gradient flows through it
