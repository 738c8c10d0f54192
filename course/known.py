"""Known mistakes as they come with an assignment: a few numbers of what each mistake answers on the public inputs.

The mistakes themselves would give the solution away, so they stay with the grader. From a few numbers nobody can tell
how they were made, but they are enough to recognise an answer and to name its mistake on a student's machine too.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FILE = Path("tests", "known_mistakes.json")  # seen from the assignment's folder, where `otter check` is run
NUMBERS = 128
FEW = 16
ENOUGH = 0.98  # of the numbers must agree; a gradient that is nearly zero may have either sign

Numbers = list[float | None]  # None where the answer depends on the machine's rounding
Entries = dict[str, list[tuple[str, Numbers]]]


def entries(function: str, args: tuple[Any, ...], *trials: Sequence[tuple[str, Any]]) -> Entries:
    """What the build writes into `known_mistakes.json` for the mistakes of `function(*args)`, one public input.

    Each of the `trials` lists every mistake's sentence and answer; in the last one the networks' weights are rounded
    otherwise. Its numbers that come out differently are None: they would be others on another machine. A mistake is
    left out if they are more than half of its numbers, or if trials with the same weights differ: it draws at random.
    """
    told = []
    for tried in zip(*trials, strict=True):
        sentence = tried[0][0]
        first, *same, rounded = [_numbers(np.asarray(listed(answer))) for _, answer in tried]
        steady = _steady(first, rounded)
        if all(numbers == first for numbers in same) and 2 * steady.count(None) <= len(steady):
            told.append((sentence, steady))
    return {key_of(function, args): told}


def _steady(found: list[float], other: list[float]) -> Numbers:
    """The numbers `found`; None where the `other` ones disagree."""
    if len(found) != len(other):
        return [None] * max(len(found), len(other))
    return [number if near else None for number, near in zip(found, _near(found, other), strict=True)]


def listed(answer: Any) -> Any:
    """A dict's numbers in the order of its sorted keys, so that it can be compared; anything else as it is."""
    if not isinstance(answer, dict):
        return answer
    return np.concatenate([np.ravel(listed(answer[key])) for key in sorted(answer)]) if answer else np.zeros(0)


def shipped_sentence(function: str, args: tuple[Any, ...], answer: npt.NDArray[np.float32]) -> str:
    """What is said of the known mistakes that give this `answer`; "" if there is none, or if two things are said."""
    found = _numbers(answer)
    known = _shipped(FILE.resolve()).get(key_of(function, args), [])
    sentences = {sentence for sentence, numbers in known if alike(found, numbers)}
    return sentences.pop() if len(sentences) == 1 else ""


def same(old: Entries, new: Entries) -> bool:
    """Whether both files say the same of the same inputs, up to what depends on the machine."""
    return old.keys() == new.keys() and all(
        [sentence for sentence, _ in old[key]] == [sentence for sentence, _ in new[key]]
        and all(alike(numbers, others) for (_, numbers), (_, others) in zip(old[key], new[key], strict=True))
        for key in old
    )


def alike(numbers: Sequence[float | None], others: Sequence[float | None]) -> bool:
    """Whether both say the same answer; what either of them leaves out, as it depends on the machine, says nothing."""
    if len(numbers) != len(others):
        return False
    both = [pair for pair in zip(numbers, others, strict=True) if None not in pair]
    if 2 * len(both) < len(numbers):
        return False
    return not both or bool(np.mean(_near(*zip(*both, strict=True))) >= ENOUGH)


def _near(found: Sequence[float | None], numbers: Sequence[float | None]) -> npt.NDArray[np.bool_]:
    """Which of the numbers are the same up to the rounding of float32 in a network of a few layers.

    A few, such as a loss, must agree to four digits: of two mistakes each could be the other by chance. A gradient of
    many must agree in nearly all of them, to three digits.
    """
    expected = np.asarray(numbers, np.float64)
    digits = 1e-4 if len(expected) <= FEW else 1e-3
    return np.isclose(
        np.asarray(found, np.float64), expected, rtol=digits, atol=digits * np.abs(expected).max(initial=0)
    )


@functools.cache
def _shipped(path: Path) -> Entries:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def key_of(function: str, args: tuple[Any, ...]) -> str:
    """Names a call by its arrays and numbers, and by what its generators draw.

    A network's weights may differ in the last bit between machines: they are left out.
    """
    digest = hashlib.sha256(function.encode())
    for argument in args:
        if isinstance(argument, np.random.Generator):
            argument = np.round(copy.deepcopy(argument).uniform(size=NUMBERS), 5)
        if isinstance(argument, (np.ndarray, int, float, list, tuple)):
            digest.update(np.ascontiguousarray(argument).tobytes())
    return digest.hexdigest()[:16]


def _numbers(answer: npt.NDArray[Any]) -> list[float]:
    """At most 128 of the answer's numbers, always at the same scattered places, to 5 digits."""
    flat = answer.ravel()
    places = np.random.default_rng(0).permutation(flat.size)[:NUMBERS]
    return [float(f"{number:.5g}") for number in flat[places]]
