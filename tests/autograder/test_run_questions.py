"""Cases run against an environment: what passes, what fails, whose fault it is, and what a student may read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import SubmissionError
from autograder.grading.run_questions import OURS, case_seed, run_question, trusted_environment
from autograder.verdict import CaseResult
from autograder.week import Question

HEAD = """
from otter.test_files import test_case
from course.checks import CheckFailed
OK_FORMAT = False
name = "q1"
"""

Make = Callable[[str], Question]


@pytest.fixture
def make_question(tmp_path: Path) -> Make:
    def make(body: str) -> Question:
        file = tmp_path / "q1.py"
        file.write_text(HEAD + body)
        return Question("q1", "A question", ("f",), 1, file, 1)

    return make


def run_one(question: Question, **environment: Any) -> CaseResult:
    (case,) = run_question(question, lambda _case_id: environment).cases
    return case


def test_a_case_that_returns_has_passed(make_question: Make) -> None:
    case = run_one(
        make_question('@test_case(name="Doubles", points=2)\ndef test(f):\n    assert f(1) == 2'), f=lambda x: 2 * x
    )
    assert (case.title, case.outcome, case.possible, case.earned, case.hidden) == ("Doubles", "passed", 2, 2, False)
    assert case.message == ""


def test_a_public_case_tells_all(make_question: Make) -> None:
    question = make_question(
        '@test_case(name="t", points=1)\ndef test(f):\n    raise CheckFailed("Got 3.", "Halve it.")'
    )
    case = run_one(question)
    assert case.outcome == "failed"
    assert case.earned == 0
    assert case.message == "Got 3. Halve it."


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ('CheckFailed("Expected 42.", "Halve it.")', "Halve it."),
        ('CheckFailed("Expected 42.")', "Look again."),
        ('AssertionError("Expected 42.")', "Look again."),
    ],
)
def test_a_hidden_case_tells_the_hint_or_its_own_message(make_question: Make, raised: str, told: str) -> None:
    decorator = '@test_case(name="t", points=1, hidden=True, failure_message="Look again.")'
    case = run_one(make_question(f"{decorator}\ndef test(f):\n    raise {raised}"))
    assert case.message == told
    assert "42" in case.detail


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ValueError", "ValueError."),
        ("time limit", "time limit. Is there a loop that does not end?"),
        ("Secret_0_25_0_75", "an exception."),
    ],
)
def test_a_hidden_case_shows_an_exceptions_type_and_the_students_line_only(
    make_question: Make, kind: str, told: str
) -> None:
    def broken() -> None:
        raise SubmissionError(
            "the inputs are 0.25 and 0.75", kind=kind, student_lines="week01.py, line 3: return x / 0"
        )

    case = run_one(make_question('@test_case(name="t", points=1, hidden=True)\ndef test(f):\n    f()'), f=broken)
    assert case.outcome == "failed"
    assert case.message == f"Your function ended with: {told}\nweek01.py, line 3: return x / 0"


def test_a_public_case_shows_the_students_exception(make_question: Make) -> None:
    def broken() -> None:
        raise SubmissionError("ZeroDivisionError: division by zero", student_lines="week01.py, line 3: return x / 0")

    case = run_one(make_question('@test_case(name="t", points=1)\ndef test(f):\n    f()'), f=broken)
    assert case.message == "ZeroDivisionError: division by zero\nweek01.py, line 3: return x / 0"


def test_any_other_exception_is_ours(make_question: Make) -> None:
    case = run_one(make_question('@test_case(name="t", points=1)\ndef test(f):\n    f["no such key"]'), f={})
    assert (case.outcome, case.message) == ("error", OURS)
    assert "KeyError" in case.detail


def test_an_environment_that_breaks_is_ours(make_question: Make) -> None:
    def environment(_case_id: str) -> Mapping[str, Any]:
        raise OSError("the worker is gone")

    (case,) = run_question(make_question('@test_case(name="t", points=1)\ndef test(f):\n    pass'), environment).cases
    assert case.outcome == "error"


def test_ctrl_c_passes_through(make_question: Make) -> None:
    question = make_question('@test_case(name="t", points=1)\ndef test(f):\n    raise KeyboardInterrupt')
    with pytest.raises(KeyboardInterrupt):
        run_question(question, lambda _case_id: {})


def test_a_file_that_does_not_load_is_one_error(make_question: Make) -> None:
    result = run_question(make_question("this is no Python"), lambda _case_id: {})
    assert [case.outcome for case in result.cases] == ["error"]
    assert result.possible == 1


def test_a_changed_file_is_loaded_again(make_question: Make) -> None:
    question = make_question('@test_case(name="old", points=1)\ndef test(f):\n    pass')
    assert run_one(question).title == "old"
    question.file.write_text(question.file.read_text().replace("old", "new"))
    assert run_one(question).title == "new"


def test_cases_are_numbered_in_their_files_order(make_question: Make) -> None:
    asked: list[str] = []

    def environment(case_id: str) -> Mapping[str, Any]:
        asked.append(case_id)
        return {}

    one = '@test_case(name="{0}", points=1)\ndef test_{0}():\n    pass\n'
    run_question(make_question(one.format("b") + one.format("a")), environment)
    run_question(replace(make_question(one.format("c")), key="q7"), environment)
    assert asked == ["q1.1", "q1.2", "q7.1"]


def test_inputs_follow_from_the_runs_seed_and_the_case() -> None:
    environment = trusted_environment({"f": len}, reference=None, seed=7)
    first, again = environment("q1.1")["draw"].images(2), environment("q1.1")["draw"].images(2)
    assert (first == again).all()
    assert (first != environment("q1.2")["draw"].images(2)).any()
    assert len({case_seed(seed, f"q{n}.1") for seed in range(20) for n in range(20)}) == 400


def test_a_case_seed_can_not_be_found_by_trying() -> None:
    seeds = [case_seed(run, f"q{number}.1") for run in range(10) for number in range(10)]
    assert min(seeds).bit_length() > 100
    large = trusted_environment({}, reference=None, seed=2**63 - 1)("q1.1")["draw"]
    assert large.images(1).shape == (1, 28, 28, 1)
    assert large.dense_network().count_params() > 0


def test_a_message_of_a_hundred_megabytes_is_cut(make_question: Make) -> None:
    text = '@test_case(name="{0}", points=1)\ndef test_{0}():\n    {1}("x" * 10**8 + "end")\n'
    question = make_question(text.format("a", "raise AssertionError") + text.format("b", "raise ValueError"))
    for case in run_question(question, lambda case_id: {}).cases:
        assert len(case.message) < 6_000
        assert len(case.detail) < 60_000
        assert case.detail.endswith("end\n")
