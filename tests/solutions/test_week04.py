"""Week 4's questions, in this process: the solution, its known mistakes, and what is no answer at all."""

from __future__ import annotations

import pytest

from tests.solutions.common import GARBAGE, Sitting, stub

WEEK = Sitting("week04", {"adversarial_loss": ["q2", "q3"], "train_step": ["q3"]})
# What it does depends on the order of the images in a batch, which is adversarial_fit's own choice: what the loop makes
# of it can be followed in one order alone.
BY_ORDER = ("Your mix is the share of the images that are attacked",)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_solution_gets_every_point(seed: int) -> None:
    WEEK.expect_full_marks(seed)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), WEEK.built_upon)
def test_a_known_mistake_loses_points_is_named_and_is_paid_for_once(name: str, number: int) -> None:
    WEEK.expect_named_and_paid_for_once(name, number, BY_ORDER)


def test_at_least_five_mistakes_are_known_for_every_function() -> None:
    WEEK.expect_known_mistakes(5)


def test_what_is_not_implemented_gets_nothing() -> None:
    WEEK.expect_nothing_for(stub)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_fails_with_a_message_and_never_breaks_a_case(garbage: str) -> None:
    WEEK.expect_nothing_for(GARBAGE[garbage])


@pytest.mark.parametrize("name", ["adversarial_loss", "train_step", "adversarial_fit", "fgsm_random_start"])
def test_a_function_that_is_missing_fails_its_cases(name: str) -> None:
    WEEK.expect_failure_without(name)


def test_hidden_cases_draw_other_inputs_for_another_seed() -> None:
    WEEK.expect_other_inputs_for_another_seed()
