"""Grading many submissions in several places at once, each exactly once, whatever dies on the way."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from autograder.grading.source import source_digest
from autograder.pools.job import Submission
from autograder.verdict import Verdict

MOST_LOSSES = 2


@dataclass(frozen=True)
class Lost:
    """The worker that graded `student` died before it gave a verdict; `why` is what is known of its end."""

    student: str
    why: str


class Pool(Protocol):
    """Workers, here or elsewhere. Whatever goes wrong with one of them is a `Lost`, never an exception.

    Its methods raise `GraderError` or `UsageError` when there can't be any worker.
    """

    @property
    def size(self) -> int:
        """How many submissions can be graded at once, as far as is known now; at least 1."""

    def give(self, submission: Submission) -> None:
        """Have it graded. No more than `size` are given and not yet back."""

    def wait(self) -> list[Verdict | Lost]:
        """Wait until something comes back, and return all that did."""


def grade_all(
    pool: Pool, week: str, submissions: Iterable[Submission], begun: Callable[[str], None]
) -> Iterator[Verdict]:
    """The verdict on each of `submissions`, in the order in which they come; `begun` is told each student first.

    A submission whose worker died is graded again when all others are done, and alone: if its worker dies again, it
    was not for somebody else's sake. It then has a verdict that says so, which is an error of ours.
    """
    coming, suspects, given = iter(submissions), deque[Submission](), dict[str, Submission]()
    losses: Counter[str] = Counter()
    while True:
        while len(given) < pool.size and (submission := next(coming, None)):
            _give(pool, submission, given, begun)
        if not given and suspects:
            _give(pool, suspects.popleft(), given, begun)
        if not given:
            return
        for result in pool.wait():
            submission = given.pop(result.student)
            if isinstance(result, Verdict):
                yield result
                continue
            losses[result.student] += 1
            if losses[result.student] < MOST_LOSSES:
                suspects.append(submission)
            else:
                yield _given_up(week, submission, result.why)


def _give(pool: Pool, submission: Submission, given: dict[str, Submission], begun: Callable[[str], None]) -> None:
    begun(submission.student)
    given[submission.student] = submission
    pool.give(submission)


def _given_up(week: str, submission: Submission, why: str) -> Verdict:
    message = f"The process that grades it died {MOST_LOSSES} times while it graded this submission. {why}".rstrip()
    return Verdict(submission.student, week, "error", message=message, digest=source_digest(submission.source))
