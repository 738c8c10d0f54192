"""One submission's time with a worker: its module loaded, its calls made, each within its limits."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograder.confinement.patience import MOST_WAITING, Patience
from autograder.confinement.relay import Relay
from autograder.confinement.workers import ChildProcess, Ending, Worker
from autograder.errors import NotLoadableError, SubmissionError
from autograder.grading.loan import Lender, Loan
from autograder.grading.mirror import Values, malformed
from autograder.grading.raised import Lines, text_at
from autograder.week import Week
from autograder.worker.wire import ClosedError, WireError
from course.checks import TRAINABLE, WEIGHTS

BREAKDOWNS = {
    "time limit": "ran out of time",
    "crash": "ended its process",
    "resource limit": "took too much",
    "MemoryError": "ran out of memory",
    "ResourceExhaustedError": "ran out of memory",
}
# Each costs a new child, or the seconds it takes to fill the memory: what goes on breaking down is not called again.
BREAKDOWNS_PER_FUNCTION = 2


class Session:
    """Runs a submission's functions in a worker's child; replaces the child after every call that broke it.

    What broke down too often to be called again is not called by later functions of the submission either, if there
    is a `lender`: one of the reference stands in for it. Once is too often for a later function that broke down too.
    """

    def __init__(self, worker: Worker | Relay, week: Week, source: bytes, lender: Lender | None = None) -> None:
        self._worker = worker
        self._week = week
        self._source = source
        self._lines = Lines(source, week.module)
        self._child: ChildProcess | None = None
        self._values = Values(self)
        self._seconds = week.call_seconds
        self._breakdowns: dict[tuple[str, bool], list[str]] = defaultdict(list)
        self._calls = 0
        self._lender = lender
        self._loan: Loan | None = None
        self.hidden = False
        self.student_seconds = 0.0
        self._waited = 0.0

    def load(self) -> list[str]:
        """Import the submission in a fresh child; returns which of the week's functions it defines.

        Raises `NotLoadableError` with the reason for the student.
        """
        self._child = self._worker.fork()
        return self._load()

    def _load(self) -> list[str]:
        self._values = Values(self)
        message = {
            "do": "load",
            "name": self._week.name,
            "source": self._source,
            "functions": list(self._week.functions),
        }
        try:
            reply = self._ask(message, self._week.load_seconds)
            if "raised" in reply:
                raise NotLoadableError(self._lines.load_failure(reply["raised"]))
            functions = reply.get("functions")
            if not isinstance(functions, list) or not all(type(name) is str for name in functions):
                raise malformed("its list of functions is not a list of names")
        except NotLoadableError:
            self.close()
            raise
        except SubmissionError as error:
            self.close()
            raise NotLoadableError(f"{self._week.module} can't be imported. {error}", error.kind) from None
        return [name for name in self._week.functions if name in functions]

    def start_case(self, hidden: bool) -> None:
        """Say that a new case begins: what earlier ones passed is not needed any more."""
        self.hidden = hidden
        self._values.start_case()

    @contextmanager
    def lending(self, loan: Loan) -> Iterator[None]:
        """Inside, functions of ours stand in for the submission's own of their names, which others of it may call."""
        before, self._loan = self._loan, loan
        try:
            yield
        finally:
            self._loan = before

    def exchange(self, function: str | int, args: list[Any], trains: bool) -> tuple[Any, list[int], list[str]]:
        """Call in the child: the answer, the positions of changed arguments, what changed in the models.

        A call that `trains` may change them.

        Raises `SubmissionError` when there is no usable answer: an exception, a time limit, a crash, malformed data.
        """
        name = function if isinstance(function, str) else "the function it returned"
        breakdowns = self._breakdowns[name, self._loan is not None]  # what hangs may be one that is replaced
        if len(breakdowns) >= BREAKDOWNS_PER_FUNCTION:
            how = " and ".join(dict.fromkeys(BREAKDOWNS[kind] for kind in breakdowns))
            raise SubmissionError(
                f"{name} {how} {BREAKDOWNS_PER_FUNCTION} times before, so it was not called again.",
                kind=breakdowns[-1],
            )
        try:
            self._expect_time_left()
            if self._child is None:
                self._load_again()
            sent = self._values.send_arguments(args)
            loan = self._loan or self._spare_ones(bool(breakdowns))
            instead = self._values.send(loan.callbacks(function, args)) if loan else {}
            message = {"do": "call", "function": function, "args": sent, "instead": instead}
            reply = self._ask(message, self._seconds.get(name, max(self._seconds.values())))
            if "raised" in reply:
                raise self._lines.error(reply["raised"])
        except SubmissionError as error:
            if error.kind in BREAKDOWNS:
                breakdowns.append(error.kind)
            raise
        if "malformed" in reply:
            raise malformed(text_at(reply, "malformed"))
        return self._checked_answer(reply, len(args), trains)

    def _spare_ones(self, has_broken_down: bool) -> Loan | None:
        """Stand-ins for what is not called any more, and for a function that `has_broken_down` for whatever did.

        It may have done so because of an earlier one.
        """
        at_least = 1 if has_broken_down else BREAKDOWNS_PER_FUNCTION
        broken = {
            name for (name, lent), breakdowns in self._breakdowns.items() if not lent and len(breakdowns) >= at_least
        }
        return self._lender.loan(broken) if self._lender and broken else None

    def close(self) -> None:
        """End the child, if there is one. A later call is made in a fresh one, which remembers nothing of this one."""
        if self._child is not None:
            self._end_child()

    def _load_again(self) -> None:
        try:
            with self._counted():  # the first child is ours to pay for, the next ones are not
                self._child = self._worker.fork()
            self._load()
        except NotLoadableError as error:
            raise SubmissionError(str(error), kind=error.kind or "crash") from None

    def _end_child(self) -> Ending:
        assert self._child is not None
        child, self._child = self._child, None
        self._values.alive = False
        return self._worker.end(child)

    def _ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send, serve the callbacks, and return the reply. What breaks ends the child and is a `SubmissionError`."""
        assert self._child is not None
        self._calls += 1
        left = self._expect_time_left()
        # A submission that keeps itself waiting must come to an end, too.
        most_waiting = MOST_WAITING * self._week.submission_seconds - self._waited
        patience = Patience(self._child.pid, min(seconds, left), most_waiting)
        with self._counted():
            try:
                return self._ask_within(patience, {**message, "number": self._calls})
            finally:
                waited = patience.waited
                self._waited += waited
                self.student_seconds -= waited

    def _expect_time_left(self) -> float:
        """The seconds that the submission still has. Raises `SubmissionError` if there are none."""
        left = self._week.submission_seconds - self.student_seconds
        if left <= 0:
            self.close()
            raise SubmissionError(
                f"The submission used up its {self._week.submission_seconds:g} seconds; nothing more of it is run.",
                kind="time limit",
            )
        return left

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count what is done inside towards the submission's seconds."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.student_seconds += time.monotonic() - start

    def _ask_within(self, patience: Patience, message: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._converse(message, patience)
        except TimeoutError:
            self._end_child()
            raise SubmissionError(
                f"It took longer than {patience.seconds:.3g} seconds: is there a loop that does not end?",
                kind="time limit",
            ) from None
        except ClosedError:
            ending = self._end_child()
            raise SubmissionError(str(ending), kind=ending.kind) from None
        except WireError as error:
            self._end_child()
            raise malformed(str(error)) from None

    def _converse(self, message: dict[str, Any], patience: Patience) -> dict[str, Any]:
        assert self._child is not None
        channel = self._child.channel
        channel.send(message, patience.deadline)
        while True:
            patience.wait_for(channel.connection)
            reply = channel.receive(patience.deadline)
            if not isinstance(reply, dict):
                raise WireError("a reply that is not a dict")
            if "callback" not in reply:
                break
            try:
                answer = self._values.call_back(reply["callback"], reply.get("args"))
            except SubmissionError as error:
                raise WireError(str(error)) from None
            channel.send(answer, patience.deadline)
        number = reply.get("number")
        if type(number) is not int or number != message["number"]:
            raise WireError("a reply to another call")
        return reply

    def _checked_answer(self, reply: dict[str, Any], count: int, trains: bool) -> tuple[Any, list[int], list[str]]:
        changed = reply.get("changed")
        if "answer" not in reply or not isinstance(changed, list):
            raise malformed("the reply lacks an answer")
        positions = sorted({position for position in changed if type(position) is int and 0 <= position < count})
        weights = self._values.take_weights(reply.get("weights"), trains)
        in_models = [] if trains else [WEIGHTS] * weights + [TRAINABLE] * (reply.get("trainable") is True)
        return self._values.receive(reply["answer"]), positions, in_models
