"""The reference's functions in the place of a student's own, lent to functions that are built on them.

A mistake in an earlier function must not be paid for again: what is right with the reference's earlier functions is
right. It is the student's code that calls them, within the time of its own call, so what one of these calls may cost
is bounded: it can't be about more than the call itself is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.checks import CheckFailed
from course.portable import Portable

MAX_SIZE = 4  # times the largest array that the function itself was given


class Loan:
    """The reference's `functions` by name, which answer with tensors or, if not `as_tensors`, with arrays.

    `used` says whether the student's code has called any of them.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]], as_tensors: bool) -> None:
        self.functions = functions
        self.used = False
        self._as_tensors = as_tensors

    def callbacks(self, args: Sequence[Any]) -> dict[str, Callable[..., Any]]:
        """Each as a callable that takes what comes over the wire while the student's function answers for `args`."""
        return {name: partial(self._answer, function, args) for name, function in self.functions.items()}

    def _answer(self, function: Callable[..., Any], of_call: Sequence[Any], *args: Any) -> Any:
        self.used = True
        answer = function(*(_argument(arg, of_call) for arg in args))
        if callable(answer):
            return partial(self._answer, answer, of_call)
        return tf.convert_to_tensor(answer) if self._as_tensors else np.asarray(answer)


def _argument(arg: Any, of_call: Sequence[Any]) -> Any:
    """What the student's code passed: a number or an array, or `{"argument": n}`, the call's own n-th argument."""
    if isinstance(arg, dict):
        return _callable_argument(arg.get("argument"), of_call)
    own = [np.asarray(item) for item in of_call if isinstance(item, int | float) or hasattr(item, "shape")]
    if callable(arg) or np.size(arg) > MAX_SIZE * max(map(np.size, own), default=1):
        raise CheckFailed("An earlier function was called with more than this call is about.")
    if np.size(arg) == 1 and not abs(np.asarray(arg).item()) <= max((np.abs(item).max() for item in own), default=1):
        raise CheckFailed("An earlier function was called with a larger number than this call has.")
    return arg


def _callable_argument(position: Any, of_call: Sequence[Any]) -> Any:
    """The model or function at the position; where the student's code wrapped it up, the only one there is.

    A function of ours that the call was given, such as an oracle, tells no more this way than when it is called.
    """
    callables = [number for number, item in enumerate(of_call) if callable(item)]
    if position is None and len(callables) == 1:
        position = callables[0]
    if type(position) is not int or position not in callables:
        raise CheckFailed("An earlier function was called with a model that this call was not given.")
    item = of_call[position]
    if isinstance(item, keras.Model | Portable):
        return item
    return lambda *args: np.asarray(item(*map(np.asarray, args)))  # no gradient flows through it
