"""Listens to what cases ask of `draw` and of the reference, so that it can be frozen or shipped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.build import frozen
from autograder.build.frozen import Events
from autograder.grading.reference import Reference
from course import known

ROUNDING = 1e-6  # relative; the outputs of float32 networks differ by less than that between machines


class Recorder:
    """What each case asked for and got, by case id."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.draws: dict[str, Events] = defaultdict(list)
        self.answers: dict[str, Events] = defaultdict(list)
        self.known: dict[str, known.Entries] = defaultdict(dict)
        self.asked: Counter[str] = Counter()

    def forget(self, case_id: str) -> None:
        """Drop what `case_id` drew and was answered: it is about to run again."""
        self.draws.pop(case_id, None)
        self.answers.pop(case_id, None)

    def recording(self, case_id: str) -> dict[str, Events]:
        """What `frozen.replay` needs to give it all again."""
        return {"draw": self.draws[case_id], "reference": self.answers[case_id]}


class RecordedDraw:
    """A `course.draw.Draw` that is listened to.

    What it gave is kept as it was then: a case may go on to change it, the weights of a network for one.
    """

    def __init__(self, draw: Any, events: Events) -> None:
        self._draw = draw
        self._events = events

    def __getattr__(self, method: str) -> Any:
        def ask(*args: Any, **named: Any) -> Any:
            got = getattr(self._draw, method)(*args, **named)
            self._events.append([method, frozen.load(frozen.save(got))])
            return got

        return ask


class RecordedReference:
    """A reference that is listened to while the case `case_id` runs.

    Of a case that is `handed_out`, what known mistakes answer is recorded too. `likely` chooses among several.
    """

    def __init__(
        self,
        recorder: Recorder,
        case_id: str,
        *,
        handed_out: bool,
        likely: Callable[[str, set[str]], set[str]] | None = None,
    ) -> None:
        self.likely = likely or recorder.reference.likely
        self._recorder = recorder
        self._case_id = case_id
        self._handed_out = handed_out

    def answer(self, function: str, *args: Any) -> Any:
        """What the reference answers; recorded."""
        got = self._recorder.reference.answer(function, *args)
        self._recorder.answers[self._case_id].append([function, got])
        return got

    def builds_on(self, *names: str) -> bool:
        """Whether an answer may be judged by the student's own functions of these names."""
        return self._recorder.reference.builds_on(*names)

    def mistakes(self, function: str, *args: Any) -> Sequence[tuple[str, Any]]:
        """What known mistakes answer; recorded in the short form that an assignment ships."""
        reference, recorded = self._recorder.reference, self._recorder.known[self._case_id]
        got = reference.mistakes(function, *args)
        key = known.key_of(function, args)
        self._recorder.asked[key] += 1
        if self._handed_out and key not in recorded and (self._recorder.asked[key] > 1 or not _drawn_by_student(args)):
            again = reference.mistakes_afresh(function, *args)
            rounded = reference.mistakes_afresh(function, *args, rounding=ROUNDING)
            recorded.update(known.entries(function, args, got, again, rounded))
        return got


def _drawn_by_student(args: tuple[Any, ...]) -> bool:
    """Whether a call goes on from what a student's function drew; nobody else gets there, unless a second one does."""
    return any(isinstance(argument, np.random.Generator) for argument in args)
