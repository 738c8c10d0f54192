"""What crosses to a process that grades: the job, which is the run's, and one submission after another. Plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.confinement.sandbox import Sandbox
from autograder.verdict import Verdict


@dataclass(frozen=True)
class Submission:
    """What `student` handed in: the bytes of the file, which nobody has looked into."""

    student: str
    source: bytes

    def to_message(self) -> bytes:
        """The submission as JSON."""
        return json.dumps({"student": self.student, "source": self.source.decode("latin-1")}).encode()

    @classmethod
    def from_message(cls, message: bytes) -> Submission:
        """The inverse of `to_message`."""
        values = json.loads(message)
        return cls(values["student"], values["source"].encode("latin-1"))


@dataclass(frozen=True)
class Job:
    """What every submission of a run is graded by: the week, the run's seed and the sandbox.

    `solutions` is the folder of the weeks, None for the project's own. `ahead` asks for two workers in turn: where
    there are cores to spare, the next submission's child starts while this one is graded.
    """

    week: str
    solutions: Path | None
    seed: int
    sandbox: Sandbox
    ahead: bool = False

    def to_message(self) -> bytes:
        """The job as JSON."""
        solutions = None if self.solutions is None else str(self.solutions.resolve())
        return json.dumps({**asdict(self), "solutions": solutions}).encode()

    @classmethod
    def from_message(cls, message: bytes) -> Job:
        """The inverse of `to_message`."""
        values = json.loads(message)
        sandbox = Sandbox(**values["sandbox"])
        solutions = None if values["solutions"] is None else Path(values["solutions"])
        return cls(values["week"], solutions, values["seed"], sandbox, values["ahead"])


def reply(**values: Any) -> bytes:
    """A message back, as JSON. Raises `TypeError` or `ValueError` for what JSON does not carry."""
    return json.dumps(values).encode()


def verdict_message(verdict: Verdict) -> bytes:
    """The message back that holds a verdict; one that can't be sent is an error of ours."""
    try:
        return reply(verdict=verdict.to_dict())
    except (TypeError, ValueError, RecursionError) as error:
        return reply(verdict=error_verdict(verdict, error).to_dict())


def error_verdict(verdict: Verdict, error: Exception) -> Verdict:
    """What stands for a verdict that can't be kept or sent, because of `error`."""
    message = f"The verdict can't be kept in the gradebook: {type(error).__name__}: {str(error)[:500]}"
    return Verdict(verdict.student, verdict.week, "error", message=message, digest=verdict.digest)
