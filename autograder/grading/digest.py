"""A digest of a call's arguments, so that what the reference answered once need not be computed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from types import FunctionType
from typing import Any

import numpy as np

from autograder.grading.descriptions import configuration
from course.model_weights import values_of
from course.portable import Portable


class NoDigestError(Exception):
    """The value has state that no digest can hold, such as a closure; the call must be made each time."""


# Functions that have a digest are kept alive, so that no other object can ever get their identity.
_digested: dict[int, FunctionType] = {}


def digest_of(*values: Any) -> str:
    """A hexadecimal digest of plain values, arrays, tensors, models, optimizers and portable callables.

    Equal values have equal digests and, for all that matters, different values different ones. A function
    counts by its identity, so only those at module level have one. Raises `NoDigestError` for anything else.
    """
    hasher = hashlib.blake2b(digest_size=20)
    for piece in _pieces(values):
        hasher.update(len(piece).to_bytes(8, "big"))
        hasher.update(piece)
    return hasher.hexdigest()


def _pieces(value: Any) -> Iterable[bytes]:
    """The value as byte strings, each container announced by its type and length."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        yield f"{type(value).__name__}:{value!r}".encode()
    elif isinstance(value, (list, tuple)):
        yield f"{type(value).__name__}:{len(value)}".encode()
        for item in value:
            yield from _pieces(item)
    elif isinstance(value, dict):
        yield f"dict:{len(value)}".encode()
        for key, item in value.items():
            yield from _pieces(key)
            yield from _pieces(item)
    elif isinstance(value, Portable):
        yield f"{type(value).__module__}.{type(value).__qualname__}".encode()
        yield from _pieces(value.arguments)
    elif isinstance(value, FunctionType):
        yield _function_identity(value)
    elif hasattr(value, "get_config") and hasattr(value, "variables"):
        yield configuration(value).encode()
        yield from _pieces(values_of(value.variables))
    else:
        yield from _array(value)


def _function_identity(function: FunctionType) -> bytes:
    if "<" in function.__qualname__:
        raise NoDigestError(f"{function.__qualname__} may hold state")
    _digested[id(function)] = function
    return f"function:{id(function)}".encode()


def _array(value: Any) -> Iterable[bytes]:
    if not isinstance(value, np.ndarray):
        if not hasattr(value, "numpy"):
            raise NoDigestError(f"no digest for {type(value).__name__}")
        value = value.numpy()
    if value.dtype.hasobject:
        raise NoDigestError("no digest for an array of objects")
    yield f"array:{value.dtype.str}:{value.shape}".encode()
    yield np.ascontiguousarray(value).tobytes()
