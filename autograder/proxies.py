"""The student's functions as the questions call them: each sends its arguments over the wire and returns the answer.

Everything that can go wrong on the other side is a `SubmissionError`. A function that must give the same answer to
the same inputs is watched for that, whatever a case asks of it: an answer that is right only sometimes is not right.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from autograder.digest import NoDigestError, digest_of
from autograder.mirror import Caller
from course.checks import CheckFailed, two_answers

# What is equal up to rounding: a sign may turn where a gradient is next to zero, so a few numbers may be others.
SHARE_THAT_MAY_DIFFER = 0.05
ROUNDING = 1e-3
KEPT_BYTES = 1 << 24


class Function:
    """The student's function `name`, called like the function itself. `changed` names what the last call altered."""

    def __init__(self, session: Caller, name: str, parameters: tuple[str, ...], trains: bool) -> None:
        self.__name__ = name
        self._session = session
        self._signature = inspect.Signature(
            [inspect.Parameter(parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD) for parameter in parameters]
        )
        self._parameters = parameters
        self._trains = trains
        self._answers: dict[str, Any] = {}
        self._compared = False
        self._random = False
        self.changed: list[str] = []

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the student's function in its sandbox.

        Raises `SubmissionError` when that gives no answer, `CheckFailed` once it gave two answers to the same inputs.
        """
        arguments = list(self._signature.bind(*args, **keywords).args)
        answer = self._exchange(arguments)
        if not self._trains:
            self._compare(arguments, answer)
        return answer

    def _exchange(self, arguments: list[Any]) -> Any:
        answer, positions, weights_changed = self._session.exchange(self.__name__, arguments, self._trains)
        self.changed = [self._parameters[position] for position in positions]
        if weights_changed and not self._trains:
            self.changed.append("the model's weights")
        return answer

    def _compare(self, arguments: list[Any], answer: Any) -> None:
        """Fail if the answer is not what it was before, or, in a hidden case, when it is asked for a second time.

        The questions ask for most things more than once; only a function that was never compared is called again.
        What gets a callable that may count its calls, which has no digest, is never called on our own account.
        """
        try:
            key = digest_of(arguments)
        except NoDigestError:
            return
        if key in self._answers:
            self._expect_equal(answer, self._answers[key])
        elif size_of(answer) <= KEPT_BYTES:
            self._answers[key] = answer
        if self._session.hidden and not self._compared:
            changed = self.changed
            self._expect_equal(self._exchange(arguments), answer)
            self.changed = changed
        if self._random:
            hint = two_answers(self.__name__, seeded="seed" in self._parameters)
            raise CheckFailed("The answer depends on chance.", hint)

    def _expect_equal(self, answer: Any, earlier: Any) -> None:
        self._compared = True
        self._random = self._random or not is_same(answer, earlier)


def is_same(one: Any, other: Any) -> bool:
    """Whether two answers are the same up to rounding. Of what is not made of numbers nothing is said."""
    if isinstance(one, list) and isinstance(other, list):
        if all(isinstance(item, float | int) for item in [*one, *other]):
            return is_same(np.array(one), np.array(other))
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray | float | int) and isinstance(other, np.ndarray | float | int):
        return _are_close(np.asarray(one, np.float64), np.asarray(other, np.float64))
    return True


def _are_close(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    scale = np.abs(one[np.isfinite(one)]).max(initial=0)
    with np.errstate(all="ignore"):
        close = np.isclose(one, other, rtol=0, atol=ROUNDING * scale, equal_nan=True)
    return bool(np.mean(~close) <= SHARE_THAT_MAY_DIFFER) if close.size else True


def size_of(answer: Any) -> int:
    """The bytes of the arrays in an answer, about."""
    if isinstance(answer, np.ndarray):
        return answer.nbytes
    items = answer if isinstance(answer, list) else answer.values() if isinstance(answer, dict) else ()
    return 64 + sum(map(size_of, items))
