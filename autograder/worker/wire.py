"""The wire between the grader and a student's code: frames that hold values and can't execute.

A frame is `header length | body length | header | body`. The header is msgpack: None, booleans, 64-bit integers,
floats, strings, bytes, lists, dicts with string keys, and two extensions: an *array* (its dtype and shape; its raw
bytes are the next ones of the body) and a *tag* (a kind and a value: a model, a callback, …). Every limit is checked
before anything is allocated, and a frame that breaks one raises `WireError`, nothing else: arrays can't be
declared larger than the bytes that came, and the header is small, so a frame can't grow when it is decoded.
"""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from math import prod
from typing import Any

import msgpack
import numpy as np

MAX_HEADER = 1 << 20
MAX_BODY = 1 << 26  # 64 MB: 20,000 digits
MAX_DEPTH = 32
MAX_DIMENSIONS = 8
ALIGNMENT = 16
DTYPES = frozenset(
    ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]
)

_LENGTHS = struct.Struct(">IQ")
_ARRAY, _TAG = 1, 2


class WireError(Exception):
    """The value can't cross, or the bytes that came are not a frame; the text says why."""


class ClosedError(Exception):
    """The other side is gone."""


@dataclass(frozen=True)
class Tag:
    """A value with a meaning: `kind` says which (`model`, `callback`, …)."""

    kind: str
    value: Any


def encode(value: Any) -> tuple[bytes, list[memoryview | bytes]]:
    """Header and body parts of `value`. Raises `WireError` for what the wire does not carry."""
    buffers: list[memoryview | bytes] = []
    try:
        header = _pack(value, buffers, 0)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WireError(f"this value can't be sent: {error}") from None
    if len(header) > MAX_HEADER:
        raise WireError(f"the value has too many parts ({len(header):,} bytes; at most {MAX_HEADER:,})")
    if sum(map(len, buffers)) > MAX_BODY:
        raise WireError(f"the arrays are too large (at most {MAX_BODY:,} bytes together)")
    return header, buffers


def _pack(value: Any, buffers: list[memoryview | bytes], depth: int) -> bytes:
    if depth > MAX_DEPTH:
        raise WireError(f"the value is nested more than {MAX_DEPTH} deep (or contains itself)")

    def extension(item: Any) -> msgpack.ExtType:
        if isinstance(item, np.ndarray):
            return msgpack.ExtType(_ARRAY, _pack_array(item, buffers))
        if isinstance(item, Tag):
            return msgpack.ExtType(_TAG, _pack([item.kind, item.value], buffers, depth + 1))
        raise WireError(f"a {type(item).__name__} can't be sent")

    return bytes(msgpack.packb(value, default=extension, use_bin_type=True, strict_types=False))


def _pack_array(array: np.ndarray, buffers: list[memoryview | bytes]) -> bytes:
    name = array.dtype.name
    if name not in DTYPES:
        raise WireError(f"an array of dtype {name} can't be sent")
    if array.ndim > MAX_DIMENSIONS:
        raise WireError(f"an array of {array.ndim} dimensions can't be sent (at most {MAX_DIMENSIONS})")
    little_endian = array.dtype.newbyteorder("<")
    raw = np.ascontiguousarray(array, dtype=little_endian).reshape(-1).view(np.uint8).data
    buffers.append(raw)
    buffers.append(bytes(-len(raw) % ALIGNMENT))
    return bytes(msgpack.packb([name, list(array.shape)]))


def decode(header: bytes, body: memoryview) -> Any:
    """The value of a frame. Raises `WireError` when the bytes are not one."""
    reader = _BodyReader(body)
    try:
        value = _unpack(header, reader, 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, msgpack.UnpackException) as error:
        raise WireError(f"not a frame: {type(error).__name__}") from None
    if reader.position != len(body):
        raise WireError("the frame holds more bytes than its arrays")
    _check_shape_of(value)
    return value


def _unpack(header: bytes, reader: _BodyReader, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError(f"nested more than {MAX_DEPTH} deep")

    def extension(code: int, data: bytes) -> Any:
        if code == _ARRAY:
            name, shape = msgpack.unpackb(data, use_list=True)
            return reader.array(name, shape)
        if code == _TAG:
            pair = _unpack(data, reader, depth + 1)
            if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
                raise WireError("a tag without a kind")
            return Tag(*pair)
        raise WireError(f"unknown extension {code}")

    return msgpack.unpackb(header, ext_hook=extension, raw=False, use_list=True, strict_map_key=True)


class _BodyReader:
    """Hands out the body's bytes to the arrays in the order in which the header names them."""

    def __init__(self, body: memoryview) -> None:
        self.body = body
        self.position = 0

    def array(self, name: Any, shape: Any) -> np.ndarray:
        """The next array; its declared size is checked against the bytes that are really there."""
        if name not in DTYPES:
            raise WireError("an array of a dtype that the wire does not carry")
        if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array with a malformed shape")
        if not all(type(length) is int and length >= 0 for length in shape):
            raise WireError("an array with a malformed shape")
        dtype = np.dtype(name).newbyteorder("<")
        count = prod(shape)
        size = count * dtype.itemsize
        start = self.position
        end = start + size + (-size % ALIGNMENT)
        if end > len(self.body) or max(shape, default=0) > MAX_BODY:
            raise WireError("an array that is larger than the bytes that came with it")
        self.position = end
        array = np.frombuffer(self.body, dtype=dtype, count=count, offset=start).reshape(shape)
        # Whoever keeps a small array must not keep with it all that came in the same frame.
        return array if size == len(self.body) else array.copy()


def _check_shape_of(value: Any) -> None:
    """Refuse nesting deeper than `MAX_DEPTH` and keys that are not strings, without recursion."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        following: list[Any] = []
        for item in level:
            if isinstance(item, Tag):
                following.append(item.value)
            elif isinstance(item, list):
                following.extend(item)
            elif isinstance(item, dict):
                if not all(isinstance(key, str) for key in item):
                    raise WireError("a key that is not a string")
                following.extend(item.values())
        if not following:
            return
        level = following
    raise WireError(f"nested more than {MAX_DEPTH} deep")


class Channel:
    """One end of a socket that carries frames. `deadline` is on the clock of `time.monotonic()`; None waits."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, value: Any, deadline: float | None = None) -> None:
        """Write one frame. Raises `WireError`, `TimeoutError` or `ClosedError`."""
        header, buffers = encode(value)
        lengths = _LENGTHS.pack(len(header), sum(map(len, buffers)))
        try:
            self._settimeout(deadline)
            self.connection.sendall(lengths + header)
            for buffer in buffers:
                self._settimeout(deadline)
                self.connection.sendall(buffer)
        except TimeoutError:
            raise
        except OSError:
            raise ClosedError from None

    def receive(self, deadline: float | None = None) -> Any:
        """Read one frame. Raises `WireError`, `TimeoutError` or `ClosedError`."""
        header_length, body_length = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if header_length > MAX_HEADER or body_length > MAX_BODY:
            raise WireError("a frame that declares more than may be sent")
        header = bytes(self._read(header_length, deadline))
        return decode(header, self._read(body_length, deadline))

    def close(self) -> None:
        """Close the socket."""
        self.connection.close()

    def _read(self, length: int, deadline: float | None) -> memoryview:
        # np.empty reserves addresses, not memory: a frame that only declares 64 MB does not cost 64 MB.
        data = memoryview(np.empty(length, dtype=np.uint8).data)
        done = 0
        while done < length:
            try:
                self._settimeout(deadline)
                count = self.connection.recv_into(data[done:])
            except TimeoutError:
                raise
            except OSError:
                raise ClosedError from None
            if count == 0:
                raise ClosedError
            done += count
        return data

    def _settimeout(self, deadline: float | None) -> None:
        if deadline is None:
            self.connection.settimeout(None)
            return
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self.connection.settimeout(remaining)
