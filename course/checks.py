"""What the questions use to look at an answer, with messages that teach.

A check returns quietly or raises `CheckFailed`, whatever the answer is: it never trusts the shape, the type or the
numbers of what a student's function returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from course.differences import ROUNDING, Difference, Floats
from course.known import shipped_sentence


class CheckFailed(AssertionError):  # noqa: N818 - it is read as a sentence, in a student's terminal
    """An answer is not right. The text is for the student who sees the inputs.

    `hint` names the mistake and holds no input and no expected value, so that it may be shown for any case; "" when
    there is nothing to say.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip() if hint not in message else message)
        self.hint = hint


class Reference(Protocol):
    """The reference solution, which only the grader has; on a student's machine there is None."""

    def answer(self, function: str, /, *args: Any) -> Any:
        """What the reference's `function` returns."""

    def following(self, function: str, own: Mapping[str, Any], /, *args: Any) -> Any | None:
        """What the reference's `function` returns when it is built on the student's `own` earlier functions."""

    def mistakes(self, function: str, /, *args: Any) -> Sequence[tuple[str, Any]]:
        """Known mistakes: a sentence for the student, and what `function` returns if that mistake is made."""


def expect_defined(function: object, name: str, module: str) -> None:
    """Fail with advice if the student's file did not define the function `name`."""
    if not callable(function):
        raise CheckFailed(
            f"There is no function {name}: your file did not load, or the function was renamed or removed. "
            f"Run `python {module}.py`: it shows the line that stops it, and nothing if all is well."
        )


def call(function: Callable[..., Any], *args: Any) -> Any:
    """The answer of `function(*args)`; fails if it changed its arrays or the weights of a model in `args`."""
    before = [_snapshot(argument) for argument in args]
    answer = function(*args)
    changed = list(getattr(function, "changed", ()))  # what the grader saw on the student's side
    if any(not _same_snapshot(old, _snapshot(argument)) for old, argument in zip(before, args, strict=True)):
        changed.append("an array or a model")
    if changed:
        hint = "It changed what it was given. Work on a copy: `x = x + step` makes a new array, `x += step` does not."
        raise CheckFailed(f"After the call {' and '.join(map(str, changed))} is no longer what it was.", hint)
    return answer


def _snapshot(argument: Any) -> list[Any]:
    if isinstance(argument, np.ndarray):
        return [argument.copy()]
    if hasattr(argument, "get_weights"):
        return [np.array(weight) for weight in argument.get_weights()]
    return []


def _same_snapshot(old: list[Any], new: list[Any]) -> bool:
    return len(old) == len(new) and all(np.array_equal(a, b) for a, b in zip(old, new, strict=True))


def array_from(answer: Any, shape: tuple[int, ...], name: str) -> Floats:
    """The answer as a float32 array of exactly `shape`, finite; anything else fails with what was got."""
    if answer is None:
        hint = f"{name} returned None. Is there a `return`, and did tape.gradient find a path (tape.watch)?"
        raise CheckFailed(f"Expected an array of shape {shape}.", hint)
    try:
        array = np.array(answer, subok=False)
    except Exception as error:
        raise CheckFailed(f"{name} returned a {type(answer).__name__} that is no array: {error}.") from error
    if array.dtype.kind not in "fiu":
        hint = f"{name} must return an array or a tensor of numbers, not a {type(answer).__name__}."
        raise CheckFailed(f"The elements are of type {array.dtype}.", hint)
    if array.shape != shape:
        hint = f"What {name} returned has the wrong shape."
        raise CheckFailed(f"Expected {shape}, got {array.shape}.", hint)
    if not np.isfinite(array).all():
        hint = f"{name} returned NaN or infinity. Is there a division by zero or a logarithm of zero?"
        raise CheckFailed(f"{np.mean(~np.isfinite(array)):.1%} of the numbers are not finite.", hint)
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


def expect_float32(answer: Any, name: str) -> None:
    """Fail unless `answer`, which `array_from` has accepted, is float32."""
    dtype = np.asarray(answer).dtype
    if dtype != np.float32:
        hint = f"{name} must return float32. NumPy makes float64 as soon as one array in a formula is float64."
        raise CheckFailed(f"Got {dtype}.", hint)


def expect_in_range(images: Floats, name: str) -> None:
    """Fail if a pixel lies outside [0, 1]."""
    if images.min() < -ROUNDING or images.max() > 1 + ROUNDING:
        hint = f"{name} returned pixels outside [0, 1], which no camera gives. Clip the image, after the step."
        raise CheckFailed(f"Got pixels from {images.min():.3f} to {images.max():.3f}.", hint)


def expect_within(images: Floats, x: Floats, eps: float, name: str) -> None:
    """Fail if a pixel of `images` is further than `eps` from that of `x`."""
    furthest = float(np.abs(images - x).max())
    if furthest > eps + ROUNDING:
        hint = f"{name} moved pixels by more than eps."
        raise CheckFailed(f"eps is {eps:g}, the largest change is {furthest:.4f}.", hint)


def expect_unmoved(images: Floats, x: Floats, hint: str) -> None:
    """Fail with `hint` unless `images` are exactly `x`, to rounding."""
    moved = np.abs(images - x) > ROUNDING
    if moved.any():
        raise CheckFailed(f"{moved.mean():.1%} of the pixels moved.", hint)


def expect_repeatable(first: Floats, second: Floats, difference: Difference, name: str) -> None:
    """Fail if two answers of `name` to the same inputs differ."""
    told = difference(second, first)
    if told:
        hint = f"{name} gave two different answers to the same inputs. Nothing in it may be drawn at random or kept."
        raise CheckFailed(told, hint)


@dataclass(frozen=True)
class Earlier:
    """A function of the student's own that an answer may be built on, and what it returns when it does nothing."""

    name: str
    function: Callable[..., Any]
    idle: Callable[..., Any]


@dataclass(frozen=True)
class Asked:
    """A call of `function`, and all there is for judging its answer.

    An answer that follows from one of the student's own `earlier` functions is right too: without it a mistake would
    be paid for twice. It must not follow from one that does nothing, or nothing would have been shown.
    """

    function: str
    args: tuple[Any, ...]
    difference: Difference
    reference: Reference | None
    earlier: Sequence[Earlier] = ()
    advice: str = ""

    def expect(self, answer: Floats, expected: Any) -> None:
        """Fail unless `answer` is what is `expected`, naming the mistake if it is a known one."""
        told = self.difference(answer, array_from(expected, answer.shape, "the reference"))
        if not told or any(self._follows(answer, earlier) for earlier in self.earlier):
            return
        sentence = self._known_mistake(answer)
        raise CheckFailed(f"{told} {sentence or self.advice}".strip(), sentence)

    def _follows(self, answer: Floats, earlier: Earlier) -> bool:
        return self._matches(answer, earlier.name, earlier.function) and not self._matches(
            answer, earlier.name, earlier.idle
        )

    def _matches(self, answer: Floats, name: str, function: Callable[..., Any]) -> bool:
        if self.reference is None:
            return False
        following = self.reference.following(self.function, {name: function}, *self.args)
        try:
            return not self.difference(answer, array_from(following, answer.shape, self.function))
        except CheckFailed:
            return False  # the student's earlier function gave nothing that could be built on

    def _known_mistake(self, answer: Floats) -> str:
        if self.reference is None:
            return shipped_sentence(self.function, self.args, answer)
        for sentence, mistaken in self.reference.mistakes(self.function, *self.args):
            if np.shape(mistaken) == answer.shape and not self.difference(answer, np.asarray(mistaken, np.float32)):
                return sentence
        return ""
