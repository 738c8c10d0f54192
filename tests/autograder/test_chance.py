"""Threat 24: what is right only sometimes is not right; and what breaks down is not called for ever."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.grading.answers import is_same
from autograder.grading.proxies import Function
from autograder.week import ROOT
from autograder.worker.wire import MAX_BODY
from course.checks import CheckFailed
from tests.autograder.conftest import Graded, run_grade

HONEST = (ROOT / "solutions" / "week01" / "week01.py").read_text(encoding="utf-8")
FUNCTIONS = {
    "q1": "input_gradient",
    "q2": "fgsm",
    "q3": "targeted_fgsm",
    "q4": "fooling_image",
    "q5": "disguised_image",
    "q6": "accuracy_by_epsilon",
}
COIN = """

import random

_coin, _right = random.Random({seed}), {name}


def {name}(*args):
    answer = np.asarray(_right(*args))
    return answer if _coin.random() < 0.5 else answer[::-1] + 0.125
"""


class FakeSession:
    """Answers as the test wants; counts the calls."""

    def __init__(self, answer: Callable[[int], Any]) -> None:
        self.hidden, self.calls, self._answer = False, 0, answer

    def exchange(self, function: Any, args: list[Any], trains: bool) -> tuple[Any, list[int], list[str]]:
        self.calls += 1
        return self._answer(self.calls), [0] if self.calls == 1 else [], []


def function(session: FakeSession, trains: bool = False) -> Function:
    return Function(session, "f", ("x",), trains)


def test_a_function_is_called_twice_in_the_first_hidden_case_only() -> None:
    session = FakeSession(lambda call: 1.0)
    f = function(session)
    f(np.zeros(3))
    assert session.calls == 1
    session.hidden = True
    f(np.ones(3))
    assert session.calls == 3
    f(np.full(3, 2.0))
    assert session.calls == 4


def test_one_that_was_asked_the_same_before_need_not_be_called_again() -> None:
    session = FakeSession(lambda call: 1.0)
    f = function(session)
    f(np.zeros(3))
    f(np.zeros(3))
    session.hidden = True
    f(np.ones(3))
    assert session.calls == 3


def test_once_found_random_every_later_answer_fails() -> None:
    session = FakeSession(lambda call: float(call > 1))
    f = function(session)
    f(np.zeros(3))
    for _ in range(3):
        with pytest.raises(CheckFailed, match="two different answers"):
            f(np.zeros(3))


def test_what_changes_its_inputs_is_still_seen_to_do_so() -> None:
    session = FakeSession(lambda call: 1.0)
    session.hidden = True
    f = function(session)
    f(np.zeros(3))
    assert (session.calls, f.changed) == (2, ["x"])


@pytest.mark.parametrize(
    ("parameter", "advice"), [("x", "may be drawn at random or kept"), ("seed", "must follow from `seed` alone")]
)
def test_what_is_said_depends_on_whether_there_is_a_seed_to_draw_from(parameter: str, advice: str) -> None:
    f = Function(FakeSession(float), "f", (parameter,), False)
    f(3)
    with pytest.raises(CheckFailed, match=advice):
        f(3)


@pytest.mark.parametrize("argument", [lambda: None, iter([])])
def test_what_may_have_state_is_not_called_on_our_own_account(argument: Any) -> None:
    session = FakeSession(float)
    session.hidden = True
    function(session)(argument)
    assert session.calls == 1


def test_what_trains_is_not_called_twice() -> None:
    session = FakeSession(float)
    session.hidden = True
    function(session, trains=True)(1.0)
    assert session.calls == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1.0, True),
        (0.5, 0.75, False),
        ([1, 2.0], [1, 2.0], True),
        ([1, 2.0], [1, 3.0], False),
        ([1], [1, 2], False),
        (np.zeros(4), np.zeros(5), False),
        (np.ones(100), np.append(np.ones(97), np.zeros(3)), True),
        (np.ones(100), np.append(np.ones(90), np.zeros(10)), False),
        (np.full(4, np.nan), np.full(4, np.nan), True),
        (np.full(4, np.nan), np.zeros(4), False),
        (np.full(4, np.inf), np.full(4, np.inf), True),
        ({"a": np.ones(3)}, {"a": np.ones(3)}, True),
        ({"a": np.ones(3)}, {"a": np.zeros(3)}, False),
        ({"a": 1}, {"b": 1}, False),
        (np.zeros(0), np.zeros(0), True),
        (None, "x", True),
    ],
)
def test_answers_are_the_same_up_to_rounding(one: Any, other: Any, same: bool) -> None:
    assert is_same(one, other) is same


@pytest.fixture(scope="module")
def coins(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("coins")
    (folder / "class").mkdir()
    for key, name in FUNCTIONS.items():
        for seed in range(5 if key == "q4" else 1):
            (folder / "class" / f"{key}-{seed}.py").write_text(HONEST + COIN.format(name=name, seed=seed))
    ends = HONEST + "\n\ndef fooling_image(*args):\n    import os\n\n    os._exit(3)\n"
    (folder / "class" / "ending.py").write_text(ends)
    return run_grade(folder / "class", folder / "out", "--quiet")


@pytest.mark.slow
def test_a_right_answer_with_probability_one_half_never_gets_full_marks(coins: Graded) -> None:
    rows = {student: row for student, row in coins.rows.items() if student != "ending"}
    assert len(rows) == 10, coins.output
    assert not [student for student, row in rows.items() if row["score"] == "20"]
    for student, row in rows.items():
        assert all(float(row[key]) > 0 for key in FUNCTIONS if key < student[:2]), (student, row)
    assert any("two different answers" in coins.messages(student) for student in rows if student[:2] == "q4")


@pytest.mark.slow
def test_what_ends_its_process_twice_is_not_called_again(coins: Graded) -> None:
    assert coins.rows["ending"]["q4"] == "0"
    cases = [case for q in coins.verdicts["ending"].questions if q.key == "q4" for case in q.cases]
    assert sum("by an exit with status 3" in case.message for case in cases) == 2
    assert all("fooling_image ended its process 2 times before" in case.detail for case in cases[2:])


def test_comparing_the_largest_answers_takes_no_more_than_they_do() -> None:
    largest = np.ones(MAX_BODY // 4, bool)
    other = largest.copy()
    tracemalloc.start()
    assert is_same(largest, other)
    assert not is_same(largest, ~other)
    assert not is_same(largest, np.zeros(3))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MAX_BODY + (1 << 26)
