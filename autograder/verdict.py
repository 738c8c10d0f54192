"""What grading a submission says: a verdict, made of questions, made of cases."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Outcome = Literal["passed", "failed", "error"]
Status = Literal["graded", "refused", "not_loadable", "error"]


@dataclass(frozen=True)
class CaseResult:
    """One case. `failed` is the student's, `error` is ours and is never scored as zero without being shown.

    `message` may be shown to the student: for a hidden case it holds no input and no expected value.
    `detail` is for the teaching assistant alone. `ending` says how a call ended that gave no answer: "time limit",
    "crash", "resource limit", "malformed answer" or an exception's type; "" when every call gave one.
    """

    title: str
    hidden: bool
    outcome: Outcome
    possible: float
    message: str = ""
    detail: str = ""
    seconds: float = 0.0
    ending: str = ""

    @property
    def earned(self) -> float:
        """The case's points if it passed, else 0."""
        return self.possible if self.outcome == "passed" else 0.0


@dataclass(frozen=True)
class QuestionResult:
    """A question's cases; `key` is the column of the grades file (`q1`), `title` what people read."""

    key: str
    title: str
    cases: tuple[CaseResult, ...]

    @property
    def possible(self) -> float:
        """Sum of the points of all cases."""
        return sum(case.possible for case in self.cases)

    @property
    def earned(self) -> float:
        """Sum of the points of the cases that passed."""
        return sum(case.earned for case in self.cases)

    @property
    def seconds(self) -> float:
        """Wall-clock seconds spent on the question."""
        return sum(case.seconds for case in self.cases)


@dataclass(frozen=True)
class Verdict:
    """What one submission got, and why.

    `status` is `graded` (it ran), `refused` (it was never run: a bad name, a link, an archive),
    `not_loadable` (the file is there but can't be imported; `message` says why, with the line) or `error` (ours).
    `source` is the submitted text, for the student's page ("" when there is none that can be shown). `ending` says
    how an import ended that was stopped: "time limit", "crash", "resource limit" or "malformed answer".
    """

    student: str
    week: str
    status: Status
    questions: tuple[QuestionResult, ...] = ()
    message: str = ""
    digest: str = ""
    seconds: float = 0.0
    source: str = ""
    ending: str = ""

    @property
    def earned(self) -> float:
        """Points of the submission."""
        return sum(question.earned for question in self.questions)

    @property
    def possible(self) -> float:
        """Points that the week gives."""
        return sum(question.possible for question in self.questions)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Verdict:
        """The inverse of `to_dict`."""
        questions = tuple(
            QuestionResult(
                key=question["key"],
                title=question["title"],
                cases=tuple(CaseResult(**case) for case in question["cases"]),
            )
            for question in values["questions"]
        )
        return cls(**{**values, "questions": questions})


@dataclass(frozen=True)
class Run:
    """What a report says about the run as a whole."""

    week: str
    title: str
    seed: int
    sandbox: str
    device: str
    started: str
    seconds: float
    versions: dict[str, str]
    question_keys: tuple[str, ...]
    possible: float
