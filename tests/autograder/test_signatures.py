"""Of several known mistakes that explain an answer, the cases that passed tell some apart."""

from __future__ import annotations

import pytest

from autograder.grading import signatures
from autograder.grading.reference import Reference
from autograder.grading.run_questions import cases_of
from autograder.grading.signatures import Signatures
from autograder.week import load_week

SHARE = "Your percentile is taken for a share where it is 1 or less: it runs from 0 to 100."
BRIGHTEST = "Your filter takes the brightest pixel for every percentile but 0: it runs from 0 to 100, not from 0 to 1."


def signatures_of(week_name: str) -> Signatures:
    week = load_week(week_name)
    return Signatures(week, cases_of(week), Reference(week), seed=1)


def test_what_a_passed_case_speaks_against_is_not_said() -> None:
    """A percentile of 1 gives the brightest pixel to both; one of 50 only to the one who says so for all."""
    found = signatures_of("week03")
    assert found.likely("percentile_filter", {SHARE, BRIGHTEST}, "q2", passed=[2]) == {SHARE}
    assert found.likely("percentile_filter", {SHARE, BRIGHTEST}, "q2", passed=[]) == {SHARE, BRIGHTEST}


def test_each_is_tried_once_for_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    found, tried = signatures_of("week03"), []
    run_case = signatures.run_case
    monkeypatch.setattr(signatures, "run_case", lambda *args: tried.append(args) or run_case(*args))
    for _ in range(3):
        assert found.passes("percentile_filter", SHARE, "q2", 2)
    assert len(tried) == 1


def test_of_what_trains_nothing_is_known() -> None:
    found = signatures_of("week04")
    assert found.likely("train_step", {"some", "others"}, "q2", passed=[1]) == {"some", "others"}


def test_a_mistake_that_raises_passes_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    found = signatures_of("week03")
    monkeypatch.setattr(Reference, "known", lambda *_: [(SHARE, lambda *_: 1 / 0)])
    assert not found.passes("percentile_filter", SHARE, "q2", 2)
