"""Errors with a meaning: what a user of the commands can cause, and what a submission can cause."""

INTERRUPTED = 130  # the exit status after Ctrl-C, as shells have it: 128 + SIGINT


class UsageError(Exception):
    """Something the user gave or chose can't be used; the text says what was expected and what to do."""


class SubmissionError(Exception):
    """A student's function gave no usable answer: it raised, took too long, died or answered malformed data.

    `kind` says which: an exception's type such as "ValueError", or "time limit", "crash", "malformed answer".
    `student_lines` holds the student's own traceback lines, read from the submitted file, and nothing else.
    The text of the exception itself may hold what the student's code wrote: never show it for a hidden case.
    """

    def __init__(self, message: str, kind: str = "", student_lines: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.student_lines = student_lines


class GraderError(Exception):
    """The grader itself can't do its work; the verdict is `error`, never a score."""


class NotLoadableError(Exception):
    """The submitted file can't be imported; the text says why, with the line, for the student.

    `kind` is that of the `SubmissionError` behind it, "" where the file was not even run.
    """

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind
