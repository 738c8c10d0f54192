"""Workers of a cluster that exists: `dask.distributed` carries submissions to them, one task each.

Verdicts come back as JSON. Only this process writes the gradebook.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import distributed

from autograder.errors import GraderError, UsageError
from autograder.gradebook import confinement
from autograder.names import visible
from autograder.pools.cluster_worker import forget, grade_there, look
from autograder.pools.job import Submission
from autograder.pools.pool import Lost
from autograder.provenance import versions, week_digest
from autograder.verdict import Verdict
from autograder.week import Week

CONNECT_SECONDS = 10
WORKERS_SECONDS = 600  # a cluster's queue may take as long to give us the first worker, or another one
PERIOD = 1.0


class Cluster:
    """Where submissions are graded with `--scheduler`. A context manager: leaving it closes the connection."""

    def __init__(self, address: str, week: Week, solutions: Path | None, sandbox: str) -> None:
        """Connect, and look at the workers. Raises `UsageError` when they can't grade, or not all alike."""
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said by our own errors
        self._requested = sandbox
        self._solutions = None if solutions is None else str(solutions.resolve())
        self._digest = week_digest(week)
        try:
            self._client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(
                f"There is no scheduler at {address}: {error}. Expected one like tcp://host:8786."
            ) from None
        try:
            self.sandbox, self.device = self._look(week, address)
        except BaseException:
            self._client.close(timeout=PERIOD)
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close(timeout=PERIOD)

    def _look(self, week: Week, address: str) -> tuple[str, str]:
        """The sandbox that all workers have, and what they compute with."""
        try:
            self._client.wait_for_workers(1, timeout=WORKERS_SECONDS)
        except TimeoutError:
            raise UsageError(f"The scheduler at {address} has no workers. Start some: see docs/clusters.md.") from None
        try:
            found = self._client.run(look, week.name, self._solutions, self._requested)
        except Exception as error:  # whatever another installation may lack
            raise UsageError(
                f"The workers of {address} can't run this program: {visible(str(error))[:200]} "
                f"({type(error).__name__}). Install the same version there, and start the workers in its environment."
            ) from None
        for worker, told in sorted(found.items()):
            if "unfit" in told:
                raise UsageError(f"The worker {worker} can't grade: {told['unfit']}")
            if (told["digest"], told["versions"]) != (self._digest, versions()):
                raise UsageError(
                    f"The worker {worker} has other files of {week.name}, or other versions of Python or its packages, "
                    "than this machine: install the same there."
                )
        if len({confinement(told["sandbox"]) for told in found.values()}) > 1:
            levels = "; ".join(sorted({told["sandbox"] for told in found.values()}))
            raise UsageError(f"The workers' sandboxes differ: {levels}. Start workers on machines of one kind only.")
        devices = ", ".join(sorted({told["device"] for told in found.values()}))
        return min(told["sandbox"] for told in found.values()), f"{devices}, on a cluster"

    def pool(self, week: Week, seed: int, submissions: int) -> ClusterPool:
        """The cluster's workers, those that come later too."""
        order = {
            "week": week.name,
            "solutions": self._solutions,
            "seed": seed,
            "sandbox": self._requested,
            "confinement": confinement(self.sandbox),
            "digest": self._digest,
        }
        return ClusterPool(self._client, json.dumps(order).encode())


@dataclass
class ClusterPool:
    """The workers that `client` has, whatever their number. A context manager: leaving it gives them back."""

    client: distributed.Client
    order: bytes
    _students: dict[distributed.Future, str] = field(default_factory=dict)
    _losses_before: int = 0
    _seen: float = field(default_factory=time.monotonic)

    def __enter__(self) -> ClusterPool:
        # Dask would run a task again at once, beside others that would then look guilty too: we do that, and alone.
        self._losses_before = self.client.run_on_scheduler(_allow_losses, 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(Exception):  # the scheduler is gone: nothing is left to give back
            self.client.cancel(list(self._students))
            self.client.run_on_scheduler(_allow_losses, self._losses_before)
            self.client.run(forget, self.order, on_error="ignore")

    @property
    def size(self) -> int:
        """How many submissions the workers can grade at once; raises `UsageError` when there were none for long."""
        count = sum(self.client.nthreads().values())
        if count:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > WORKERS_SECONDS:
            raise UsageError("The cluster lost all its workers. Start some, and run the same command again.")
        return max(1, count)

    def give(self, submission: Submission) -> None:
        """Make it a task."""
        task = self.client.submit(grade_there, self.order, submission.to_message(), pure=False, retries=0)
        self._students[task] = submission.student

    def wait(self) -> list[Verdict | Lost]:
        """Wait until something comes back, or a moment, after which there may be more workers."""
        with self.client.as_current(), suppress(TimeoutError):
            distributed.wait(list(self._students), timeout=PERIOD, return_when="FIRST_COMPLETED")
        if self.client.status != "running":
            raise GraderError("The connection to the scheduler was lost. Run the same command again: it goes on.")
        return [self._result(task, self._students.pop(task)) for task in list(self._students) if task.done()]

    def _result(self, task: distributed.Future, student: str) -> Verdict | Lost:
        try:
            message: dict[str, Any] = json.loads(task.result())
        except distributed.KilledWorker as error:
            return Lost(student, f"The worker {error.last_worker.address} was lost.")
        except distributed.CancelledError:
            raise GraderError("The scheduler gave up a task. Run the same command again: it goes on.") from None
        except Exception as error:  # whatever went wrong there, such as a process that could not be started
            return Lost(student, f"{type(error).__name__}: {error}")
        if "unfit" in message:
            raise UsageError(f"A worker of the cluster can't grade: {message['unfit']}")
        return Lost(student, message["lost"]) if "lost" in message else Verdict.from_dict(message["verdict"])


def _allow_losses(number: int, dask_scheduler: Any) -> int:
    """Runs in the scheduler: after how many lost workers more it gives a task up; returns how many it was before."""
    before: int = dask_scheduler.allowed_failures
    dask_scheduler.allowed_failures = number
    return before
