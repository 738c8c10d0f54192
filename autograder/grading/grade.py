"""Run one submission: from the bytes of a file to a verdict. Running many is in `autograder/class_run.py`."""

from __future__ import annotations

import inspect
import time
import traceback

from autograder.confinement.relay import Relay
from autograder.confinement.workers import Worker
from autograder.errors import NotLoadableError
from autograder.grading.loan import Lender
from autograder.grading.reference import Reference
from autograder.grading.run_questions import cases_of
from autograder.grading.session import Session
from autograder.grading.signatures import Signatures
from autograder.grading.source import source_digest, source_text, unloadable_reason
from autograder.grading.trial import Trial
from autograder.verdict import QuestionResult, Status, Verdict
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
        functions = {name: self._reference.function(name) for name in week.functions}
        self._lender = Lender(week, functions, self._parameters)
        self._cases = cases_of(week)
        self._signatures = Signatures(week, self._cases, self._reference, seed)

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
        session = Session(self._worker, self._week, source, self._lender)
        trial = Trial(session, self._week, self._cases, self._reference, self._lender, self._signatures, self._seed)
        try:
            return trial.run()
        finally:
            session.close()


def reference_parameters(week: Week) -> dict[str, tuple[str, ...]]:
    """The parameters of each function of `week`, as the reference solution declares them."""
    module = load_module(week.solution, f"parameters_{week.name}")
    return {name: tuple(inspect.signature(getattr(module, name)).parameters) for name in week.functions}
