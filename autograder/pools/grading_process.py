"""The process that grades: it holds the tests and the reference, and drives one sandboxed worker.

It is started by a pool (`autograder/pools/local_pool.py`) with a socket as its only argument. First comes the job,
then one submission after another; each is answered by its verdict, as JSON. It ends when it is told to, when the
pool's process is gone, and when nothing has come for a while; whatever it started ends with it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from autograder.confinement.relay import Relay
from autograder.confinement.workers import Worker
from autograder.errors import GraderError, UsageError
from autograder.pools.job import Job, Submission, reply, verdict_message
from autograder.start import import_keras
from autograder.week import Week, load_week
from course.device import use_gpu_politely
from course.quiet import quiet_start

if TYPE_CHECKING:
    from autograder.grading.grade import Grader

IDLE_SECONDS = 600
LAST_SECONDS = 10  # for ending in order once nobody is there any more


def main() -> None:
    """Serve the pool at the other end of the socket whose descriptor is the first argument."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    connection = Connection(int(sys.argv[1]))
    job = Job.from_message(connection.recv_bytes())
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, orders), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        try:
            _serve(job, connection, orders)
        except (GraderError, UsageError) as error:
            connection.send_bytes(reply(failed=str(error)))


def _receive(connection: Connection, orders: queue.SimpleQueue[bytes]) -> None:
    """Take orders until the pool's process is gone; then end this one, from the inside or else from here."""
    try:
        while True:
            orders.put(connection.recv_bytes())
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LAST_SECONDS)
    os._exit(1)


def _serve(job: Job, connection: Connection, orders: queue.SimpleQueue[bytes]) -> None:
    week = load_week(job.week, job.solutions)
    with (Relay if job.ahead else Worker)(job.sandbox, cpu_seconds=week.cpu_seconds) as worker:
        grader = _grader(week, job.seed, worker)  # both sides import TensorFlow at the same time
        worker.wait_until_ready()
        connection.send_bytes(reply(ready=True))
        while order := _next(orders):
            submission = Submission.from_message(order)
            connection.send_bytes(verdict_message(grader.grade(submission.student, submission.source)))


def _grader(week: Week, seed: int, worker: Worker | Relay) -> Grader:
    import_keras()
    with quiet_start():
        from autograder.grading.grade import Grader
        from autograder.grading.peers import remember_cleverhans

        use_gpu_politely()
        remember_cleverhans()
    return Grader(week, seed, worker)


def _next(orders: queue.SimpleQueue[bytes]) -> bytes:
    """The next order; empty when none came for a while."""
    try:
        return orders.get(timeout=IDLE_SECONDS)
    except queue.Empty:
        return b""


if __name__ == "__main__":
    main()
