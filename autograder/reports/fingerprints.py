"""Which texts of a class look alike, by winnowing as MOSS does it: the package copydetect. A program of its own.

It runs apart from the grader, for two reasons. Winnowing chooses by Python's hash of a text, which must be fixed from
outside (`PYTHONHASHSEED`) for the same class to give the same pairs. And what a hostile text costs in time or memory
is then paid by a process with limits. No text is run, imported or parsed: regular expressions split it into tokens.

Names don't count, nor do spaces, comments and what the strings say: renaming variables hides nothing.

Method: Schleimer, Wilkerson, Aiken 2003, Winnowing: Local Algorithms for Document Fingerprinting (SIGMOD).
"""

from __future__ import annotations

import ctypes
import io
import itertools
import json
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import get_token_coverage

NOISE, WINDOW = 25, 6
"""Shorter matches than 25 characters of the filtered text are never seen, those from 30 on always: its defaults."""

SECONDS_FOR_ONE = 5
MEMORY = 4 << 30
MAX_PAIRS = 300
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Read the request from standard input and write the answer to standard output, both as JSON.

    The request has `given`, the texts that students got, `texts`, theirs, and `least_share` and `least_matched`, how
    much two that look alike have in common at least. The answer has `unread`, the numbers of the texts that took too
    much; `found`, all pairs that look alike, the most alike first; `pairs`, those of them to show, each with the two
    `texts`, the `shares` of each that the other has too, and `slices`, for each of the two where it stands as starts
    and ends; `median` and `high` (95 %) of what two have in common.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody waits for the answer of a dead grader's child
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    request = json.load(sys.stdin)
    given: set[int] = set()
    for text in request["given"]:
        given |= CodeFingerprint("given.py", NOISE, 1, language="python", fp=io.StringIO(text)).hashes
    fingerprints = {number: fingerprint_of(text, given) for number, text in enumerate(request["texts"])}
    read = {number: fingerprint for number, fingerprint in fingerprints.items() if fingerprint is not None}
    shares, found = compare(read, request["least_share"], request["least_matched"])
    answer = {
        "unread": sorted(fingerprints.keys() - read.keys()),
        "found": found,
        "pairs": [described(pair, read) for pair in worth_showing(found, MAX_PAIRS)],
        "median": float(np.quantile(shares, 0.5)) if shares else None,
        "high": float(np.quantile(shares, 0.95)) if shares else None,
    }
    json.dump(answer, sys.stdout)


def fingerprint_of(text: str, given: set[int]) -> Any:
    """The fingerprint of `text` without what was `given`; None when that takes too much time or memory."""
    try:
        with _time_limit(SECONDS_FOR_ONE):
            fingerprint = CodeFingerprint("submission.py", NOISE, WINDOW, language="python", fp=io.StringIO(text))
    except (TimeoutError, MemoryError, RecursionError):
        return None
    # Not by its own parameter `boilerplate`, which also drops what stands twice in one text.
    for known in fingerprint.hashes & given:
        fingerprint.hashes.discard(known)
        del fingerprint.hash_idx[known]
    fingerprint.token_coverage = get_token_coverage(fingerprint.hash_idx, NOISE, len(fingerprint.filtered_code))
    return fingerprint


def compare(
    fingerprints: dict[int, Any], least_share: float, least_matched: int
) -> tuple[list[float], list[tuple[int, int]]]:
    """What each two have in common, the larger of their two shares, and the pairs that have enough, most first."""
    shares: list[float] = []
    found: list[tuple[float, int, int, int]] = []
    for (one, first), (other, second) in itertools.combinations(fingerprints.items(), 2):
        matched, both, _ = compare_files(first, second)
        share = float(max(both))
        shares.append(share)
        if share >= least_share and matched >= least_matched:
            found.append((-share, -int(matched), one, other))
    return shares, [(one, other) for _, _, one, other in sorted(found)]


def worth_showing(pairs: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """At most so many of the `pairs`, in their order: of each text its first one, then the first of the others.

    Where many have handed in the same, their pairs would else leave no room for anybody else's.
    """
    seen: set[int] = set()
    best = []
    for pair in pairs:
        if not seen.issuperset(pair):
            best.append(pair)
        seen.update(pair)
    chosen = set(list(dict.fromkeys([*best, *pairs]))[:most])
    return [pair for pair in pairs if pair in chosen]


def described(pair: tuple[int, int], fingerprints: dict[int, Any]) -> dict[str, Any]:
    """A pair as the answer has it."""
    _, shares, slices = compare_files(*(fingerprints[number] for number in pair))
    return {
        "texts": pair,
        "shares": [min(1.0, float(share)) for share in shares],
        "slices": [_whole(part) for part in slices],
    }


def _whole(slices: Sequence[Sequence[float]]) -> list[list[int]]:
    return [[int(place) for place in places] for places in slices]


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
