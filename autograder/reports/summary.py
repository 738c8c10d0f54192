"""What a class did as a whole: how scores are distributed, and which questions were hard or told little."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.reports.items import chance, discrimination, is_low
from autograder.reports.rows import Row, first_line, unwritten
from autograder.verdict import CaseResult, QuestionResult, Run

BINS = 10
MISTAKES = 5


@dataclass(frozen=True)
class Bin:
    """The submissions from `low` to below `high` percent (the last bin holds 100 too); `idle` of them never ran."""

    low: int
    high: int
    count: int
    idle: int


@dataclass(frozen=True)
class CaseSummary:
    """How many of the submissions that `ran` a case `passed` it; those with an error of ours are not counted."""

    title: str
    hidden: bool
    passed: int
    ran: int


@dataclass(frozen=True)
class QuestionSummary:
    """How the submissions that ran did on a question; `share` (0 to 1) is the part of its points that they got.

    `missed` is the case that failed most often, and how often. `discrimination` (-1 to 1) says how well the question
    tells those apart who do well in the rest of the week; None where that can't be said. `low`: by more than chance,
    and not because nearly everybody gets the question, or misses it, which then can't tell anybody apart.
    """

    key: str
    title: str
    possible: float
    share: float
    full: int
    ran: int
    missed: tuple[str, int] | None
    cases: tuple[CaseSummary, ...]
    discrimination: float | None
    low: bool


@dataclass(frozen=True)
class Mistake:
    """A sentence that submissions were told, and how many of them."""

    key: str
    sentence: str
    count: int


@dataclass(frozen=True)
class Problem:
    """An error of ours, for the teaching assistant: where it happened and what it was."""

    student: str
    where: str
    detail: str


@dataclass(frozen=True)
class Summary:
    """A class. `mean` and `median` are percents over the submissions that have a score, None if there are none.

    `told`: whether any student was told a mistake; `mistakes` is empty when no two were told the same. `whole` counts
    the submissions that ran and have a score, from which the discrimination is computed; by `chance` alone it may be
    that far from 0, None where nothing is said of it.
    """

    counts: dict[str, int]
    mean: float | None
    median: float | None
    full: int
    bins: tuple[Bin, ...]
    questions: tuple[QuestionSummary, ...]
    told: bool
    mistakes: tuple[Mistake, ...]
    problems: tuple[Problem, ...]
    whole: int
    chance: float | None


def summary_of(run: Run, rows: Sequence[Row]) -> Summary:
    """The summary of `rows`, its questions with the hardest first."""
    percents = [row.percent for row in rows if row.percent is not None]
    told = _told_of(rows)
    whole = [row for row in rows if row.status == "graded" and row.score is not None]
    questions = [_question(run, index, rows, whole) for index in range(len(run.question_keys))]
    compared = any(question and question.discrimination is not None for question in questions)
    return Summary(
        counts=dict(Counter(row.status for row in rows)),
        mean=statistics.fmean(percents) if percents else None,
        median=statistics.median(percents) if percents else None,
        full=sum(percent >= 100 for percent in percents),
        bins=_bins(rows),
        questions=tuple(sorted((question for question in questions if question), key=lambda question: question.share)),
        told=bool(told),
        mistakes=_mistakes(told),
        problems=tuple(problem for row in rows for problem in _problems(row)),
        whole=len(whole),
        chance=chance(len(whole)) if compared else None,
    )


def _bins(rows: Sequence[Row]) -> tuple[Bin, ...]:
    width = 100 // BINS
    every: Counter[int] = Counter()
    idle: Counter[int] = Counter()
    for row in rows:
        if row.percent is not None:
            place = min(int(row.percent // width), BINS - 1)
            every[place] += 1
            idle[place] += row.status != "graded"
    return tuple(Bin(place * width, (place + 1) * width, every[place], idle[place]) for place in range(BINS))


def _question(run: Run, index: int, rows: Sequence[Row], whole: Sequence[Row]) -> QuestionSummary | None:
    """The question at `index` of the run; None when no submission ran it. `whole`: the rows with a score that ran."""
    key = run.question_keys[index]
    ran = [
        (question, points)
        for row in rows
        for question in row.verdict.questions
        if question.key == key and (points := row.points[index]) is not None
    ]
    if not ran:
        return None
    possible = ran[0][0].possible
    missed = Counter(case.title for question, _ in ran for case in question.cases if case.outcome == "failed")
    full = sum(points >= possible for _, points in ran)
    found = discrimination([row.points[index] or 0.0 for row in whole], [row.score or 0.0 for row in whole])
    return QuestionSummary(
        key=key,
        title=ran[0][0].title,
        possible=possible,
        share=statistics.fmean(points / possible if possible else 1.0 for _, points in ran),
        full=full,
        ran=len(ran),
        missed=missed.most_common(1)[0] if missed else None,
        cases=_cases([question for question, _ in ran]),
        discrimination=found,
        low=found is not None and is_low(found, len(whole)) and 0.1 < full / len(ran) < 0.9,
    )


def _cases(ran: Sequence[QuestionResult]) -> tuple[CaseSummary, ...]:
    """The cases of one question, in their order in the first of these results."""
    found = [(case.title, case.hidden, case.outcome) for question in ran for case in question.cases]
    return tuple(
        CaseSummary(
            case.title,
            case.hidden,
            passed=found.count((case.title, case.hidden, "passed")),
            ran=sum((title, hidden) == (case.title, case.hidden) for title, hidden, _ in found),
        )
        for case in ran[0].cases
    )


def _told_of(rows: Sequence[Row]) -> Counter[tuple[str, str]]:
    """How often each question's sentences were told, one for each question of a submission."""
    return Counter(
        (question.key, sentence) for row in rows for question in row.verdict.questions if (sentence := _told(question))
    )


def _mistakes(told: Counter[tuple[str, str]]) -> tuple[Mistake, ...]:
    """What students were told most often; nothing when no two were told the same."""
    if max(told.values(), default=0) < 2:
        return ()
    ordered = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Mistake(key, sentence, count) for (key, sentence), count in ordered[:MISTAKES])


def _told(question: QuestionResult) -> str:
    """The shortest message of the cases that failed: it names the mistake without one submission's numbers."""
    messages = [unwritten(case) or first_line(case.message) for case in question.cases if case.outcome == "failed"]
    return min(filter(None, messages), key=len, default="")


def _problems(row: Row) -> list[Problem]:
    verdict = row.verdict
    problems = []
    if verdict.status == "error" and verdict.message:
        problems.append(Problem(row.student, "the submission", verdict.message))
    broken: list[tuple[QuestionResult, CaseResult]] = [
        (question, case) for question in verdict.questions for case in question.cases if case.outcome == "error"
    ]
    problems += [
        Problem(row.student, f"{question.key}, {case.title}", case.detail or case.message) for question, case in broken
    ]
    if row.status == "error" and not problems:
        problems = [Problem(row.student, "the submission", "It was graded, but not every question has a result.")]
    return problems
