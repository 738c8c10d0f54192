"""What the tests of the weeks' questions share: a week sat in this process, and answers that are none.

The sample submissions are graded by the real grader, in tests/autograder/test_verdicts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from autograder.errors import SubmissionError
from autograder.grading.reference import Reference, load_mistakes
from autograder.grading.run_questions import run_question, trusted_environment
from autograder.verdict import QuestionResult
from autograder.week import load_module, load_week

SEED = 3

Functions = Mapping[str, Callable[..., Any] | None]


class Unnaming:
    """A reference that knows no mistakes. To name one takes most of the time that a wrong answer costs."""

    def __init__(self, reference: Reference) -> None:
        self.answer = reference.answer
        self.builds_on = reference.builds_on

    def mistakes(self, function: str, *args: Any) -> list[tuple[str, Any]]:
        return []


class Sitting:
    """The questions of one week, for functions to sit. `built_on` names those that are judged by an earlier function.

    Nothing is lent here.
    """

    def __init__(self, week: str, built_on: Mapping[str, list[str]] | None = None) -> None:
        self.week = load_week(week)
        self.built_on = built_on or {}

    @cached_property
    def reference(self) -> Reference:
        return Reference(self.week)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(question.key for question in self.week.questions)

    @property
    def built_upon(self) -> list[tuple[str, int]]:
        """Function and number of every known mistake in a function that others are judged by.

        The others every build tries: each must lose points on its own question, which must name it.
        """
        mistakes = load_mistakes(self.week)
        return [(name, number) for name in self.built_on for number in range(len(mistakes[name]))]

    def solution(self, **wrong: Callable[..., Any] | None) -> Functions:
        """The solution's functions with `wrong` ones in their place, on which the solution builds too."""
        module = load_module(self.week.solution, f"{self.week.name}_for_a_test")
        for name, function in wrong.items():
            setattr(module, name, function)
        return {name: getattr(module, name) for name in self.week.functions}

    def grade(
        self, functions: Functions, seed: int = SEED, keys: Iterable[str] = (), naming: bool = True
    ) -> list[QuestionResult]:
        """Let `functions` sit the questions `keys`, by default all. Without `naming` no known mistake is looked for."""
        reference = self.reference if naming else Unnaming(self.reference)
        environment = trusted_environment(functions, reference, seed)
        chosen = set(keys) or set(self.keys)
        results = [run_question(question, environment) for question in self.week.questions if question.key in chosen]
        errors = [case.detail for result in results for case in result.cases if case.outcome == "error"]
        assert not errors, errors[0]
        return results

    def expect_full_marks(self, seed: int) -> None:
        results = self.grade(self.solution(), seed)
        assert lost(results) == {}
        assert [result.possible for result in results] == [question.points for question in self.week.questions]
        assert sum(result.possible for result in results) == self.week.points == 20

    def expect_named_and_paid_for_once(self, name: str, number: int, may_follow: Collection[str] = ()) -> None:
        """The known mistake loses points on its own question, which names it, and on none that builds on it.

        Others may follow from a mistake whose sentence begins with one of `may_follow`.
        """
        sentence, mistaken = load_mistakes(self.week)[name][number]
        own = next(question.key for question in self.week.questions if name in question.functions)
        results = self.grade(self.solution(**{name: mistaken}), keys=[own, *self.built_on.get(name, [])])
        allowed = set(self.built_on.get(name, [])) if sentence.startswith(tuple(may_follow)) else set()
        assert own in lost(results)
        assert set(lost(results)) <= {own} | allowed, lost(results)
        assert any(sentence in said for said in lost(results)[own]), lost(results)[own]

    def expect_known_mistakes(self, at_least: int) -> None:
        known = load_mistakes(self.week)
        assert {name: len(known[name]) >= at_least for name in self.week.functions} == dict.fromkeys(
            self.week.functions, True
        )

    def expect_nothing_for(self, function: Callable[..., Any]) -> None:
        """No point for `function` in every function's place, and a message in every case."""
        results = self.grade(dict.fromkeys(self.week.functions, function))
        assert sum(result.earned for result in results) == 0
        assert all(case.message for result in results for case in result.cases)

    def expect_failure_without(self, name: str) -> None:
        """A function that is missing fails its question, and is told what to do."""
        key = next(question.key for question in self.week.questions if name in question.functions)
        [result] = self.grade({**self.solution(), name: None}, keys=[key], naming=False)
        assert result.earned < result.possible
        assert any(f"python {self.week.module}" in case.message for case in result.cases)

    def expect_other_inputs_for_another_seed(self) -> None:
        """Answers that were learnt by heart from one run are worth nothing in the next."""
        learnt: dict[str, list[Any]] = {name: [] for name in self.week.functions}

        def learning(name: str, function: Any) -> Callable[..., Any]:
            def learn(*args: Any) -> Any:
                learnt[name].append(function(*args))
                return learnt[name][-1]

            return learn

        def parrot(name: str) -> Callable[..., Any]:
            answers = iter(learnt[name])
            return lambda *args: next(answers, None)

        self.grade({name: learning(name, function) for name, function in self.solution().items()}, seed=1)
        results = self.grade({name: parrot(name) for name in self.week.functions}, seed=2, naming=False)
        assert [c.title for result in results for c in result.cases if c.hidden and c.outcome == "passed"] == []


def lost(results: list[QuestionResult]) -> dict[str, list[str]]:
    """What was said, by the question that lost points."""
    return {
        result.key: [f"{case.title}: {case.message} {case.detail}" for case in result.cases if case.outcome != "passed"]
        for result in results
        if result.earned < result.possible
    }


def stub(*_args: Any) -> None:
    """A function that is not written yet, as the grader meets it."""
    raise SubmissionError("not implemented", kind="NotImplementedError")


class Liar:
    """Says that it is an array of the right shape, and isn't."""

    shape = (8, 28, 28, 1)

    def __array__(self, *_args: Any, **_named: Any) -> Any:
        raise RuntimeError("no array")


def largest_shape(args: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of the largest array among `args`: that of the images."""
    return max((np.shape(arg) for arg in args if hasattr(arg, "shape")), key=np.prod, default=(8, 28, 28, 1))


GARBAGE: dict[str, Callable[..., Any]] = {
    "nothing": lambda *args: None,
    "text": lambda *args: "images",
    "an empty list": lambda *args: [],
    "a ragged list": lambda *args: [[1.0, 2.0], [3.0]],
    "a dict": lambda *args: {"answer": 1.0},
    "a number": lambda *args: 3,
    "infinity": lambda *args: float("inf"),
    "another shape": lambda *args: np.zeros((2, 2)),
    "NaN": lambda *args: np.full((8, 28, 28, 1), np.nan),
    "NaN of the images' shape": lambda *args: np.full(largest_shape(args), np.nan, np.float32),
    "huge numbers": lambda *args: np.full((8, 28, 28, 1), 1e300),
    "huge numbers of the images' shape": lambda *args: np.full(largest_shape(args), 1e300),
    "objects": lambda *args: np.array([None, "a"], dtype=object),
    "complex numbers": lambda *args: np.zeros(8, complex),
    "dates": lambda *args: np.datetime64("2020-01-01"),
    "a function": lambda *args: print,
    "a liar": lambda *args: Liar(),
}
