"""Anything at all from the untrusted side: bytes, frames and replies; each is an answer or a named error, no more."""

from __future__ import annotations

import atexit
import contextlib
import socket
import struct
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.confinement.workers import Ending
from autograder.errors import NotLoadableError, SubmissionError
from autograder.grading.proxies import Function
from autograder.grading.session import Session
from autograder.week import ROOT, load_week
from autograder.worker.wire import (
    MAX_BODY,
    MAX_HEADER,
    Channel,
    ClosedError,
    Tag,
    WireError,
    decode,
    encode,
)

WEEK = load_week("everything", ROOT / "tests" / "weeks")
names = st.sampled_from(["float32", "float64", "int64", "bool", "object", "complex64", "S8", "", "datetime64[s]"])
lengths = st.one_of(st.integers(-2, 5), st.sampled_from([2**28, 2**31, 2**40, 2**62, 2**63 - 1]))


def extension(code: int, content: Any) -> msgpack.ExtType:
    return msgpack.ExtType(code, msgpack.packb(content, default=str))


small = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=4)
    | st.binary(max_size=8)
)
hostile = st.recursive(
    small
    | st.tuples(names, st.lists(lengths, max_size=9)).map(lambda pair: extension(1, list(pair)))
    | st.tuples(st.integers(0, 127), st.binary(max_size=12)).map(lambda pair: msgpack.ExtType(*pair))
    | st.tuples(st.sampled_from(["model", "handle", "callback", "x"]), small).map(
        lambda pair: extension(2, list(pair))
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=4_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=hostile, body=st.binary(max_size=64), cut=st.integers(0, 40))
def test_hostile_headers_are_values_or_wire_errors(value: Any, body: bytes, cut: int) -> None:
    header = msgpack.packb(value, strict_types=True)
    for part in (header, header[: max(0, len(header) - cut)]):
        with contextlib.suppress(WireError):
            decode(part, memoryview(bytearray(body)))


@pytest.mark.slow
def test_mutated_frames_are_values_or_wire_errors() -> None:
    """20,000 true frames, each with a few bytes changed, inserted or cut off."""
    random = np.random.default_rng(0)
    arrays = [np.zeros((2, 3), np.float32), np.arange(5), np.ones((), np.float64)]
    model = Tag("model", {"id": 0, "weights": arrays})
    header, buffers = encode(
        {"answer": [model, 1.5, "text", None], "changed": [0], "weights": [[0, arrays]], "number": 7}
    )
    whole = header + b"".join(map(bytes, buffers))
    refused = 0
    for _ in range(20_000):
        frame = bytearray(whole)
        for place in random.integers(len(frame), size=random.integers(1, 6)):
            frame[place] = random.integers(256)
        if random.random() < 0.2:
            place = random.integers(len(header))
            frame[place:place] = random.bytes(3)
        split = len(header) if random.random() < 0.7 else int(random.integers(len(frame)))
        end = len(frame) if random.random() < 0.7 else int(random.integers(len(frame)))
        try:
            decode(bytes(frame[:split]), memoryview(frame[split:end]))
        except WireError:
            refused += 1
    assert 10_000 < refused < 20_000  # some changes only make other values


def true_frames() -> list[bytes]:
    """Frames as an honest child sends them."""
    arrays = [np.zeros((2, 3), np.float32), np.arange(5), np.ones((), np.float64)]
    values = [
        {"answer": arrays[0], "changed": [], "weights": [], "number": 1},
        {"answer": [Tag("handle", 0), 1.5, "text"], "changed": [0], "weights": [[0, arrays]], "number": 7},
        {"raised": {"type": "ValueError", "message": "no", "lines": [3, 4]}, "number": 2},
    ]
    frames = []
    for value in values:
        header, buffers = encode(value)
        body = b"".join(map(bytes, buffers))
        frames.append(struct.pack(">IQ", len(header), len(body)) + header + body)
    return frames


@dataclass(frozen=True)
class Raw:
    """The bytes of a frame, or of what is left of one."""

    data: bytes

    @classmethod
    def made(cls, header: Any, body: bytes, lengths: tuple[int, int] | None) -> Raw:
        """A frame with this header; with `lengths` it declares other ones than it has."""
        packed = msgpack.packb(header, strict_types=True)
        return cls(struct.pack(">IQ", *(lengths or (len(packed), len(body)))) + packed + body)

    def changed(self, edits: list[tuple[int, int]], inserted: bytes, cut: int) -> Raw:
        """The same with some bytes replaced, some inserted and some of its end cut off."""
        data = bytearray(self.data)
        for place, value in edits:
            data[place % len(data)] = value
        at = edits[0][0] % len(data) if edits else len(data)
        data[at:at] = inserted
        return Raw(bytes(data[: max(0, len(data) - cut)]))


declared = st.tuples(st.integers(0, 2**32 - 1), st.one_of(st.integers(0, 99), st.integers(0, 2**64 - 1)))
raw = st.builds(
    Raw.changed,
    st.sampled_from([Raw(frame) for frame in true_frames()])
    | st.builds(Raw.made, hostile, st.binary(max_size=64), st.none() | declared),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=5),
    st.binary(max_size=3),
    st.just(0) | st.integers(0, 60),
)
FRAMES = 10  # in an example of Hypothesis


def expect_frames_are_values_or_errors(frames: list[Raw]) -> None:
    """Each on a socket of its own, which is then closed: nothing waits, nothing else is raised, memory is bounded."""
    for frame in frames:
        theirs, ours = socket.socketpair()
        with theirs, ours:
            theirs.sendall(frame.data)
            theirs.shutdown(socket.SHUT_WR)
            before = tracemalloc.get_traced_memory()[0]  # Hypothesis keeps what it made
            tracemalloc.reset_peak()
            with contextlib.suppress(WireError, ClosedError):
                Channel(ours).receive(time.monotonic() + 60)
            assert tracemalloc.get_traced_memory()[1] - before < MAX_HEADER + MAX_BODY + (8 << 20)


@pytest.fixture
def traced() -> Iterator[None]:
    """Counts memory, what arrays only reserve too."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=2_500, deadline=None, suppress_health_check=list(HealthCheck))
@given(frames=st.lists(raw, min_size=FRAMES, max_size=FRAMES))
def test_25000_frames_on_a_socket(traced: None, frames: list[Raw]) -> None:
    expect_frames_are_values_or_errors(frames)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(frames=st.lists(raw, min_size=FRAMES, max_size=FRAMES))
def test_300_frames_on_a_socket(traced: None, frames: list[Raw]) -> None:
    expect_frames_are_values_or_errors(frames)


SOMETHING_TO_READ, _other_end = socket.socketpair()
_other_end.send(b".")
atexit.register(_other_end.close)
atexit.register(SOMETHING_TO_READ.close)


@dataclass
class FakeChannel:
    """Replies what it was told to, with the right number unless it is told another one."""

    connection = SOMETHING_TO_READ
    replies: list[Any]
    sent: Any = None

    def send(self, value: Any, deadline: float | None = None) -> None:
        self.sent = value if isinstance(value, dict) and "number" in value else self.sent

    def receive(self, deadline: float | None = None) -> Any:
        if not self.replies:
            raise TimeoutError
        reply = self.replies.pop(0)
        return {"number": self.sent["number"], **reply} if isinstance(reply, dict) else reply


@dataclass
class FakeWorker:
    """A worker whose children reply as told; a child that was ended is followed by one that replies nothing."""

    replies: list[Any]
    ended: int = field(default=0)

    def fork(self) -> Any:
        replies, self.replies = self.replies, []
        channel = FakeChannel([{"functions": ["identity"]}, *replies])
        return type("Child", (), {"channel": channel, "pid": 0})()  # no process: it waits for no core

    def end(self, child: Any) -> Ending:
        self.ended += 1
        return Ending(0, 0)


weights = st.lists(st.just(np.zeros(3, np.float32)) | small, max_size=3)
tags = st.builds(Tag, st.sampled_from(["model", "handle", "callback", "tensor", "x"]), small | weights)
values = st.recursive(
    small | tags | st.just(np.zeros((2, 2), np.float32)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
raised = st.dictionaries(st.sampled_from(["type", "message", "lines"]), values | st.lists(st.integers(-5, 900)))
replies = st.one_of(
    values,
    st.dictionaries(
        st.sampled_from(
            ["answer", "changed", "weights", "raised", "malformed", "callback", "args", "number", "functions"]
        ),
        values | raised | st.lists(st.lists(st.integers(0, 2) | weights, max_size=3), max_size=3),
        max_size=5,
    ),
    st.fixed_dictionaries({"answer": values, "changed": values, "weights": values}),
    st.fixed_dictionaries({"callback": st.integers(-1, 2), "args": values}),
)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(said=st.lists(replies, max_size=4))
def test_hostile_replies_are_answers_or_errors_of_the_submission(said: list[Any]) -> None:
    converse(said)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(said=st.lists(replies, max_size=4))
def test_some_hostile_replies_in_every_run(said: list[Any]) -> None:
    converse(said)


def converse(said: list[Any]) -> None:
    """Load a submission and call it, whose child says this."""
    worker = FakeWorker(said)
    session = Session(worker, WEEK, b"x = 1\n")  # type: ignore[arg-type]
    with contextlib.suppress(NotLoadableError):
        session.load()
        identity = Function(session, "identity", ("value",), trains=False)
        for argument in (1, lambda *args: 2):
            with contextlib.suppress(SubmissionError):
                identity(argument)
    session.close()


def test_a_frame_of_nothing_but_declarations_costs_no_memory() -> None:
    start = time.monotonic()
    for count in (10, 100, 1000):
        header = b"\xdc" + struct.pack(">H", count) + msgpack.packb(extension(1, ["float64", [2**27, 2**27]])) * count
        with pytest.raises(WireError):
            decode(header, memoryview(bytearray(16)))
    assert time.monotonic() - start < 5
