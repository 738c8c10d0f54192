"""A week is tried before it is handed out: the solution, the stub and every known mistake answer its own questions."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.build import frozen
from autograder.build.cases import QuestionFile
from autograder.build.recording import RecordedDraw, RecordedReference, Recorder
from autograder.build.refusal import RefusalError
from autograder.errors import SubmissionError
from autograder.grading.reference import Reference, load_mistakes
from autograder.grading.run_questions import Environment, case_seed, cases_of, load_cases, run_case, run_question
from autograder.grading.signatures import Signatures
from autograder.verdict import CaseResult, QuestionResult
from autograder.week import Question, Week
from course import known
from course.draw import Draw

SEED = 20_240_229  # of the inputs that a rehearsal, and a zip for `otter run`, draws

OTHER_SEEDS = (1, 2)  # luck with one draw is not enough

Functions = Mapping[str, Callable[..., Any]]


def as_submission(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as the grader's proxies are: whatever it raises comes out as a `SubmissionError`."""

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        try:
            return function(*args)
        except Exception as error:
            raise SubmissionError(f"{type(error).__name__}: {error}", kind=type(error).__name__) from error

    return call


def functions_of(module: ModuleType, week: Week) -> dict[str, Callable[..., Any]]:
    """The week's functions as the `module` has them."""
    return {name: as_submission(getattr(module, name)) for name in week.functions}


class Rehearsal:
    """Runs a week's questions against functions of our own, and listens to what the cases ask."""

    def __init__(self, week: Week) -> None:
        self.week = week
        self.recorder = Recorder(Reference(week))

    @functools.cached_property
    def _signatures(self) -> Signatures:
        return Signatures(self.week, cases_of(self.week), self.recorder.reference, SEED)

    def solution(self, module: ModuleType) -> dict[str, bytes]:
        """The recordings of the hidden cases, by case id, while the solution answers the questions.

        Raises `RefusalError` unless it passes every case, on several draws.
        """
        functions = functions_of(module, self.week)
        for question in self.week.questions:
            _expect_messages_otter_can_show(question)
        for seed in OTHER_SEEDS:
            _expect_all_passed([self._run(question, functions, seed) for question in self.week.questions])
        results = [self._run(question, functions, kept=True) for question in self.week.questions]
        _expect_all_passed(results)
        recordings = {
            f"{result.key}.{number}": frozen.save(self.recorder.recording(f"{result.key}.{number}"))
            for result in results
            for number, case in enumerate(result.cases, 1)
            if case.hidden
        }
        self._expect_replayed(functions, recordings)
        return recordings

    def _expect_replayed(self, functions: Functions, recordings: Mapping[str, bytes]) -> None:
        """Raise `RefusalError` unless the solution passes the hidden cases once they are frozen, too."""

        def environment(case_id: str) -> Mapping[str, Any]:
            return {**functions, **frozen.thawed(recordings[case_id])}

        for question in self.week.questions:
            for number, case in enumerate(load_cases(question.file).test_cases, 1):
                case_id = f"{question.key}.{number}"
                if case_id not in recordings:
                    continue
                result = run_case(case, environment, case_id)
                if result.outcome != "passed":
                    raise RefusalError(
                        f"The solution passes {case_id}, {result.title}, but not once its draws and the reference's "
                        "answers are frozen for `otter run`. A case must take all chance from `draw`, and ask the same "
                        f"in the same order when it runs again.\n{result.detail}"
                    )

    def known_mistakes(self, questions: Sequence[QuestionFile]) -> bytes:
        """The file `known_mistakes.json` of the public cases, once the known mistakes have sat the questions."""
        entries: known.Entries = {}
        for file in questions:
            for case in file.cases:
                if not case.hidden:
                    entries.update(self.recorder.known[f"{file.question.key}.{case.number}"])
        lines = [f"{json.dumps(key)}: {json.dumps(entries[key], ensure_ascii=False)}" for key in sorted(entries)]
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()

    def stub(self, module: ModuleType) -> None:
        """Raise `RefusalError` if the stub, with nothing implemented, gets a single point."""
        functions = functions_of(module, self.week)
        for question in self.week.questions:
            result = self._run(question, functions)
            _expect_no_error(result, "the stub")
            for number, case in enumerate(result.cases, 1):
                if case.earned:
                    raise RefusalError(
                        f"The stub passes {question.key}.{number}, {case.title}: it must call the function and look at "
                        "what comes back."
                    )

    def mistakes(self, module: ModuleType) -> Iterable[str]:
        """Let each known mistake answer its question; yields what it is about to try.

        Raises `RefusalError` when one gets every point, or when no case names it: a student would learn nothing.
        """
        right = functions_of(module, self.week)
        listed = load_mistakes(self.week)
        counts, total = itertools.count(1), sum(map(len, listed.values()))
        for name, mistakes in listed.items():
            question = next((question for question in self.week.questions if name in question.functions), None)
            if question is None:
                raise RefusalError(
                    f"mistakes/: {name} is no function of {self.week.name}. Correct the name, or remove what is left "
                    "of another week there; a week without mistakes/ is built, too."
                )
            for sentence, mistaken in mistakes:
                yield f"{next(counts)} of {total}, {question.key}: {sentence}"
                result = self._run_until_named(question, {**right, name: as_submission(mistaken)}, sentence)
                _expect_no_error(result, f"the mistake {sentence!r}")
                if all(case.outcome == "passed" for case in result.cases):
                    raise RefusalError(
                        f"{question.key} lets a known mistake of {name} pass: {sentence!r}\n"
                        "Add a case, or choose inputs and parameters, at which it shows; or does the solution make it?"
                    )
                if not any(sentence in case.message for case in result.cases):
                    raise RefusalError(
                        f"{question.key} fails a known mistake of {name} without naming it: {sentence!r}\n"
                        "Compare the answer with reference.mistakes(...) before you say what is wrong with it."
                    )

    def _run(self, question: Question, functions: Functions, seed: int = SEED, *, kept: bool = False) -> QuestionResult:
        return run_question(question, self._environment(functions, seed, kept=kept))

    def _run_until_named(self, question: Question, functions: Functions, sentence: str) -> QuestionResult:
        """The public cases, then the hidden ones, unless a public one has said the `sentence`.

        All public cases run, as what they ask about known mistakes is handed out.
        """
        results: dict[int, CaseResult] = {}

        def likely(function: str, sentences: set[str]) -> set[str]:
            passed = [number for number, result in results.items() if result.outcome == "passed"]
            return self._signatures.likely(function, sentences, question.key, passed)

        for hidden in (False, True):
            environment = self._environment(functions, SEED, handed_out=not hidden, likely=likely)
            if hidden and any(sentence in result.message for result in results.values()):
                break
            for number, case in enumerate(load_cases(question.file).test_cases, 1):
                if bool(case.hidden) == hidden:
                    results[number] = run_case(case, environment, f"{question.key}.{number}")
        return QuestionResult(question.key, question.title, tuple(results.values()))

    def _environment(
        self,
        functions: Functions,
        seed: int,
        *,
        handed_out: bool = False,
        kept: bool = False,
        likely: Callable[[str, set[str]], set[str]] | None = None,
    ) -> Environment:
        """What cases may ask for. Draws are `kept` for the zips where that is wanted: copying networks is slow."""

        def environment(case_id: str) -> Mapping[str, Any]:
            self.recorder.forget(case_id)
            draw = Draw(case_seed(seed, case_id), seed)
            return {
                **functions,
                "reference": RecordedReference(self.recorder, case_id, handed_out=handed_out, likely=likely),
                "draw": RecordedDraw(draw, self.recorder.draws[case_id]) if kept else draw,
            }

        return environment


def rehearse_public(week: Week, tests: Path, solution: ModuleType, stub: ModuleType) -> None:
    """Run the assignment's own tests as a student's machine does, where there is no reference and no draw.

    Raises `RefusalError` when the solution fails one, or the stub passes one that gives points.
    """
    for module, who in ((solution, "solution"), (stub, "stub")):
        functions = functions_of(module, week)
        for question in week.questions:
            handed_out = replace(question, file=tests / f"{question.key}.py")
            result = run_question(handed_out, lambda _case_id: functions)  # noqa: B023 - called at once
            _expect_no_error(result, f"the {who}, on a student's machine,")
            for case in result.cases:
                if who == "solution" and case.outcome != "passed":
                    raise RefusalError(
                        f"The solution is wrong, or its public case {question.key}, {case.title}. Students, who have "
                        f"no reference beside it, would be told: {case.message}"
                    )
                if who == "stub" and case.earned:
                    raise RefusalError(f"{question.key}, {case.title}: the stub passes on a student's machine.")


def _expect_all_passed(results: Sequence[QuestionResult]) -> None:
    """Raise `RefusalError` unless every case passed: then the points are those of the files, which were added up."""
    for result in results:
        _expect_no_error(result, "the solution")
        for number, case in enumerate(result.cases, 1):
            if case.outcome != "passed":
                raise RefusalError(f"The solution fails {result.key}.{number}, {case.title}: {case.message}")


def _expect_no_error(result: QuestionResult, who: str) -> None:
    """Raise `RefusalError` when a case stumbled by itself instead of passing or failing."""
    for number, case in enumerate(result.cases, 1):
        if case.outcome == "error":
            raise RefusalError(
                f"{result.key}.{number}, {case.title}: the case itself breaks when {who} answers it. A case must look "
                "at an answer with course.checks before it computes with it, and ask the reference with the arguments "
                f"that it takes now.\n{case.detail}"
            )


def _expect_messages_otter_can_show(question: Question) -> None:
    """Raise `RefusalError` for a double quote in a title or message: Otter pastes them into code."""
    try:
        cases = load_cases(question.file).test_cases
    except Exception as error:
        raise RefusalError(f"{question.file.name} can't be loaded: {type(error).__name__}: {error}") from error
    for case in cases:
        for text in (case.name, case.success_message, case.failure_message):
            if '"' in (text or ""):
                raise RefusalError(f"{question.file.name}: no double quotes in {text!r}; Otter trips on them.")
