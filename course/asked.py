"""Judging an answer: against what is expected, and against known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from course.checks import CheckFailed, InputsChangedError, call, callable_from, expect_finite, to_array
from course.differences import ROUNDING, Difference, Floats
from course.known import listed, shipped_sentence


class Reference(Protocol):
    """The reference solution, which only the grader has; on a student's machine there is None."""

    def answer(self, function: str, /, *args: Any) -> Any:
        """What the reference's `function` returns."""

    def builds_on(self, *names: str) -> bool:
        """Whether an answer may be judged by the student's own functions of these names, right or wrong."""

    def mistakes(self, function: str, /, *args: Any) -> Sequence[tuple[str, Any]]:
        """Known mistakes: a sentence for the student, and what `function` returns if that mistake is made."""

    def likely(self, function: str, sentences: set[str], /) -> set[str]:
        """Of several `sentences` that explain an answer of `function` those that its other answers bear out."""


@dataclass(frozen=True)
class Earlier:
    """A function of the student's own that an answer may be built on. `probe` are arguments for it."""

    name: str
    function: Callable[..., Any]
    probe: tuple[Any, ...]

    def does_something(self) -> bool:
        """Whether it answers a number that is not 0, and another one for other inputs."""
        others = tuple(_another(item) for item in self.probe)
        try:
            answers = [float(to_array(self.function(*args), (), self.name)) for args in (self.probe, others)]
        except Exception:  # whatever the student's function may raise: then nothing can be built on it
            return False
        dull = any(np.allclose(answers[0], number, atol=ROUNDING) for number in (0, answers[1]))
        return bool(np.isfinite(answers).all()) and not dull

    def changes_inputs(self) -> bool:
        """Whether it changes its `probe`: whatever is built on it then does so too."""
        try:
            call(self.function, *self.probe)
        except InputsChangedError:
            return True
        except Exception:  # it fails in another way, which is its own question's business
            return False
        return False


class Tried:
    """A student's function that returns a callable, tried at once: `Tried(f, 2)(a, b, x)` is `f(a, b)(x)`.

    With no more than its own arguments, of which there are `taken`, it returns the callable.
    """

    def __init__(self, function: Callable[..., Any], taken: int) -> None:
        self._function = function
        self._taken = taken
        self.changed: list[str] = []

    def __call__(self, *args: Any) -> Any:
        """The callable, or what it answers."""
        returned = call(self._function, *args[: self._taken])
        if len(args) == self._taken:
            return returned
        answer = callable_from(returned, "The function")(*args[self._taken :])
        self.changed = list(getattr(returned, "changed", ()))
        return answer


@dataclass(frozen=True)
class Asked:
    """A call of `function`, and all there is for judging its answer. It may be built on `earlier` functions."""

    function: str
    args: tuple[Any, ...]
    difference: Difference
    reference: Reference | None
    earlier: Sequence[Earlier] = ()
    advice: str = ""

    def expect(self, answer: Any, expected: Any) -> None:
        """Fail unless `answer` is what is `expected`, naming the mistake if it is a known one."""
        found = to_array(answer, np.shape(expected), self.function)
        expect_finite(found, self.function)
        told = self._how_it_differs(found, expected)
        if not told:
            return
        sentence = self._known_mistake(found)
        raise CheckFailed(f"{told} {sentence or self.advice}{self._look_there_first()}".strip(), sentence)

    def _look_there_first(self) -> str:
        """What only the grader can tell apart: a mistake that was made here, and one that came with an earlier one."""
        if self.reference or not self.earlier:
            return ""
        names = " or ".join(earlier.name for earlier in self.earlier)
        return f" If {names} is not right yet, start there: this may follow from it, and then costs nothing more."

    def expect_from(self, function: Callable[..., Any], expected: Any) -> None:
        """Call the student's `function` and judge its answer by `expect`."""
        self.expect(self.answer_of(function), expected)

    def answer_of(self, function: Callable[..., Any]) -> Any:
        """Call the student's `function`, which may change what it is given only if one of its `earlier` ones does."""
        try:
            return call(function, *self.args)
        except InputsChangedError as failed:
            names = [earlier.name for earlier in self.earlier]
            may_follow = self.reference is None or self.reference.builds_on(*names)
            if not may_follow or not any(earlier.changes_inputs() for earlier in self.earlier):
                raise
            return failed.answer

    def earlier_are_right(self) -> bool:
        """Whether each of the `earlier` functions answers its probe rightly, or nothing may be judged by them.

        What tells apart only mistakes made here is asked of those alone, who would else pay for an earlier one again.
        """
        assert self.reference is not None
        if not self.reference.builds_on(*(earlier.name for earlier in self.earlier)):
            return True
        for earlier in self.earlier:
            try:
                answer = call(earlier.function, *earlier.probe)
            except Exception:  # it fails in another way, which is its own question's business
                answer = None
            right = self.reference.answer(earlier.name, *earlier.probe)
            if not self._are_same(answer, right):
                return False
        return True

    def expect_that(self, check: Callable[[Any], None], answer: Any) -> None:
        """Fail if `answer` fails the `check`, with a word on where to look first."""
        try:
            check(answer)
        except CheckFailed as failed:
            raise CheckFailed(f"{failed}{self._look_there_first()}", failed.hint) from None

    def _are_same(self, answer: Any, other: Any) -> bool:
        """Whether two answers are the same, up to what may differ."""
        try:
            found = to_array(answer, np.shape(listed(other)), self.function)
        except CheckFailed:
            return False
        return not self._how_it_differs(found, other)

    def _how_it_differs(self, answer: Floats, other: Any) -> str:
        try:
            other = to_array(listed(other), answer.shape, self.function)
        except CheckFailed as failed:
            return str(failed)  # a known mistake may answer in another shape
        if np.array_equal(answer, other):
            return ""
        if not np.array_equal(np.isfinite(answer), np.isfinite(other)):
            return "Not all numbers are finite."
        with np.errstate(all="ignore"):  # of numbers that no correct answer has
            return self.difference(np.nan_to_num(answer), np.nan_to_num(other))

    def _known_mistake(self, answer: Floats) -> str:
        """What is said of the mistakes that give this answer; "" when there is none, or when two things are said."""
        if self.reference is None:
            return shipped_sentence(self.function, self.args, answer)
        known = self.reference.mistakes(self.function, *self.args)
        sentences = {sentence for sentence, mistaken in known if not self._how_it_differs(answer, mistaken)}
        if len(sentences) > 1:
            sentences = self.reference.likely(self.function, sentences)
        return sentences.pop() if len(sentences) == 1 else ""


def _another(item: Any) -> Any:
    """Other images, or other labels, than those in `item`; anything else as it is."""
    kind = np.asarray(item).dtype.kind if hasattr(item, "shape") else ""
    if kind == "f":
        return 1 - item
    return (item + 1) % 10 if kind in ("i", "u") and np.ndim(item) == 1 else item
