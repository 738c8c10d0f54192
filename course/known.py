"""Known mistakes as they come with an assignment: a few numbers of what each mistake answers on the public inputs.

The mistakes themselves would give the solution away, so they stay with the grader. From a few numbers nobody can tell
how they were made, but they are enough to recognise an answer and to name its mistake on a student's machine too.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FILE = Path("tests", "known_mistakes.json")  # seen from the assignment's folder, where `otter check` is run
NUMBERS = 128
ENOUGH = 0.98  # of the numbers must agree; a gradient that is nearly zero may have either sign

Entries = dict[str, list[tuple[str, list[float]]]]


def entries(function: str, args: tuple[Any, ...], mistakes: Iterable[tuple[str, Any]]) -> Entries:
    """What the build writes into `known_mistakes.json` for the `mistakes` of `function(*args)`, one public input."""
    told = [(sentence, _numbers(np.asarray(listed(answer)))) for sentence, answer in mistakes]
    return {_key(function, args): told}


def listed(answer: Any) -> Any:
    """A dict's numbers in the order of its sorted keys, so that it can be compared; anything else as it is."""
    if not isinstance(answer, dict):
        return answer
    return np.concatenate([np.ravel(listed(answer[key])) for key in sorted(answer)]) if answer else np.zeros(0)


def shipped_sentence(function: str, args: tuple[Any, ...], answer: npt.NDArray[np.float32]) -> str:
    """What is said of the known mistakes that give this `answer`; "" if there is none, or if two things are said."""
    found = _numbers(answer)
    known = _shipped(FILE.resolve()).get(_key(function, args), [])
    sentences = {sentence for sentence, numbers in known if _agree(found, numbers)}
    return sentences.pop() if len(sentences) == 1 else ""


def _agree(found: list[float], numbers: list[float]) -> bool:
    if len(found) != len(numbers):
        return False
    near = np.isclose(found, numbers, rtol=1e-3, atol=1e-3 * np.abs(numbers).max())
    return bool(near.mean() >= ENOUGH)


@functools.cache
def _shipped(path: Path) -> Entries:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _key(function: str, args: tuple[Any, ...]) -> str:
    """Names a call by its arrays and numbers; a network's weights may differ in the last bit between machines."""
    digest = hashlib.sha256(function.encode())
    for argument in args:
        if isinstance(argument, (np.ndarray, int, float, list, tuple)):
            digest.update(np.ascontiguousarray(argument).tobytes())
    return digest.hexdigest()[:16]


def _numbers(answer: npt.NDArray[Any]) -> list[float]:
    """At most 128 of the answer's numbers, always at the same scattered places, to 5 digits."""
    flat = answer.ravel()
    places = np.random.default_rng(0).permutation(flat.size)[:NUMBERS]
    return [float(f"{number:.5g}") for number in flat[places]]
