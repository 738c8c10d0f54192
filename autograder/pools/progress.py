"""What is seen while a class is graded: how many are done, how fast, for how long still, and who is graded now."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from autograder.names import visible
from autograder.verdict import Verdict

PERIOD = 600.0  # seconds over which the rate is taken: a submission may take a minute
NEWS_SECONDS = 30.0  # how often a log gets a line: nothing moves there
MAX_NAMES = 3
MAX_NAME = 20


class ClassProgress:
    """A line in the terminal while `total` submissions are graded. A context manager: leaving it removes the line.

    Where the output is no terminal, a line now and then says how far it is.
    """

    def __init__(self, console: Console, total: int) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            speed_estimate_period=PERIOD,
        )
        self._console = console
        self._total = total
        self._graded = 0
        self.shown = 0
        """How many verdicts there are, with those that were kept."""
        self._told = time.monotonic()
        self._task = self._progress.add_task("looking for what has a verdict", total=total)
        self._running: dict[str, None] = {}

    def __enter__(self) -> ClassProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, student: str, verdict: Verdict | None) -> None:
        """A student's submission begins (no verdict yet), or has its verdict; one that never began was kept."""
        self.shown += verdict is not None
        if verdict is None:
            self._running[student] = None
        elif student in self._running:
            del self._running[student]
            self._progress.advance(self._task)
            self._graded += 1
            self._tell()
        else:  # it is no part of what is still to do, nor of how fast that goes
            self._total -= 1
        self._progress.update(self._task, total=self._total, description=self._who())

    def _tell(self) -> None:
        if not self._console.is_terminal and time.monotonic() - self._told >= NEWS_SECONDS:
            self._told = time.monotonic()
            self._console.print(Text(f"{self._graded} of {self._total} graded"))

    def _who(self) -> str:
        names = [visible(student, keep="")[:MAX_NAME] for student in self._running]
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        return ", ".join(names[:MAX_NAMES]) + more


class _RateColumn(ProgressColumn):
    """How many submissions are graded in a minute."""

    def render(self, task: Task) -> Text:
        """The rate, once it is known."""
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "")
