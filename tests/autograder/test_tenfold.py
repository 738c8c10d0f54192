"""Verdicts are the same in ten gradings with different run seeds. A file of its own: it takes a process for long.

In each grading there are the same eight correct submissions and the same wrong one, and one more wrong one, in turns.
"""

from __future__ import annotations

import pytest

from autograder.confinement.workers import Worker
from autograder.grading.grade import Grader
from autograder.week import load_week
from tests.autograder.samples import WEEKS, assert_as_declared, few_samples


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(1, 11))
@pytest.mark.parametrize("week", WEEKS)
def test_verdicts_are_the_same_whatever_the_run_draws(worker: Worker, week: str, seed: int) -> None:
    few = few_samples(week, correct=8)
    always, others = few[:9], few[9:]
    grader = Grader(load_week(week), seed, worker)
    for sample in [*always, others[seed % len(others)]]:
        assert_as_declared(grader.grade(sample.name, sample.path.read_bytes()), sample)
