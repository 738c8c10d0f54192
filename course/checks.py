"""What the questions use to look at an answer, with messages that teach.

A check returns quietly or raises `CheckFailed`, whatever the answer is: it never trusts the shape, the type or the
numbers of what a student's function returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from course.differences import ROUNDING, Difference, Floats, loss_and_accuracy
from course.loading import what_stopped_the_file
from course.model_weights import give_weights, trainable_of, weights_of

ARRAY_CHANGED = (
    "Your function changed the array it was given. Work on a new one: `x = x + step` makes one, `x += step` does not."
)
MODEL_CHANGED = (
    "Your function changed the network it was given. Running it in training mode is enough for that: call "
    "logits_of(model, x), which says training=False."
)
MODEL_FROZEN = (
    "Your function left `trainable` of the network or of a layer other than it was, so it won't learn as before. Leave "
    "it alone: a gradient with respect to the images needs no frozen weights."
)
WEIGHTS, TRAINABLE = "the model's weights", "what is trainable in the model"


class CheckFailed(AssertionError):  # noqa: N818 - it is read as a sentence, in a student's terminal
    """An answer is not right. The text is for the student who sees the inputs.

    `hint` names the mistake and holds no input and no expected value, so that it may be shown for any case; "" when
    there is nothing to say.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message if hint in message else f"{message} {hint}")
        self.hint = hint


def expect_defined(function: object, name: str, module: str) -> None:
    """Fail with advice if the student's file did not define the function `name`, or stopped after it had."""
    stopped = what_stopped_the_file(getattr(function, "__globals__", {}), [getattr(function, "__name__", "")])
    if stopped:
        raise CheckFailed(f"Your file did not load. {stopped}")
    if not callable(function):
        raise CheckFailed(
            f"There is no function {name}: your file did not load, or the function was renamed or removed. "
            f"Run `python {module}.py`: it shows the line that stops it, and nothing if all is well."
        )


class InputsChangedError(CheckFailed):
    """A function changed what it was given; `answer` is what it returned nevertheless."""

    def __init__(self, changed: Sequence[str], answer: Any) -> None:
        super().__init__(
            f"After the call {' and '.join(map(str, changed))} had changed.",
            MODEL_CHANGED if WEIGHTS in changed else MODEL_FROZEN if TRAINABLE in changed else ARRAY_CHANGED,
        )
        self.answer = answer


def call(function: Callable[..., Any], *args: Any) -> Any:
    """The answer of `function(*args)`; fails if it changed an array, or a model's weights or flags, in `args`."""
    if not callable(function):
        raise CheckFailed("The function is missing.", "Your file does not define this function.")
    before = [(_snapshot(argument), _flags(argument)) for argument in args]
    answer = function(*args)
    changed = list(getattr(function, "changed", ()))  # what the grader saw on the student's side
    for argument, (old, flags) in zip(args, before, strict=True):
        if not _same(old, _snapshot(argument)):
            changed.append("an array" if isinstance(argument, np.ndarray) else WEIGHTS)
        if flags != _flags(argument):
            changed.append(TRAINABLE)
    if changed:
        raise InputsChangedError(changed, answer)
    return answer


class Restoring:
    """Calls `function(model, *args)`, which may train the model, and gives the model back the weights it had before.

    `left` are the weights that the last call left in it, `moved` says whether they are others, and `changed` are the
    names of the arrays that it changed.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.left: list[Floats] = []
        self.moved = False
        self.changed: list[str] = []

    def __call__(self, model: Any, *args: Any) -> Any:
        """What the function answers."""
        if not callable(self.function):
            raise CheckFailed("The function is missing.", "Your file does not define this function.")
        before = weights_of(model)
        try:
            return self.function(model, *args)
        finally:
            self.changed = list(getattr(self.function, "changed", ()))
            self.left = weights_of(model)
            self.moved = not _same(before, self.left)
            give_weights(model, before)


def _snapshot(argument: Any) -> list[Any]:
    if isinstance(argument, np.ndarray):
        return [argument.copy()]
    if hasattr(argument, "get_weights"):
        return weights_of(argument)
    return []


def _flags(argument: Any) -> list[bool]:
    return trainable_of(argument) if hasattr(argument, "get_weights") else []


def _same(old: list[Any], new: list[Any]) -> bool:
    return len(old) == len(new) and all(np.array_equal(a, b) for a, b in zip(old, new, strict=True))


def callable_from(answer: Any, name: str) -> Callable[..., Any]:
    """The answer of `name` if it can be called; anything else fails with what was got."""
    if not callable(answer):
        hint = f"{name} must return a callable, such as a function that is defined inside of it, and not call it."
        raise CheckFailed(f"Got a {type(answer).__name__}.", hint)
    return answer


def array_from(answer: Any, shape: tuple[int, ...], name: str) -> Floats:
    """The answer as a float32 array of exactly `shape`, finite; anything else fails with what was got."""
    array = to_array(answer, shape, name)
    expect_finite(array, name)
    return array


def to_array(answer: Any, shape: tuple[int, ...], name: str) -> Floats:
    """The answer as a float32 array of exactly `shape`, which may hold NaN; anything else fails with what was got."""
    if answer is None:
        path = ", and did tape.gradient find a path (tape.watch)" if "gradient" in name else ""
        hint = f"{name} returned None. Is there a return{path}?"
        raise CheckFailed(f"Expected an array of shape {shape}.", hint)
    if _holds_text(answer):  # NumPy would pad each string to the longest
        raise CheckFailed("Got text.", f"{name} must return an array or a tensor of numbers.")
    try:
        array = np.array(answer, subok=False)
    except Exception as error:
        hint = f"{name} must return an array or a tensor of numbers."
        raise CheckFailed(f"Got a {type(answer).__name__}, which is no array: {error}.", hint) from error
    if array.dtype.kind not in "fiu":
        hint = f"{name} must return an array or a tensor of numbers."
        raise CheckFailed(f"Got a {type(answer).__name__} with elements of type {array.dtype}.", hint)
    if array.shape != shape:
        hint = f"What {name} returned has the wrong shape."
        raise CheckFailed(f"Expected shape {shape}, got {array.shape}.", hint)
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


def _holds_text(answer: Any) -> bool:
    items = answer if isinstance(answer, (list, tuple)) else ()
    return isinstance(answer, (str, bytes)) or any(_holds_text(item) for item in items)


def expect_finite(array: Floats, name: str) -> None:
    """Fail if a number is NaN or infinite."""
    if not np.isfinite(array).all():
        question = "Is there a division by zero, a logarithm of zero or the exponential of a large number?"
        hint = f"{name} returned NaN or infinity. {question}"
        raise CheckFailed(f"{np.mean(~np.isfinite(array)):.1%} of the numbers are not finite.", hint)


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
    """Fail if a pixel of `images` is further than `eps` from that of `x`, or if none has moved."""
    furthest = float(np.abs(images - x).max())
    if furthest == 0:
        raise CheckFailed("No pixel moved.", f"{name} returned the images as they were.")
    if furthest > eps + ROUNDING:
        hint = f"{name} moved pixels by more than eps."
        raise CheckFailed(f"eps is {eps:g}, the largest change is {furthest:.4f}.", hint)


def expect_higher_loss(
    model: Any, images: Floats, x: Floats, labels: npt.NDArray[Any], name: str, suspect: str = "the sign of the step"
) -> None:
    """Fail unless the `model`'s mean loss on `images` is higher than on `x`."""
    (before, _), (after, _) = (loss_and_accuracy(model, batch, labels) for batch in (x, images))
    if after <= before:
        hint = f"{name} lowered the network's loss: an attack climbs. Check {suspect}."
        raise CheckFailed(f"The loss went from {before:.3g} to {after:.3g}.", hint)


def expect_repeatable(
    first: Any, second: Any, shape: tuple[int, ...], difference: Difference, name: str, seeded: bool = False
) -> None:
    """Fail if two answers of `name` to the same inputs differ; a `seeded` one may draw at random, from its seed."""
    answers = [to_array(answer, shape, name) for answer in (second, first)]
    for answer in answers:
        expect_finite(answer, name)
    told = difference(*answers)
    if told:
        raise CheckFailed(told, two_answers(name, seeded))


def two_answers(name: str, seeded: bool) -> str:
    """What is said of `name` when it gave two answers to the same inputs, one of which is a seed if it is `seeded`."""
    advice = (
        "Whatever it draws at random must follow from `seed` alone."
        if seeded
        else "Nothing in it may be drawn at random or kept from call to call."
    )
    return f"{name} gave two different answers to the same inputs. {advice}"
