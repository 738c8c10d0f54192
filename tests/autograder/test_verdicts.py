"""The grader's verdicts on the sample submissions, through the real command: what each must lose, and nothing else.

Each sample says in its first line what that is: tests/autograder/samples.py.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import pytest

from tests.autograder.conftest import Graded, run_grade
from tests.autograder.samples import (
    DEMO,
    POINTS,
    WEEKS,
    Sample,
    assert_as_declared,
    few_samples,
    grade_samples,
    lost,
    lost_by,
    samples,
)

# What every run of the tests grades: of week 1 the demo class has five correct ones, and wrong ones of q1 to q3. These
# are few: `make test-all` grades the others.
FEW = {"week01": few_samples("week01", 0, ("q4", "q5", "q6"))} | {
    week: few_samples(week, 1, ("q2",)) for week in WEEKS if week != "week01"
}
OTHERS = {week: [sample for sample in samples(week) if sample not in FEW[week]] for week in WEEKS}


def name_of(sample: Sample) -> str:
    return f"{sample.week}-{sample.name}"


# The demo class: the questions that each loses, and words of what it is told.
DEMO_CLASS: dict[str, tuple[set[str], str]] = {
    "ada": (set(), ""),
    "alan": (set(), ""),
    "barbara": (set(), ""),
    "edsger": (set(), ""),
    "grace": (set(), ""),
    "noor": ({"q3"}, "away from the target"),
    "pavel": ({"q2"}, "take its sign"),
    "rosa": ({"q2"}, "without the clip"),
    "sana": ({"q2"}, "taken from the network's predictions"),
    "tomas": ({"q1"}, "averaged over the batch"),
    "oscar": ({"q4"}, "longer than 8 seconds"),
    "trudy": ({"q3"}, "ended its own process"),
    "mallory": ({"q3"}, ""),
    "wendy": (set(POINTS["week01"]), "Line 23 is not valid Python"),
}


@pytest.fixture(scope="session")
def graded_few(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Graded]:
    """A few graded samples of a week; each week is graded once."""
    return functools.cache(lambda week: grade_samples(FEW[week], tmp_path_factory.mktemp(week)))


@pytest.fixture(scope="session")
def graded_others(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Graded]:
    """The other samples of a week, graded."""
    return functools.cache(lambda week: grade_samples(OTHERS[week], tmp_path_factory.mktemp(week)))


def assert_right(graded: Graded, sample: Sample) -> None:
    """The verdict in the gradebook is the one declared, and the file of grades has the same."""
    verdict = graded.verdicts[sample.name]
    assert_as_declared(verdict, sample)
    assert graded.rows[sample.name]["status"] == verdict.status
    assert lost(graded, sample.week, sample.name) == lost_by(verdict)


@pytest.mark.timeout(1200)  # the first of a week grades them all
@pytest.mark.parametrize("sample", [*itertools.chain(*FEW.values())], ids=name_of)
def test_a_sample_loses_what_it_must_and_nothing_else(graded_few: Callable[[str], Graded], sample: Sample) -> None:
    assert_right(graded_few(sample.week), sample)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("sample", [*itertools.chain(*OTHERS.values())], ids=name_of)
def test_so_does_every_other_sample(graded_others: Callable[[str], Graded], sample: Sample) -> None:
    assert_right(graded_others(sample.week), sample)


@pytest.mark.parametrize("week", WEEKS)
def test_there_are_enough_samples(week: str) -> None:
    of_week = samples(week)
    in_the_demo = 5 if week == "week01" else 0
    assert sum(sample.correct for sample in of_week) + in_the_demo >= 8
    for question in POINTS[week]:
        assert sum(question in sample.must for sample in of_week) >= 4, question


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return run_grade(DEMO, tmp_path_factory.mktemp("demo"))


@pytest.mark.parametrize("student", DEMO_CLASS)
def test_the_demo_class_gets_what_it_deserves(demo: Graded, student: str) -> None:
    questions, words = DEMO_CLASS[student]
    assert demo.rows[student]["status"] == ("not_loadable" if student == "wendy" else "graded")
    assert lost(demo, "week01", student) == questions, demo.messages(student)
    assert words in demo.messages(student)


def test_the_demo_class_is_complete(demo: Graded) -> None:
    assert demo.returncode == 0
    assert set(demo.rows) == set(DEMO_CLASS) == {path.name for path in DEMO.iterdir()}
    assert "14 verdicts" in demo.output
    assert list(demo.rows["ada"]) == ["student", "score", "possible", "percent", "status", *POINTS["week01"]]
