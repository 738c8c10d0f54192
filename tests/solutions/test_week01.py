"""Week 1's questions, in this process: the solution, its known mistakes, and what is no answer at all."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from autograder.week import ROOT, load_module, week_names
from course.draw import Draw
from tests.solutions.common import GARBAGE, Sitting, stub

WEEK = Sitting("week01")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_solution_gets_every_point(seed: int) -> None:
    WEEK.expect_full_marks(seed)


def test_at_least_five_mistakes_are_known_for_every_function() -> None:
    WEEK.expect_known_mistakes(5)


def test_what_is_not_implemented_gets_nothing() -> None:
    WEEK.expect_nothing_for(stub)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_fails_with_a_message_and_never_breaks_a_case(garbage: str) -> None:
    WEEK.expect_nothing_for(GARBAGE[garbage])


@pytest.mark.parametrize("later", [name for name in week_names() if name != "week01"])
def test_a_gradient_can_be_copied_into_the_weeks_that_ask_for_it(later: str) -> None:
    stub_of_later = load_module(ROOT / "assignments" / later / f"{later}.py", f"{later}_with_a_copy")
    if not hasattr(stub_of_later, "input_gradient"):
        pytest.skip(f"{later} asks for no gradient")
    first = WEEK.solution()["input_gradient"]
    exec(inspect.getsource(first), vars(stub_of_later))
    draw = Draw(1)
    args = draw.linear_network(), draw.images(3), draw.labels(3)
    np.testing.assert_array_equal(stub_of_later.input_gradient(*args), first(*args))


def test_a_function_that_is_missing_fails_its_cases() -> None:
    WEEK.expect_failure_without("fgsm")


def test_hidden_cases_draw_other_inputs_for_another_seed() -> None:
    WEEK.expect_other_inputs_for_another_seed()
