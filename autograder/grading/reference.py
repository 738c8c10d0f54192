"""The reference solution as the questions ask it: for an answer, and for what known mistakes would answer."""

from __future__ import annotations

import contextlib
import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograder.grading.digest import NoDigestError, digest_of
from autograder.week import Week, load_module
from course.model_weights import give_weights, weights_of
from course.portable import Portable

Mistake = tuple[str, Callable[..., Any]]

MOST_ANSWERS = 1024


class Reference:
    """A week's reference solution and its known mistakes. It lives on the trusted side only.

    What it answers follows from the arguments alone, so each answer is computed once and kept: a class of
    three hundred costs the reference no more than a class of one.
    """

    def __init__(self, week: Week) -> None:
        self._week = week
        self._module = load_module(week.solution, f"reference_{week.name}")
        self._mistakes: dict[str, list[Mistake]] = load_mistakes(week)
        self._memory: OrderedDict[str, _Kept] = OrderedDict()

    def function(self, name: str) -> Callable[..., Any]:
        """The reference's function itself; what it answers is not kept."""
        function: Callable[..., Any] = getattr(self._module, name)
        return function

    def answer(self, function: str, *args: Any) -> Any:
        """What the reference's `function` answers, as NumPy arrays and plain values.

        A function that trains leaves its model trained, as the student's does.
        """
        return self._remembered(f"answer/{function}", getattr(self._module, function), function, args)

    def builds_on(self, *_names: str) -> bool:
        """Whether an answer may be judged by the student's own functions of these names: by any."""
        return True

    def mistakes(self, function: str, *args: Any) -> list[tuple[str, Any]]:
        """The sentence and the answer of each known mistake of `function`; one that fails on `args` is left out.

        Each starts from the models as they are given, and leaves them so.
        """
        found: list[tuple[str, Any]] = self._remembered(
            f"mistakes/{function}", partial(self._all_mistakes, function), function, args
        )
        return found

    def likely(self, _function: str, sentences: set[str]) -> set[str]:
        """Of the `sentences` that would explain an answer those that nothing else speaks against: all."""
        return sentences

    def known(self, function: str) -> list[Mistake]:
        """The known mistakes of `function`: a sentence, and the function that makes the mistake."""
        return self._mistakes.get(function, [])

    def mistakes_afresh(self, function: str, *args: Any, rounding: float = 0.0) -> list[tuple[str, Any]]:
        """The same, tried again instead of remembered; the networks' weights are off by the relative error `rounding`.

        It tells what a known mistake answers on another machine, whose last digits differ.
        """
        models = list(_models(args))
        before = [weights_of(model) for model in models]
        generator = np.random.default_rng(0)
        for model, weights in zip(models, before, strict=True):
            give_weights(model, [_rounded(array, rounding, generator) for array in weights])
        try:
            return self._all_mistakes(function, *args)
        finally:
            for model, weights in zip(models, before, strict=True):
                give_weights(model, weights)

    def _all_mistakes(self, function: str, *args: Any) -> list[tuple[str, Any]]:
        trained = self._trained(function, args)
        before = [weights_of(model) for model in trained]
        found = []
        for sentence, mistaken in self.known(function):
            with contextlib.suppress(Exception):
                found.append((sentence, as_plain(mistaken(*args))))
            for model, weights in zip(trained, before, strict=True):
                give_weights(model, weights)
        return found

    def _trained(self, function: str, args: tuple[Any, ...]) -> list[Any]:
        """The models among `args` that `function` may train."""
        return list(_models(args)) if function in self._week.trains else []

    def _remembered(self, key: str, call: Callable[..., Any], function: str, args: tuple[Any, ...]) -> Any:
        """The answer of `call(*args)`, from memory where it can be; models that it trains end up trained too."""
        trained = self._trained(function, args)
        try:
            key = f"{key}/{digest_of(*args)}"
        except NoDigestError:
            return as_plain(call(*args))
        if key in self._memory:
            kept = self._memory[key]
            for model, weights in zip(trained, kept.weights, strict=True):
                give_weights(model, weights)
        else:
            answer = as_plain(call(*args))
            kept = _Kept(answer, [weights_of(model) for model in trained])
            self._memory[key] = kept
            if len(self._memory) > MOST_ANSWERS:  # some are asked for what a student answered, which never comes again
                self._memory.popitem(last=False)
        self._memory.move_to_end(key)
        return copy.deepcopy(kept.answer)


def _rounded(array: np.ndarray, rounding: float, generator: np.random.Generator) -> np.ndarray:
    """`array` with relative errors of the size `rounding`; the whole numbers of a dropout layer's seed stay."""
    if not np.issubdtype(array.dtype, np.floating):
        return array
    return (array * (1 + rounding * generator.standard_normal(array.shape))).astype(array.dtype)


class _Kept(NamedTuple):
    """An answer, and the weights it left in the models it trained."""

    answer: Any
    weights: list[list[np.ndarray]]


def load_mistakes(week: Week) -> dict[str, list[Mistake]]:
    """The known mistakes of `week` by function: a sentence for the student and a function that makes the mistake."""
    if not week.mistakes.is_dir():
        return {}
    mistakes: dict[str, list[Mistake]] = load_module(week.mistakes, f"mistakes_{week.name}").MISTAKES
    return mistakes


def as_plain(value: Any) -> Any:
    """`value` with every tensor in it as a NumPy array; handles such as a returned function stay what they are."""
    if isinstance(value, dict):
        return {key: as_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(as_plain(item) for item in value)
    return value.numpy() if hasattr(value, "numpy") else value


def _models(values: Any) -> Iterator[Any]:
    """The Keras models among the arguments, at any depth of lists and dicts."""
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from _models(value)
    elif isinstance(values, Portable):
        yield from _models(values.arguments)
    elif hasattr(values, "get_weights") and hasattr(values, "set_weights"):
        yield values
