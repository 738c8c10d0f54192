"""Judging an answer: against what is expected, against what follows from earlier functions, against known mistakes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from course.checks import CheckFailed, InputsChangedError, call, callable_from, expect_finite, to_array
from course.differences import ROUNDING, Difference, Floats
from course.known import listed, shipped_sentence

OTHER_LABELS = 2  # to so many others an earlier function is led that may only hand over an answer


class Reference(Protocol):
    """The reference solution, which only the grader has; on a student's machine there is None."""

    def answer(self, function: str, /, *args: Any) -> Any:
        """What the reference's `function` returns."""

    def following(self, function: str, own: Mapping[str, Any], /, *args: Any) -> Any | None:
        """What the reference's `function` returns when it is built on the student's `own` earlier functions."""

    def builds_on(self, *names: str) -> bool:
        """Whether an answer may be right because it follows from the student's own functions of these names."""

    def mistakes(self, function: str, /, *args: Any) -> Sequence[tuple[str, Any]]:
        """Known mistakes: a sentence for the student, and what `function` returns if that mistake is made."""


@dataclass(frozen=True)
class Earlier:
    """A function of the student's own that an answer may be built on.

    `probe` are arguments for it; `nothing`, and `also_nothing` if there is more than one way, is what it answers to
    them if it does nothing.
    """

    name: str
    function: Callable[..., Any]
    probe: tuple[Any, ...]
    nothing: Floats
    also_nothing: Floats | None = None

    def does_something(self) -> bool:
        """Whether its answer differs from nothing, and between inputs: what follows from less shows nothing."""
        others = tuple(_another(item) for item in self.probe)
        try:
            answer = to_array(self.function(*self.probe), self.nothing.shape, self.name)
            other = to_array(self.function(*others), self.nothing.shape, self.name)
        except Exception:  # whatever the student's function may raise: then nothing can be built on it
            return False
        if not (np.isfinite(answer).all() and np.isfinite(other).all()):
            return False
        dull = [self.nothing, other] if self.also_nothing is None else [self.nothing, self.also_nothing, other]
        return not any(np.allclose(answer, nothing, atol=ROUNDING) for nothing in dull)

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
    """A call of `function`, and all there is for judging its answer.

    An answer that follows from one of the student's own `earlier` functions is right too: without it a mistake would
    be paid for twice.
    """

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
        if not told or self._follows(found, lambda following: not self._how_it_differs(found, following)):
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
            changing = [earlier.name for earlier in self.earlier if earlier.changes_inputs()]
            if not changing or not (self.reference is None or self.reference.builds_on(*changing)):
                raise
            return failed.answer

    def earlier_are_right(self) -> bool:
        """Whether each of the `earlier` functions answers its probe rightly, or must not be built on.

        What tells apart only mistakes made here is asked of those alone, who would else pay for an earlier one again.
        """
        assert self.reference is not None
        for earlier in self.earlier:
            try:
                answer = call(earlier.function, *earlier.probe)
            except Exception:  # it fails in another way, which is its own question's business
                answer = None
            right = self.reference.answer(earlier.name, *earlier.probe)
            if not self._are_same(answer, right) and self.reference.builds_on(earlier.name):
                return False
        return True

    def expect_that(self, check: Callable[[Any], None], answer: Any) -> None:
        """Fail if `answer` fails the `check`, unless what follows from an earlier function fails it in the same way.

        A property that was lost in another way was lost here.
        """
        try:
            check(answer)
        except CheckFailed as failed:
            hint = failed.hint
            if not self._follows(answer, lambda following: _hint_of(check, following) == hint):
                raise CheckFailed(f"{failed}{self._look_there_first()}", hint) from None

    def _follows(self, answer: Any, explains: Callable[[Any], bool]) -> bool:
        """Whether what follows from one of the student's earlier functions `explains` the answer."""
        return any(self._follows_from(earlier, answer, explains) for earlier in self.earlier)

    def _follows_from(self, earlier: Earlier, answer: Any, explains: Callable[[Any], bool]) -> bool:
        """Whether the answer follows from this function, and is not only handed over by it.

        A function that comes last, such as a projection, could return what was answered just before, whatever it is
        given. So it is also led to where other labels lead, at a time that it can't foresee: it is not told the labels,
        and where they make another right answer, it must not come to the same.
        """
        if self.reference is None:
            return False
        trials = [self.args, *self._other_labels(earlier, self.reference)]
        random.shuffle(trials)
        for args in trials:
            following = self.reference.following(self.function, {earlier.name: earlier.function}, *args)
            explained = explains if args is self.args else partial(self._are_same, answer)
            if (following is not None and explained(following)) != (args is self.args):
                return False
        return earlier.does_something()

    def _other_labels(self, earlier: Earlier, reference: Reference) -> list[tuple[Any, ...]]:
        """The arguments with other labels, as far as the right answer is then another one.

        None where the earlier function is told the labels, or answers something else than what is asked.
        """
        if any(map(_are_labels, earlier.probe)) or not any(map(_are_labels, self.args)):
            return []
        right = np.asarray(listed(reference.answer(self.function, *self.args)))
        if right.shape[1:] != earlier.nothing.shape[1:]:
            return []
        shifted = [tuple(_shifted(item, by) for item in self.args) for by in range(1, 1 + OTHER_LABELS)]
        return [args for args in shifted if not self._are_same(right, reference.answer(self.function, *args))]

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
            return str(failed)  # the student's earlier function gave nothing that could be built on
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
        return sentences.pop() if len(sentences) == 1 else ""


def _another(item: Any) -> Any:
    """Other images, or other labels, than those in `item`; anything else as it is."""
    return 1 - item if isinstance(item, np.ndarray) and item.dtype.kind == "f" else _shifted(item, 1)


def _are_labels(item: Any) -> bool:
    return hasattr(item, "shape") and np.asarray(item).dtype.kind in "iu" and np.ndim(item) == 1


def _shifted(item: Any, by: int) -> Any:
    """Other labels than those in `item`; anything else as it is."""
    return (item + by) % 10 if _are_labels(item) else item


def _hint_of(check: Callable[[Any], None], answer: Any) -> str | None:
    """What is said of an answer that fails the check; None if it passes."""
    try:
        check(answer)
    except CheckFailed as failed:
        return failed.hint
    return None
