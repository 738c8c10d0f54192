"""The wire: what crosses comes back the same, and no bytes whatever do more than raise `WireError`."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograder.worker.wire import DTYPES, MAX_BODY, Channel, ClosedError, Tag, WireError, decode, encode

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
arrays = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda name: npst.arrays(name, npst.array_shapes(min_dims=0, max_side=4))
)


def there_and_back(value: Any) -> Any:
    header, buffers = encode(value)
    return decode(header, memoryview(bytearray(b"".join(bytes(buffer) for buffer in buffers))))


@given(plain)
def test_plain_values_come_back_equal(value: Any) -> None:
    assert there_and_back(value) == value


@given(arrays)
def test_arrays_come_back_with_dtype_shape_and_bytes(array: np.ndarray) -> None:
    got = there_and_back({"a": [array, Tag("weights", array)]})["a"]
    for one in (got[0], got[1].value):
        assert one.dtype == array.dtype
        assert one.shape == array.shape
        assert one.tobytes() == array.tobytes()


def test_who_keeps_a_small_array_does_not_keep_what_came_with_it() -> None:
    kept = there_and_back({"answer": np.zeros(3, np.float32), "ballast": np.zeros(1 << 20)})["answer"]
    assert kept.base is None or kept.base.nbytes == kept.nbytes


def test_strided_and_big_endian_arrays_cross_as_their_values() -> None:
    array = np.arange(24, dtype=">f4").reshape(2, 3, 4)[:, ::-2]
    got = there_and_back(array)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, array)


def cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        cyclic(),
        deep(),
        object(),
        len,
        2**64,
        {1: 2},
        "\ud800",
        np.array([object()]),
        np.zeros(3, complex),
        np.array(["a"]),
        np.zeros((1,) * 9),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_wire_does_not_carry_is_refused(value: Any) -> None:
    with pytest.raises(WireError):
        there_and_back(value)


def array_header(name: Any, shape: Any) -> bytes:
    return msgpack.packb(msgpack.ExtType(1, msgpack.packb([name, shape])))


@pytest.mark.parametrize(
    "header",
    [
        array_header("float32", [10**9, 10**9]),
        array_header("float32", [0, 2**40]),
        array_header("float32", [-1]),
        array_header("float32", [True]),
        array_header("float32", [2.0]),
        array_header("float32", "ab"),
        array_header("object", [1]),
        array_header(["float32"], [1]),
        array_header("float32", [1] * 33),
        msgpack.packb(msgpack.ExtType(1, b"\xc1")),
        msgpack.packb(msgpack.ExtType(2, b"\x91\x01")),
        msgpack.packb(msgpack.ExtType(9, b"")),
        b"\x91" * 2000 + b"\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xd6\xff\x00\x00\x00\x00",
        b"",
        b"\x01\x02",
    ],
)
def test_hostile_headers_raise_a_wire_error(header: bytes) -> None:
    with pytest.raises(WireError):
        decode(header, memoryview(bytearray(16)))


@settings(max_examples=500, deadline=None)
@given(value=plain, array=arrays, data=st.data())
def test_mutated_frames_never_do_more_than_raise_a_wire_error(value: Any, array: np.ndarray, data: Any) -> None:
    header, buffers = encode([value, array, Tag("model", {"weights": [array]})])
    frame = bytearray(header + b"".join(bytes(buffer) for buffer in buffers))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))
    with contextlib.suppress(WireError):
        decode(bytes(frame[:cut]), memoryview(frame[cut:]))


@pytest.fixture
def pair() -> Any:
    ours, theirs = socket.socketpair()
    yield Channel(ours), theirs
    ours.close()
    theirs.close()


def test_a_frame_that_declares_too_much_is_refused_before_it_is_read(pair: Any) -> None:
    channel, theirs = pair
    theirs.sendall(struct.pack(">IQ", 10, MAX_BODY + 1))
    with pytest.raises(WireError, match="declares"):
        channel.receive(time.monotonic() + 5)


def test_a_truncated_frame_ends_with_the_connection(pair: Any) -> None:
    channel, theirs = pair
    theirs.sendall(struct.pack(">IQ", 100, MAX_BODY) + b"abc")
    theirs.close()
    with pytest.raises(ClosedError):
        channel.receive(time.monotonic() + 5)


def test_a_frame_that_never_comes_times_out(pair: Any) -> None:
    channel, theirs = pair
    theirs.sendall(struct.pack(">IQ", 100, 0) + b"abc")
    with pytest.raises(TimeoutError):
        channel.receive(time.monotonic() + 0.2)


def test_sending_to_one_that_does_not_read_times_out(pair: Any) -> None:
    channel, _ = pair
    with pytest.raises(TimeoutError):
        channel.send(np.zeros(MAX_BODY // 8), time.monotonic() + 0.3)


def test_a_channel_that_was_closed_says_so(pair: Any) -> None:
    channel, _ = pair
    channel.close()
    for use in (lambda: channel.send(1, time.monotonic() + 1), lambda: channel.receive(time.monotonic() + 1)):
        with pytest.raises(ClosedError):
            use()


def test_large_arrays_cross(pair: Any) -> None:
    channel, theirs = pair
    images = np.random.default_rng(0).random((1000, 28, 28, 1), np.float32)
    sender = threading.Thread(target=Channel(theirs).send, args=({"images": images},))
    sender.start()
    got = channel.receive(time.monotonic() + 10)["images"]
    sender.join()
    np.testing.assert_array_equal(got, images)
    got += 1  # what came is ours to change
