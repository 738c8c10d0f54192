"""Week 2's questions, in this process: the solution, its known mistakes, and what is no answer at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.solutions.common import GARBAGE, Sitting, lost, stub

WEEK = Sitting("week02")


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 9))])
def test_the_solution_gets_every_point(seed: int) -> None:
    WEEK.expect_full_marks(seed)


def test_at_least_eight_mistakes_are_known_for_every_function() -> None:
    WEEK.expect_known_mistakes(8)


def test_what_is_not_implemented_gets_nothing() -> None:
    WEEK.expect_nothing_for(stub)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_fails_with_a_message_and_never_breaks_a_case(garbage: str) -> None:
    WEEK.expect_nothing_for(GARBAGE[garbage])


def test_dividing_by_a_gradient_of_zero_is_found_out() -> None:
    solution = WEEK.solution()
    attacks = {"q4": "mim", "q5": "pgd_l2"}

    def unguarded(name: str) -> Callable[..., Any]:
        def attack(model: Any, *args: Any) -> Any:
            answer = np.asarray(solution[name](model, *args))  # type: ignore[misc]
            constant = "weights" in dir(model) and not any(np.asarray(w).any() for w in model.get_weights()[:1])
            return np.full_like(answer, np.nan) if constant else answer

        return attack

    results = WEEK.grade(
        {**solution, **{name: unguarded(name) for name in attacks.values()}}, keys=attacks, naming=False
    )
    assert {key: "division by zero" in " ".join(said) for key, said in lost(results).items()} == dict.fromkeys(
        attacks, True
    )


@pytest.mark.parametrize("name", WEEK.week.functions)
def test_a_function_that_is_missing_fails_its_cases(name: str) -> None:
    WEEK.expect_failure_without(name)


def test_hidden_cases_draw_other_inputs_for_another_seed() -> None:
    WEEK.expect_other_inputs_for_another_seed()
