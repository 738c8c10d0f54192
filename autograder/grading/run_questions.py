"""Run a question's Otter test file against an environment and say what each case gave.

The same file that `otter check` runs in the student's kernel runs here with the trusted objects it can't have
there: proxies of the student's functions, the reference and a source of fresh inputs.
"""

from __future__ import annotations

import functools
import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from otter.nbmeta_config import NBMetadataConfig
from otter.test_files import TestCase, TestFile, create_test_file

from autograder.errors import SubmissionError
from autograder.verdict import CaseResult, Outcome, QuestionResult
from autograder.week import Question, Week

ADVICE = {
    "time limit": " Is there a loop that does not end?",
    "not finite": " The model's weights are no longer finite numbers.",
}
Environment = Callable[[str], Mapping[str, Any]]

MAX_MESSAGE, MAX_DETAIL = 5_000, 50_000

OURS = "The course's own check could not be completed. It isn't your mistake: your teaching assistant is told."


def run_question(question: Question, environment: Environment) -> QuestionResult:
    """Run every case of `question`; `environment(case_id)` gives the names a case may ask for.

    A case id is the question's key and the case's number in its file, from 1: `q2.3`. A file that can't be
    loaded gives one case with the outcome `error`. `KeyboardInterrupt` and `SystemExit` pass through.
    """
    try:
        cases = load_cases(question.file).test_cases
    except Exception:
        broken = CaseResult(question.title, False, "error", question.points, OURS, traceback.format_exc())
        return QuestionResult(question.key, question.title, (broken,))
    results = tuple(run_case(case, environment, f"{question.key}.{number}") for number, case in enumerate(cases, 1))
    return QuestionResult(question.key, question.title, results)


def run_case(case: TestCase, environment: Environment, case_id: str) -> CaseResult:
    """Run one case: it passed if it returned, failed if a check or the submission failed, else the error is ours."""
    started = time.perf_counter()
    outcome: Outcome = "passed"
    message = detail = ending = ""
    try:
        case.body.call_func(environment(case_id))
    except (AssertionError, SubmissionError) as error:
        outcome, detail = "failed", "".join(traceback.format_exception(error))
        message = hidden_message(error, case) if case.hidden else public_message(error, case)
        ending = error.kind if isinstance(error, SubmissionError) else ""
    except Exception:
        outcome, message, detail = "error", OURS, traceback.format_exc()
    return CaseResult(
        title=str(case.name),
        hidden=bool(case.hidden),
        outcome=outcome,
        possible=float(case.points or 0),
        message=cut(message, MAX_MESSAGE),
        detail=cut(detail, MAX_DETAIL),
        seconds=time.perf_counter() - started,
        ending=ending,
    )


def public_first(cases: Mapping[str, Sequence[TestCase]]) -> Iterator[tuple[str, int, TestCase]]:
    """The cases of all questions with the question's key and their number in it, the hidden ones last.

    What a public case shows must not hold what a hidden case sent.
    """
    for hidden in (False, True):
        for key, of_question in cases.items():
            for number, case in enumerate(of_question, 1):
                if bool(case.hidden) == hidden:
                    yield key, number, case


def cut(text: str, length: int) -> str:
    """The text, or its beginning and its end when it is too long to keep."""
    return text if len(text) <= length else f"{text[: length // 2]}\n[…]\n{text[-length // 2 :]}"


def public_message(error: Exception, case: TestCase) -> str:
    """All there is to say: the check's own words, or the student's exception with its line."""
    parts = [str(error), getattr(error, "student_lines", "")]
    said = "\n".join(part for part in parts if part)
    return said or case.failure_message or "The answer is not what the question asks for."


def hidden_message(error: Exception, case: TestCase) -> str:
    """What a student may know of a hidden case: the named mistake, or the exception's type and their own line."""
    if isinstance(error, SubmissionError):
        from autograder.grading.kinds import EXCEPTIONS, STOPPED  # here: it imports TensorFlow

        kind = error.kind if error.kind in EXCEPTIONS | STOPPED else "an exception"
        # The last line alone: which of their own lines were called could spell out a secret too.
        line = "".join(error.student_lines.splitlines()[-1:])
        return f"Your function ended with: {kind}.{ADVICE.get(kind, '')}\n{line}".rstrip()
    hint: str = getattr(error, "hint", "")
    return hint or case.failure_message or "The answer is not what the question asks for."


def load_cases(path: Path) -> TestFile:
    """The test file at `path`, as Otter loads it; loaded once for each version of its text."""
    return _load_cases(str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def cases_of(week: Week) -> dict[str, Sequence[TestCase]]:
    """The cases of each question of the week, by its key."""
    return {question.key: load_cases(question.file).test_cases for question in week.questions}


@functools.lru_cache(maxsize=256)
def _load_cases(path: str, _digest: str) -> TestFile:
    return create_test_file(path, NBMetadataConfig())


def case_seed(seed: int, case_id: str) -> int:
    """The seed of a case's inputs: it follows from the run's `seed` and the case alone, never from the student."""
    digest = hashlib.sha256(f"{seed}/{case_id}".encode()).digest()
    return int.from_bytes(digest[:16], "big")  # so many that nobody finds it by trying from inputs they have seen


def trusted_environment(functions: Mapping[str, Any], reference: Any, seed: int) -> Environment:
    """Environments for the trusted side: the functions, the `reference`, and a fresh `draw` for each case."""
    from course.draw import Draw

    def environment(case_id: str) -> Mapping[str, Any]:
        return {**functions, "reference": reference, "draw": Draw(case_seed(seed, case_id), seed)}

    return environment
