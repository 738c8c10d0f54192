"""One submission before all cases of a week, and the credit for what is built on a broken function of its own.

A mistake is paid for once. So a later function is right, too, if it is right with the reference's in an earlier one's
place; but only where the earlier one has been paid for. Where nothing can stand in, in functions that train, it is
judged by the student's own earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from otter.test_files import TestCase

from autograder.grading.loan import Lender, Loan
from autograder.grading.proxies import Function
from autograder.grading.reference import Reference
from autograder.grading.run_questions import public_first, run_case, trusted_environment
from autograder.grading.session import Session
from autograder.grading.signatures import Signatures
from autograder.verdict import CaseResult, QuestionResult
from autograder.week import Question, Week

Place = tuple[str, int]  # a question's key and the number of one of its cases, from 1


class Trial:
    """Runs the `cases` of `week` against the submission of a `session`. Fresh inputs follow from the run's `seed`."""

    def __init__(
        self,
        session: Session,
        week: Week,
        cases: Mapping[str, Sequence[TestCase]],
        reference: Reference,
        lender: Lender,
        signatures: Signatures,
        seed: int,
    ) -> None:
        self._session = session
        self._week = week
        self._cases = cases
        self._reference = reference
        self._lender = lender
        self._signatures = signatures
        self._seed = seed
        self._results: dict[Place, CaseResult] = {}

    def run(self) -> tuple[QuestionResult, ...]:
        """Load the submission and try it. Raises `NotLoadableError`."""
        defined = self._session.load()
        functions = self._proxies(defined)
        followed: dict[Place, set[str]] = {}
        trains = {q.key for q in self._week.questions if self._week.trains.intersection(q.functions)}
        for key, number, _ in public_first(self._cases):
            reference = self._reference_for(key, self._session.close if key in trains else None)
            self._results[key, number] = self._run_case((key, number), functions, reference)
            followed[key, number] = reference.followed
        if self._broken() or any(followed.values()):
            self._session.close()  # a fresh process does not remember what was asked so far
        excused = self._excused(followed)
        for question in self._week.questions:
            self._settle(question, functions, followed, excused)
        return tuple(
            QuestionResult(
                question.key, question.title, tuple(self._results[place] for place in self._places(question))
            )
            for question in self._week.questions
        )

    def _settle(
        self,
        question: Question,
        functions: Mapping[str, Function],
        followed: Mapping[Place, set[str]],
        excused: set[str],
    ) -> None:
        """Judge those cases of `question` again that failed, or were judged by functions that are not `excused`.

        They pass if they do with the reference in the place of functions that have lost points. Only that shows who
        did the work: of two functions by one hand, the earlier could hand over what the later should have found. Where
        nothing can stand in, as no gradient flows through it, what was judged by an excused function stays.
        """
        names = self._broken().intersection(self._lender.earlier[question.functions[-1]])
        random = {name for name, function in functions.items() if function.random}
        by_itself = random.intersection(question.functions) and not random & names
        for place in self._places(question):
            passed = self._results[place].outcome == "passed"
            if passed and (not followed[place] or followed[place] & excused):
                continue
            may_try = passed or not by_itself  # chance is not helped: it may be lucky the next time
            if names and may_try and self._passes_with_a_loan(place, names, list(functions)):
                continue
            if passed:
                self._results[place] = self._run_case(place, functions, self._reference_for(place[0]))

    def _excused(self, followed: Mapping[Place, set[str]]) -> set[str]:
        """The functions that have lost a sixth of their points, and those that were judged by such.

        That is the price of breaking a function on purpose, so that another one is judged by it. It isn't higher since
        an honest mistake may lose no more: a step that reads the network outside of training mode does.
        """
        excused: set[str] = set()
        for question in self._week.questions:
            results = [self._results[place] for place in self._places(question)]
            names = set().union(*(followed[place] for place in self._places(question)))
            lost = question.points - sum(result.earned for result in results)
            if 6 * lost >= question.points or names & excused:
                excused |= set(question.functions)
        return excused

    def _passes_with_a_loan(self, place: Place, names: set[str], defined: Sequence[str]) -> bool:
        """Whether the case passes with the reference's functions of these `names` lent to it.

        That is noted, and so is what is wrong then: it is no other function's mistake.
        """
        for as_tensors in (True, False):  # the student's code goes on with either
            loan = self._lender.loan(names, as_tensors)
            result = self._run_case(place, self._proxies(defined), self._reference_for(place[0]), loan)
            if not loan.used:
                break
            if not result.ending:
                self._results[place] = result
                return result.outcome == "passed"
        return False

    def _run_case(
        self, place: Place, functions: Mapping[str, Function], reference: Any, loan: Loan | None = None
    ) -> CaseResult:
        key, number = place
        case = self._cases[key][number - 1]
        self._session.start_case(bool(case.hidden))
        with self._session.lending(loan) if loan else nullcontext():
            return run_case(case, trusted_environment(functions, reference, self._seed), f"{key}.{number}")

    def _reference_for(self, key: str, forget: Callable[[], None] | None = None) -> _Followed:
        return _Followed(self._reference, partial(self._likely, key), forget)

    def _likely(self, key: str, function: str, sentences: set[str]) -> set[str]:
        """Of the `sentences` those whose mistakes pass the cases of question `key` that have passed so far."""
        passed = [number for (of, number), result in self._results.items() if of == key and result.outcome == "passed"]
        return self._signatures.likely(function, sentences, key, passed)

    def _proxies(self, defined: Sequence[str]) -> dict[str, Function]:
        parameters, trains = self._lender.parameters, self._week.trains
        return {name: Function(self._session, name, parameters[name], name in trains) for name in defined}

    def _places(self, question: Question) -> list[Place]:
        return [(question.key, number) for number in range(1, len(self._cases[question.key]) + 1)]

    def _broken(self) -> set[str]:
        """The functions of the questions that have lost points so far."""
        return {name for question in self._week.questions if self._has_lost(question) for name in question.functions}

    def _has_lost(self, question: Question) -> bool:
        return any(self._results[place].outcome != "passed" for place in self._places(question))


class _Followed:
    """The reference, which notes by which functions of the student's own an answer was judged.

    The submission must `forget` first what it was asked: it could hand over what it has seen. Without that nothing is
    judged by them.
    """

    def __init__(
        self,
        reference: Reference,
        likely: Callable[[str, set[str]], set[str]],
        forget: Callable[[], None] | None = None,
    ) -> None:
        self.answer = reference.answer
        self.mistakes = reference.mistakes
        self.likely = likely
        self.followed: set[str] = set()
        self._forget = forget

    def builds_on(self, *names: str) -> bool:
        """Whether an answer may be judged by the student's own functions of these names."""
        if self._forget is None:
            return False
        self.followed |= set(names)
        self._forget()
        return True
