"""By which cases a known mistake is seen: of several that explain an answer, the cases that passed tell some apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from otter.test_files import TestCase

from autograder.grading.reference import Reference
from autograder.grading.run_questions import run_case, trusted_environment
from autograder.week import Week


class Signatures:
    """Tries known mistakes in `cases`, as if each were a submission's function; for a class, each of them once.

    They are our own code: nothing of a submission runs here.
    """

    def __init__(self, week: Week, cases: Mapping[str, Sequence[TestCase]], reference: Reference, seed: int) -> None:
        self._week = week
        self._cases = cases
        self._reference = reference
        self._seed = seed
        self._known: dict[tuple[str, str, str, int], bool] = {}

    def likely(self, function: str, sentences: set[str], key: str, passed: Iterable[int]) -> set[str]:
        """Of the `sentences` those whose mistakes pass the cases of question `key` that a submission has `passed`."""
        return {s for s in sentences if all(self.passes(function, s, key, number) for number in passed)}

    def passes(self, function: str, sentence: str, key: str, number: int) -> bool:
        """Whether one of the mistakes of `function` that have this `sentence` passes case `number` of question `key`.

        A function that trains is not tried: its mistakes may all pass.
        """
        if function in self._week.trains:
            return True
        asked = (function, sentence, key, number)
        if asked not in self._known:
            self._known[asked] = any(
                self._passes({function: mistaken}, key, number)
                for known, mistaken in self._reference.known(function)
                if known == sentence
            )
        return self._known[asked]

    def _passes(self, mistaken: Mapping[str, Callable[..., Any]], key: str, number: int) -> bool:
        functions = {name: partial(self._reference.answer, name) for name in self._week.functions}
        environment = trusted_environment({**functions, **mistaken}, self._reference, self._seed)
        return run_case(self._cases[key][number - 1], environment, f"{key}.{number}").outcome == "passed"
