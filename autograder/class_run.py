"""Run many: a class of submissions, its gradebook and its reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from autograder.gradebook import FILE_NAME, Gradebook
from autograder.grading.source import source_digest
from autograder.inbox import Entry, RefusedError, read_submission
from autograder.pools.job import Submission, error_verdict
from autograder.pools.pool import Pool, grade_all
from autograder.provenance import new_run, week_digest
from autograder.reports import Extras, write_reports
from autograder.verdict import Run, Verdict
from autograder.week import Week

Progress = Callable[[str, Verdict | None], None]
"""Called with a student before, and with the verdict too after each submission; for a kept verdict only after."""


class Workplace(Protocol):
    """Where submissions are graded. `sandbox` is its level, `device` where it computes: both stand in the reports."""

    @property
    def sandbox(self) -> str:
        """How submissions are confined there, in words."""

    @property
    def device(self) -> str:
        """What it computes with."""

    def pool(self, week: Week, seed: int, submissions: int) -> AbstractContextManager[Pool]:
        """Workers for so many submissions; leaving it ends them."""


@dataclass(frozen=True)
class Outcome:
    """A run as it ended: its verdicts, sorted by student, of which `kept` were given by earlier runs."""

    run: Run
    verdicts: list[Verdict]
    kept: int


def grade_class(
    week: Week,
    entries: list[Entry],
    out: Path,
    workplace: Workplace,
    seed: int | None,
    progress: Progress,
    *,
    again: bool = False,
    only: Collection[str] | None = None,
    extras: Extras | None = None,
) -> Outcome:
    """Grade every entry, keep each verdict in the gradebook as it comes, and write the reports at the end.

    A verdict that an earlier run gave on the same submission is kept, unless `again`. `seed` is the run's seed; None
    takes the one that the gradebook keeps for this week. With `only`, no other students' entries are looked at, and
    what was last reported of the others is reported again.
    """
    started = time.monotonic()
    with Gradebook(out / FILE_NAME) as gradebook:
        run = new_run(week, workplace.sandbox, workplace.device, gradebook.seed(week.name, seed))
        number = gradebook.start_run(run, week_digest(week), again)
        if only is not None:
            gradebook.carry_over(number, without=only)
            entries = [entry for entry in entries if entry.student in only]
        gradebook.keep_seed(week.name, run.seed)
        to_grade = [entry for entry in entries if not _is_kept(gradebook, number, week, entry, progress)]
        if to_grade:
            with workplace.pool(week, run.seed, len(to_grade)) as pool:
                submissions = _submissions(gradebook, number, week, to_grade, progress)
                for verdict in grade_all(pool, week.name, submissions, lambda student: progress(student, None)):
                    progress(verdict.student, save(gradebook, number, verdict))
        run = replace(run, seconds=time.monotonic() - started)
        judgements = gradebook.judgements(number)
        earlier = {judgement.verdict.student: judgement.run for judgement in judgements if judgement.number != number}
        verdicts = [judgement.verdict for judgement in judgements]
        write_reports(out, run, verdicts, replace(extras or Extras(), earlier=earlier, week=week))
        gradebook.finish_run(number, run)  # only now: stopped before, the same command goes on and writes them
    return Outcome(run, verdicts, len(earlier))


def _is_kept(gradebook: Gradebook, number: int, week: Week, entry: Entry, progress: Progress) -> bool:
    """Whether run `number` has nothing to grade here: it keeps what an earlier one said, or refuses the entry."""
    try:
        digest = source_digest(read_submission(entry))
    except RefusedError as error:
        refused = _refused(week, entry, error)
        if gradebook.keep(number, entry.student, "") == refused:
            progress(entry.student, refused)
        else:
            progress(entry.student, None)
            progress(entry.student, save(gradebook, number, refused))
        return True
    kept = gradebook.keep(number, entry.student, digest)
    if kept is not None:
        progress(entry.student, kept)
    return kept is not None


def _submissions(
    gradebook: Gradebook, number: int, week: Week, entries: list[Entry], progress: Progress
) -> Iterator[Submission]:
    """What is handed in, read when it is asked for; what can't be read any more is refused."""
    for entry in entries:
        try:
            yield Submission(entry.student, read_submission(entry))
        except RefusedError as error:
            progress(entry.student, None)
            progress(entry.student, save(gradebook, number, _refused(week, entry, error)))


def _refused(week: Week, entry: Entry, error: RefusedError) -> Verdict:
    return Verdict(student=entry.student, week=week.name, status="refused", message=str(error))


def save(gradebook: Gradebook, number: int, verdict: Verdict) -> Verdict:
    """Keep a verdict and return what was kept: one that can't be is an error of ours, and costs nobody else theirs."""
    try:
        gradebook.save(number, verdict)
    except Exception as error:  # whatever is odd about it
        verdict = error_verdict(verdict, error)
        gradebook.save(number, verdict)
    return verdict
