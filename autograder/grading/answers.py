"""An answer as it came over the wire: how large it is, what it holds, and whether another one is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.worker.wire import Tag

# What is equal up to rounding: a sign may turn where a gradient is next to zero, so a few numbers may be others.
SHARE_THAT_MAY_DIFFER = 0.05
ROUNDING = 1e-3
AT_ONCE = 1 << 20  # numbers: comparing them takes sixty bytes each


def count_tags(value: Any) -> int:
    """How many functions and models `value` holds; the wire bounds its depth."""
    if isinstance(value, Tag):
        return 1
    return sum(map(count_tags, value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()))


def is_same(one: Any, other: Any) -> bool:
    """Whether two answers are the same up to rounding. Of what is not made of numbers nothing is said."""
    if isinstance(one, list) and isinstance(other, list):
        if all(isinstance(item, float | int) for item in [*one, *other]):
            return is_same(np.array(one), np.array(other))
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray | float | int) and isinstance(other, np.ndarray | float | int):
        return _are_close(np.asarray(one), np.asarray(other))
    return True


def _are_close(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    scale = max((_largest(part) for part in _parts(one)), default=0.0)
    with np.errstate(all="ignore"):
        wrong = sum(
            np.count_nonzero(~np.isclose(part, other_part, rtol=0, atol=ROUNDING * scale, equal_nan=True))
            for part, other_part in zip(_parts(one), _parts(other), strict=True)
        )
    return bool(wrong <= SHARE_THAT_MAY_DIFFER * one.size)


def _parts(array: np.ndarray) -> Iterator[np.ndarray]:
    """The numbers in pieces: an answer may be as large as the wire takes, and bytes would take eight times that."""
    flat = array.reshape(-1)
    return (flat[start : start + AT_ONCE].astype(np.float64) for start in range(0, flat.size, AT_ONCE))


def _largest(part: np.ndarray) -> float:
    return float(np.abs(part[np.isfinite(part)]).max(initial=0))


def size_of(answer: Any) -> int:
    """The bytes of an answer, about."""
    if isinstance(answer, np.ndarray):
        return answer.nbytes
    if isinstance(answer, str | bytes):
        return 64 + len(answer)
    if isinstance(answer, Tag):
        return 64 + size_of(answer.value)
    items = answer if isinstance(answer, list) else answer.values() if isinstance(answer, dict) else ()
    return 64 + sum(map(size_of, items))
