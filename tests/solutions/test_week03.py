"""Week 3's questions, in this process: the solution, its known mistakes, and what is no answer at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.solutions.common import GARBAGE, Sitting, lost, stub

WEEK = Sitting("week03")


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 9))])
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


KEYS = ("clean", "clean_defended", "attacked", "attacked_defended")
NO_REPORTS: dict[str, Any] = {
    "of text": dict.fromkeys(KEYS, "half"),
    "of nothing": dict.fromkeys(KEYS),
    "of arrays": dict.fromkeys(KEYS, np.zeros(3)),
    "of NaN": dict.fromkeys(KEYS, float("nan")),
    "of dicts": {key: {} for key in KEYS},
    "with a key too many": dict.fromkeys([*KEYS, "noisy"], 0.5),
    "with keys that can't be sorted": {1: 0.5, "clean": 0.5},
}


@pytest.mark.parametrize("what", NO_REPORTS)
def test_a_report_that_is_none_earns_nothing(what: str) -> None:
    [result] = WEEK.grade(WEEK.solution(defence_report=lambda *args: NO_REPORTS[what]), keys=["q4"])
    assert result.earned == 0


NO_DEFENCES: dict[str, Callable[..., Any]] = {**GARBAGE, "images": lambda x: x, "labels": lambda x: np.zeros(len(x))}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("what", NO_DEFENCES)
def test_a_defence_that_is_none_earns_nothing_and_is_paid_for_once(what: str) -> None:
    defence_report = WEEK.solution()["defence_report"]  # it keeps to the solution's own defend
    functions = {**WEEK.solution(), "defend": lambda model, transform: NO_DEFENCES[what]}
    results = WEEK.grade({**functions, "defence_report": defence_report}, keys=["q3", "q4"])
    assert set(lost(results)) == {"q3"}
    assert results[0].earned == 0


def learning(model: Any, transform: Any) -> Callable[..., Any]:
    options = {"training": True} if hasattr(model, "fit") else {}
    return lambda x: model(transform(x), **options)


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("binary_threshold", lambda x, threshold: np.asarray(x) > threshold, "truth values"),
        ("binary_threshold", lambda x, threshold: tf.cast(x, tf.float32) > threshold, "truth values"),
        ("defend", lambda model, transform: lambda x: np.argmax(model(transform(x)), axis=-1), "answers with labels"),
        ("defend", learning, "training mode"),
        ("defend", lambda model, transform: transform, "wrong shape"),
        ("defence_report", lambda *args: {"clean": 1.0}, "must be exactly attacked"),
        (
            "randomised_logits",
            lambda model, x, noise: np.mean([model(x + sample) for sample in noise], axis=1),
            "averaged over the images",
        ),
    ],
)
def test_what_no_comparison_finds_is_told_too(name: str, function: Callable[..., Any], words: str) -> None:
    key = next(question.key for question in WEEK.week.questions if name in question.functions)
    said = lost(WEEK.grade(WEEK.solution(**{name: function}), keys=[key]))
    assert any(words in told for told in said[key]), said


def test_a_function_that_is_missing_fails_its_cases() -> None:
    for name in WEEK.week.functions:
        WEEK.expect_failure_without(name)


def test_hidden_cases_draw_other_inputs_for_another_seed() -> None:
    WEEK.expect_other_inputs_for_another_seed()
