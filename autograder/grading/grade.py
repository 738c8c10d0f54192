"""Run one submission: from the bytes of a file to a verdict. Running many is in `autograder/class_run.py`."""

from __future__ import annotations

import inspect
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from autograder.confinement.relay import Relay
from autograder.confinement.workers import Worker
from autograder.errors import NotLoadableError
from autograder.grading.loan import Loan
from autograder.grading.proxies import Function
from autograder.grading.reference import Reference
from autograder.grading.run_questions import load_cases, public_first, run_case, trusted_environment
from autograder.grading.session import Session
from autograder.grading.source import source_digest, source_text, unloadable_reason
from autograder.verdict import CaseResult, QuestionResult, Status, Verdict
from autograder.week import Week, load_module

TRIES = 2


class Grader:
    """Grades submissions of one week, one after the other, in one warm worker."""

    def __init__(self, week: Week, seed: int, worker: Worker | Relay) -> None:
        self._week = week
        self._seed = seed
        self._worker = worker
        self._reference = Reference(week)
        self._parameters = reference_parameters(week)
        untrained = [name for name in week.functions if name not in week.trains]
        self._lendable = {name: self._reference.function(name) for name in untrained}
        self._cases = {question.key: load_cases(question.file).test_cases for question in week.questions}

    def grade(self, student: str, source: bytes) -> Verdict:
        """The verdict on `source`, the content of the file that `student` handed in."""
        started = time.monotonic()
        questions: tuple[QuestionResult, ...] = ()
        status: Status = "not_loadable"
        ending = ""
        message = unloadable_reason(source)
        if not message:
            try:
                status, message, questions = self._try_to_run(source)
            except NotLoadableError as error:
                message, ending = str(error), error.kind
        return Verdict(
            student=student,
            week=self._week.name,
            status=status,
            questions=questions,
            message=message,
            digest=source_digest(source),
            seconds=time.monotonic() - started,
            source=source_text(source),
            ending=ending,
        )

    def _try_to_run(self, source: bytes) -> tuple[Status, str, tuple[QuestionResult, ...]]:
        """Run it; when the grader itself fails, once more, and then say so. Raises `NotLoadableError`."""
        for _ in range(TRIES):
            try:
                questions = self._run(source)
            except NotLoadableError:
                raise
            except Exception:  # whatever it is, it costs this submission a second try and the class nothing
                trouble = traceback.format_exc()
                self._worker.restart()
                continue
            broken = any(case.outcome == "error" for question in questions for case in question.cases)
            return ("error" if broken else "graded"), "", questions
        return "error", f"The grader failed {TRIES} times on this submission. The last time:\n{trouble}", ()

    def _run(self, source: bytes) -> tuple[QuestionResult, ...]:
        session = Session(self._worker, self._week, source, self._lendable)
        try:
            functions = self._proxies(session, session.load())
            results = {
                (key, number): self._run_case(session, functions, key, number)
                for key, number, _ in public_first(self._cases)
            }
            self._let_nothing_be_paid_twice(session, functions, results)
        finally:
            session.close()
        return tuple(
            QuestionResult(
                question.key,
                question.title,
                tuple(results[question.key, number] for number in range(1, len(self._cases[question.key]) + 1)),
            )
            for question in self._week.questions
        )

    def _run_case(self, session: Session, functions: Mapping[str, Function], key: str, number: int) -> CaseResult:
        case = self._cases[key][number - 1]
        session.start_case(bool(case.hidden))
        environment = trusted_environment(functions, self._reference, self._seed)
        return run_case(case, environment, f"{key}.{number}")

    def _let_nothing_be_paid_twice(
        self, session: Session, functions: Mapping[str, Function], results: dict[tuple[str, int], CaseResult]
    ) -> None:
        """Pass the cases that pass once the reference's functions stand in for those of questions that lost points.

        A function that trains can't stand in for another one, and chance is not helped: it may be lucky the next time.
        """
        ours: dict[str, Callable[..., Any]] = {}
        for question in self._week.questions:
            places = [place for place in results if place[0] == question.key and results[place].outcome == "failed"]
            by_chance = any(functions[name].random for name in question.functions if name in functions)
            for place in places if ours and not by_chance else []:
                results[place] = self._with_ours(session, ours, place, functions.keys()) or results[place]
            if any(results[place].outcome != "passed" for place in places):
                ours |= {name: self._lendable[name] for name in question.functions if name in self._lendable}

    def _with_ours(
        self,
        session: Session,
        ours: Mapping[str, Callable[..., Any]],
        place: tuple[str, int],
        defined: Iterable[str],
    ) -> CaseResult | None:
        """The case as it passes with functions of ours, or None: the student's code goes on with tensors or arrays."""
        for as_tensors in (True, False):
            loan = Loan(ours, as_tensors)
            with session.lending(loan):
                result = self._run_case(session, self._proxies(session, defined), *place)
            if result.outcome == "passed":
                return result
            if not loan.used or not result.ending:
                return None
        return None

    def _proxies(self, session: Session, defined: Iterable[str]) -> dict[str, Function]:
        return {name: Function(session, name, self._parameters[name], name in self._week.trains) for name in defined}


def reference_parameters(week: Week) -> dict[str, tuple[str, ...]]:
    """The parameters of each function of `week`, as the reference solution declares them."""
    module = load_module(week.solution, f"parameters_{week.name}")
    return {name: tuple(inspect.signature(getattr(module, name)).parameters) for name in week.functions}
