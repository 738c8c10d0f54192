"""What a student is told of an exception that their code raised: its type, its text, and their own lines."""

from __future__ import annotations

from typing import Any

from autograder.errors import SubmissionError
from autograder.grading.kinds import EXCEPTIONS
from autograder.grading.mirror import malformed
from autograder.grading.source import source_text, syntax_error_reason

MAX_MESSAGE = 2000
MAX_LINES = 20
SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")
OWN_EXCEPTION = "an exception of your own"


class Lines:
    """The lines of a submission's `source`, the file `module`, which exceptions came through."""

    def __init__(self, source: bytes, module: str) -> None:
        self._lines = source_text(source).split("\n")  # as Python counts them: splitlines() splits at more
        self._module = module

    def error(self, raised: Any) -> SubmissionError:
        """The error for an exception as the child describes it: its type, its text, and the student's own lines."""
        if not isinstance(raised, dict):
            return malformed("the exception is not described")
        kind, text = text_at(raised, "type"), text_at(raised, "message")
        lines = "\n".join(f"line {number}: {self._lines[number - 1].strip()[:200]}" for number in self._numbers(raised))
        shown = kind if kind in EXCEPTIONS else OWN_EXCEPTION
        return SubmissionError(f"{shown}: {text}{_advice(kind)}", kind=shown, student_lines=lines)

    def load_failure(self, raised: Any) -> str:
        """Why the module can't be imported, with the line, for the student."""
        error = self.error(raised)
        if error.kind in SYNTAX_ERRORS:
            numbers = self._numbers(raised)
            line = self._lines[numbers[-1] - 1] if numbers else ""
            return syntax_error_reason(numbers[-1] if numbers else None, line, text_at(raised, "message"))
        return f"{self._module} can't be imported. {error}\n{error.student_lines}".rstrip()

    def _numbers(self, raised: dict[str, Any]) -> list[int]:
        """The lines of the submitted file that the exception came through, outermost first."""
        numbers = raised.get("lines")
        if type(numbers) is not list:
            return []
        return [number for number in numbers[-MAX_LINES:] if type(number) is int and 0 < number <= len(self._lines)]


def text_at(reply: dict[str, Any], key: str) -> str:
    """The string at `key`, cut to a length that can be shown; "" when the child sent anything else."""
    value = reply.get(key)
    return value[:MAX_MESSAGE] if type(value) is str else ""


def _advice(kind: str) -> str:
    if kind in ("ModuleNotFoundError", "ImportError"):
        return (
            " (graded code can import TensorFlow, Keras, NumPy, SciPy, Matplotlib and course, "
            "and no attack library: implement it yourself)"
        )
    if kind == "MemoryError" or kind == "ResourceExhaustedError":
        return " (a submission has 8 GB of address space)"
    return ""
