"""What runs in a worker of a cluster: it answers with plain data, and grades in processes like those of one machine.

The worker's own process never holds a test; it starts a process that grades for each submission it has at a time, and
keeps it warm until the run that wanted it is over.
"""

from __future__ import annotations

import functools
import json
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from autograder.confinement.sandbox import Sandbox, choose_sandbox
from autograder.errors import GraderError, UsageError
from autograder.gradebook import confinement
from autograder.pools.job import Job, Submission, reply, verdict_message
from autograder.pools.local_pool import LocalPool
from autograder.pools.machine import device_name
from autograder.pools.pool import Lost
from autograder.provenance import versions, week_digest
from autograder.week import load_week

_lock = threading.Lock()
_idle: defaultdict[bytes, list[LocalPool]] = defaultdict(list)
_all: defaultdict[bytes, list[LocalPool]] = defaultdict(list)


def look(week: str, solutions: str | None, sandbox: str) -> dict[str, Any]:
    """What this worker would grade `week` with; `unfit` instead says why it can't."""
    try:
        return {
            "sandbox": _sandbox(sandbox).level,
            "device": device_name(),
            "digest": _digest(week, solutions),
            "versions": versions(),
        }
    except (UsageError, GraderError) as error:
        return {"unfit": str(error)}


def grade_there(order: bytes, submission: bytes) -> bytes:
    """The verdict on `submission` as a message; or `lost`, when grading it ended the process that did, or `unfit`.

    `order` is JSON: the week, its folder, the run's seed and sandbox, and what both have to be here.
    """
    try:
        pool = _take(order)
    except (UsageError, GraderError) as error:
        return reply(unfit=str(error))
    try:
        pool.give(Submission.from_message(submission))
        (result,) = pool.wait()
    except GraderError as error:
        pool.close()
        return reply(unfit=str(error))
    _put_back(order, pool)
    return reply(lost=result.why) if isinstance(result, Lost) else verdict_message(result)


def forget(order: bytes) -> None:
    """End the processes that grade by `order`; returns at once."""
    with _lock:
        _idle.pop(order, None)
        pools = _all.pop(order, [])
    for pool in pools:
        threading.Thread(target=pool.close).start()


def _take(order: bytes) -> LocalPool:
    with _lock:
        if _idle[order]:
            return _idle[order].pop()
    pool = LocalPool(_job(order), 1)
    with _lock:
        _all[order].append(pool)
    return pool


def _put_back(order: bytes, pool: LocalPool) -> None:
    with _lock:
        if pool in _all.get(order, ()):
            _idle[order].append(pool)
            return
    pool.close()  # its run was over before its submission was


@functools.lru_cache(maxsize=8)
def _job(order: bytes) -> Job:
    """The job, once it is sure that this worker gives the verdicts that another one would give."""
    wanted = json.loads(order)
    sandbox = _sandbox(wanted["sandbox"])
    if confinement(sandbox.level) != wanted["confinement"]:
        raise UsageError(f"its sandbox is another one than the run's: {sandbox.level}")
    if _digest(wanted["week"], wanted["solutions"]) != wanted["digest"]:
        raise UsageError(f"its files of {wanted['week']} or of the library `course` differ from those of the run")
    return Job(wanted["week"], _folder(wanted["solutions"]), wanted["seed"], sandbox)


@functools.lru_cache(maxsize=2)
def _sandbox(requested: str) -> Sandbox:
    return choose_sandbox(requested, gpu=not device_name().startswith("CPU"))


def _digest(week: str, solutions: str | None) -> str:
    return week_digest(load_week(week, _folder(solutions)))


def _folder(solutions: str | None) -> Path | None:
    return None if solutions is None else Path(solutions)
