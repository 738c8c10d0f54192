"""Week 1's questions, in this process: the solution, its known mistakes, and what is no answer at all.

The sample submissions are graded by the real grader, in tests/autograder/test_verdicts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.errors import SubmissionError
from autograder.reference import Reference, load_mistakes
from autograder.run_questions import run_question, trusted_environment
from autograder.verdict import QuestionResult
from autograder.week import load_module, load_week

SEED = 3
WEEK = load_week("week01")
ALL = tuple(question.key for question in WEEK.questions)
BUILT_ON = {"input_gradient": ["q2", "q3", "q6"], "fgsm": ["q3", "q6"], "fooling_image": ["q5"]}

Functions = Mapping[str, Callable[..., Any] | None]


def functions_of(path: Path) -> Functions:
    module = load_module(path, f"submission_{path.stem}")
    return {name: getattr(module, name) for name in WEEK.functions}


def grade(
    functions: Functions, reference: Reference, seed: int = SEED, keys: Iterable[str] = ALL
) -> list[QuestionResult]:
    environment = trusted_environment(functions, reference, seed)
    return [run_question(question, environment) for question in WEEK.questions if question.key in keys]


def lost(results: list[QuestionResult]) -> dict[str, list[str]]:
    """What was said, by the question that lost points."""
    return {
        result.key: [f"{case.title}: {case.message} {case.detail}" for case in result.cases if case.outcome != "passed"]
        for result in results
        if result.earned < result.possible
    }


def assert_no_error_of_ours(results: list[QuestionResult]) -> None:
    errors = [case.detail for result in results for case in result.cases if case.outcome == "error"]
    assert not errors, errors[0]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(WEEK)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_solution_gets_every_point(reference: Reference, seed: int) -> None:
    results = grade(functions_of(WEEK.solution), reference, seed)
    assert lost(results) == {}
    assert [result.possible for result in results] == [question.points for question in WEEK.questions]
    assert sum(result.possible for result in results) == WEEK.points == 20


KNOWN = [(name, number) for name, mistakes in load_mistakes(WEEK).items() for number in range(len(mistakes))]


@pytest.mark.parametrize(("name", "number"), KNOWN)
def test_a_known_mistake_loses_points_is_named_and_is_paid_for_once(
    reference: Reference, name: str, number: int
) -> None:
    sentence, mistaken = load_mistakes(WEEK)[name][number]
    module = load_module(WEEK.solution, "week01_with_a_mistake")
    setattr(module, name, mistaken)  # what the solution builds on it follows
    own = next(question.key for question in WEEK.questions if name in question.functions)
    functions = {function: getattr(module, function) for function in WEEK.functions}
    results = grade(functions, reference, keys=[own, *BUILT_ON.get(name, [])])
    assert_no_error_of_ours(results)
    assert set(lost(results)) == {own}
    assert any(sentence in said for said in lost(results)[own]), lost(results)[own]


def test_at_least_five_mistakes_are_known_for_every_function() -> None:
    known = load_mistakes(WEEK)
    assert {name: len(known[name]) >= 5 for name in WEEK.functions} == dict.fromkeys(WEEK.functions, True)


def test_what_is_not_implemented_gets_nothing(reference: Reference) -> None:
    def stub(*_args: Any) -> None:
        raise SubmissionError("not implemented", kind="NotImplementedError")

    results = grade(dict.fromkeys(WEEK.functions, stub), reference)
    assert_no_error_of_ours(results)
    assert sum(result.earned for result in results) == 0


class Liar:
    """Says that it is an array of the right shape, and isn't."""

    shape = (8, 28, 28, 1)

    def __array__(self, *_args: Any, **_named: Any) -> Any:
        raise RuntimeError("no array")


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
    "huge numbers": lambda *args: np.full((8, 28, 28, 1), 1e300),
    "objects": lambda *args: np.array([None, "a"], dtype=object),
    "complex numbers": lambda *args: np.zeros(8, complex),
    "dates": lambda *args: np.datetime64("2020-01-01"),
    "a function": lambda *args: print,
    "a liar": lambda *args: Liar(),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_fails_with_a_message_and_never_breaks_a_case(reference: Reference, garbage: str) -> None:
    results = grade(dict.fromkeys(WEEK.functions, GARBAGE[garbage]), reference)
    assert_no_error_of_ours(results)
    assert sum(result.earned for result in results) == 0
    assert all(case.message for result in results for case in result.cases)


def test_functions_that_do_nothing_earn_nothing_by_following_each_other(reference: Reference) -> None:
    module = load_module(WEEK.solution, "week01_that_does_nothing")
    module.input_gradient = lambda model, x, y: np.zeros_like(x)  # type: ignore[attr-defined]
    module.fooling_image = lambda model, target, noise, steps, step_size: noise  # type: ignore[attr-defined]
    results = grade({name: getattr(module, name) for name in WEEK.functions}, reference)
    assert_no_error_of_ours(results)
    said = lost(results)
    assert set(said) == {"q1", "q2", "q3", "q4", "q5", "q6"}


def test_a_function_that_is_missing_fails_its_cases(reference: Reference) -> None:
    results = grade({**functions_of(WEEK.solution), "fgsm": None}, reference)
    assert_no_error_of_ours(results)
    fgsm = next(result for result in results if result.key == "q2")
    assert fgsm.earned == 0
    assert "python week01.py" in fgsm.cases[0].message


def test_hidden_cases_draw_other_inputs_for_another_seed(reference: Reference) -> None:
    """Answers that were learnt by heart from one run are worth nothing in the next."""
    learnt: dict[str, list[Any]] = {name: [] for name in WEEK.functions}

    def learning(name: str, function: Any) -> Callable[..., Any]:
        def learn(*args: Any) -> Any:
            learnt[name].append(function(*args))
            return learnt[name][-1]

        return learn

    def parrot(name: str) -> Callable[..., Any]:
        answers = iter(learnt[name])
        return lambda *args: next(answers, None)

    solution = functions_of(WEEK.solution)
    grade({name: learning(name, function) for name, function in solution.items()}, reference, seed=1)
    results = grade({name: parrot(name) for name in solution}, reference, seed=2)
    assert_no_error_of_ours(results)
    passed = [case.title for result in results for case in result.cases if case.hidden and case.outcome == "passed"]
    assert passed == []
