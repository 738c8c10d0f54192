"""The student's functions as the questions call them: each sends its arguments over the wire and returns the answer.

Everything that can go wrong on the other side is a `SubmissionError`. A function that must give the same answer to
the same inputs is watched for that, whatever a case asks of it: an answer that is right only sometimes is not right.
"""

from __future__ import annotations

import inspect
from typing import Any

from autograder.grading.answers import is_same, size_of
from autograder.grading.digest import NoDigestError, digest_of
from autograder.grading.mirror import Caller
from course.checks import CheckFailed, two_answers

KEPT_BYTES = 1 << 22  # of an answer: a week asks a hundred times


class Function:
    """The student's function `name`, called like the function itself.

    `changed` names what the last call altered; `random` says whether two answers to the same inputs differed.
    """

    def __init__(self, session: Caller, name: str, parameters: tuple[str, ...], trains: bool) -> None:
        self.__name__ = name
        self._session = session
        self._signature = inspect.Signature(
            [inspect.Parameter(parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD) for parameter in parameters]
        )
        self._parameters = parameters
        self._trains = trains
        self._answers: dict[str, Any] = {}
        self._compared = False
        self.random = False
        self.changed: list[str] = []

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the student's function in its sandbox.

        Raises `SubmissionError` when that gives no answer, `CheckFailed` once it gave two answers to the same inputs.
        """
        arguments = list(self._signature.bind(*args, **keywords).args)
        answer = self._exchange(arguments)
        if not self._trains:
            self._compare(arguments, answer)
        return answer

    def _exchange(self, arguments: list[Any]) -> Any:
        answer, positions, in_models = self._session.exchange(self.__name__, arguments, self._trains)
        self.changed = [self._parameters[position] for position in positions] + in_models
        return answer

    def _compare(self, arguments: list[Any], answer: Any) -> None:
        """Fail if the answer is not what it was before, or, in a hidden case, when it is asked for a second time.

        The questions ask for most things more than once; only a function that was never compared is called again.
        What gets a callable that may count its calls, which has no digest, is never called on our own account.
        """
        try:
            key = digest_of(arguments)
        except NoDigestError:
            return
        if key in self._answers:
            self._expect_equal(answer, self._answers[key])
        elif size_of(answer) <= KEPT_BYTES:
            self._answers[key] = answer
        if self._session.hidden and not self._compared:
            changed = self.changed
            self._expect_equal(self._exchange(arguments), answer)
            self.changed = changed
        if self.random:
            hint = two_answers(self.__name__, seeded="seed" in self._parameters)
            raise CheckFailed("The answer depends on chance.", hint)

    def _expect_equal(self, answer: Any, earlier: Any) -> None:
        self._compared = True
        self.random = self.random or not is_same(answer, earlier)
