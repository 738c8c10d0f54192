"""A mistake is paid for once: functions that are built on a broken one are judged with the reference's in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from autograder.confinement.sandbox import Sandbox
from autograder.confinement.workers import Worker
from autograder.grading.grade import Grader
from autograder.grading.loan import Loan
from autograder.week import ROOT, Week, load_week
from course.checks import CheckFailed
from course.draw import Draw

TINY = load_week("tiny", ROOT / "tests" / "weeks")
SOLUTION = TINY.solution.read_text(encoding="utf-8")
SHIFT = """    moved = np.asarray(x, dtype="float32") + np.float32(offset)
    return moved
"""


def in_a_hurry(week: Week) -> Week:
    """The week with a second for each call."""
    return replace(week, questions=tuple(replace(question, call_seconds=1.0) for question in week.questions))


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Worker(Sandbox("the tests'"), cpu_seconds=480) as worker:
        yield Grader(in_a_hurry(TINY), 1, worker)


def earned(grader: Grader, *changes: tuple[str, str]) -> list[float]:
    """The points of the tiny week's questions for its solution with some text replaced."""
    source = SOLUTION
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    verdict = grader.grade("ann", source.encode())
    assert verdict.status == "graded", verdict.message
    return [question.earned for question in verdict.questions]


@pytest.mark.parametrize(
    "broken",
    [
        "    raise ValueError('not today')\n",
        "    return None\n",
        "    return np.asarray(x)[:0]\n",
        "    while True:\n        pass\n",
        "    __import__('os')._exit(1)\n",
    ],
)
def test_what_is_built_on_a_broken_function_costs_nothing_more(grader: Grader, broken: str) -> None:
    assert earned(grader, (SHIFT, broken)) == [0, 3]


@pytest.mark.parametrize(
    "call", ["shift(x, offset).numpy()", "shift(x, offset).astype('float32')", "shift(offset=offset, x=x)"]
)
def test_the_students_code_may_go_on_with_tensors_or_arrays_and_name_arguments(grader: Grader, call: str) -> None:
    assert earned(grader, (SHIFT, "    raise ValueError\n"), (" = shift(x, offset)", f" = {call}")) == [0, 3]


def test_a_mistake_of_its_own_is_paid_for_beside_the_earlier_one(grader: Grader) -> None:
    unclipped = ("return np.clip(moved_before_clipping, 0.0, 1.0)", "return moved_before_clipping")
    assert earned(grader, (SHIFT, "    raise ValueError\n"), unclipped) == [0, 0]


def test_a_function_that_is_not_written_earns_nothing(grader: Grader) -> None:
    nothing = ("    moved_before_clipping = shift(x, offset)\n", "    raise NotImplementedError\n")
    assert earned(grader, (SHIFT, "    raise NotImplementedError\n"), nothing) == [0, 0]


def test_nothing_is_lent_while_the_earlier_questions_have_all_their_points(grader: Grader) -> None:
    # Right when it is asked for itself, wrong when another function asks: that is never seen in question 1.
    by_caller = SHIFT + "    # unreachable\n"
    sneaky = "    if __import__('sys')._getframe(1).f_code.co_name == 'shift_and_clip':\n        raise ValueError\n"
    assert earned(grader, (SHIFT, sneaky + by_caller)) == [3, 0]


def test_luck_is_not_helped(grader: Grader) -> None:
    coin = "    moved_before_clipping = shift(x, offset) + __import__('random').choice([0.0, 0.5])\n"
    assert (
        earned(
            grader,
            (SHIFT, "    raise ValueError\n"),
            ("    moved_before_clipping = shift(x, offset)\n", coin),
        )[1]
        < 3
    )


def test_a_loan_is_no_longer_answered_in_the_next_case(grader: Grader) -> None:
    keeping = "    global kept\n    kept = shift\n    moved_before_clipping = shift(x, offset)\n"
    using = "    return kept(x, offset)\n"
    assert earned(grader, (SHIFT, using), ("    moved_before_clipping = shift(x, offset)\n", keeping)) == [0, 3]


def gradient(model: Any, x: Any, steps: int = 1) -> Any:
    """A function of the reference, as it may be lent."""
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(model(x))
    return tape.gradient(total, x)


def lent(*of_call: Any, as_tensors: bool = True) -> Any:
    return Loan({"gradient": gradient}, as_tensors).callbacks(of_call)["gradient"]


def test_a_model_of_the_call_is_named_by_its_place_or_is_the_only_one() -> None:
    model, x = Draw(1).linear_network(), Draw(1).images(2)
    expected = gradient(model, x).numpy()
    for place in (0, None):
        assert np.array_equal(lent(model, x)({"argument": place}, x), expected)
    assert isinstance(lent(model, x, as_tensors=False)({"argument": 0}, x), np.ndarray)
    for place in (1, 3, -1, "0", None):
        with pytest.raises(CheckFailed, match="not given"):
            lent(model, x, model)({"argument": place}, x)


def test_a_lent_function_can_not_be_asked_for_more_than_the_call_is_about() -> None:
    model, x = Draw(1).linear_network(), Draw(1).images(2)
    ask = lent(model, x, 3)
    ask({"argument": 0}, x, 3)
    for number in (4, -4, 10**12, np.int64(10**9), np.array(1e9), np.array([float("nan")])):
        with pytest.raises(CheckFailed, match="larger number"):
            ask({"argument": 0}, x, number)
    with pytest.raises(CheckFailed, match="more than"):
        ask({"argument": 0}, np.zeros((9, 28, 28, 1), np.float32))
    with pytest.raises(CheckFailed, match="more than"):
        ask(model, x)


def test_no_gradient_of_an_oracle_can_be_had_by_way_of_a_lent_function() -> None:
    model, x = Draw(1).linear_network(), Draw(1).images(2)
    queries = []

    def oracle(images: Any) -> Any:
        queries.append(len(images))
        return model(images)

    with pytest.raises(ValueError, match="None"):
        lent(oracle, x)({"argument": 0}, x)
    assert queries == [2]
