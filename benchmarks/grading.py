"""How long grading takes: ours with one worker and with two, `otter run`, and the limit; the same files, in turns.

    .venv/bin/python -m benchmarks.grading [--count 20] [--rounds 3]

The limit is the same calls and the same checks in one warm process, without a sandbox and without a wire. A ratio
compares two times of one round, so that a machine that slows down slows all of them down. Seconds of processor are
what a way of grading needs wherever it runs; other programs on the machine don't change them much. Writes
docs/grading_benchmark.md and .json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import psutil

from autograder.confinement.sandbox import choose_sandbox
from autograder.confinement.workers import Worker
from autograder.grading.grade import Grader
from autograder.grading.peers import remember_cleverhans
from autograder.grading.session import Session
from autograder.pools.job import Job
from autograder.pools.local_pool import LocalPool
from autograder.start import start_tensorflow
from autograder.week import ROOT, Week, load_week
from benchmarks.ways import SEED, WEEK, ZIP, Limit, grade_in, grade_with_otter, make_submissions, style_of
from course.device import usable_cores

LIMIT, ONE, TWO, OTTER = "the limit", "ours, one worker", "ours, two workers", "otter run"


@dataclass(frozen=True)
class Measured:
    """What grading some submissions took: seconds on the wall, and of processor by all processes together."""

    wall: float
    cpu: float


def processor_seconds(process: psutil.Process) -> float:
    """Of this process and all below it, with those that have ended."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def measured(work: Callable[[], object]) -> Measured:
    """What `work` takes, in this process and those below it."""
    wall, cpu = time.monotonic(), _own_and_children()
    work()
    return Measured(time.monotonic() - wall, _own_and_children() - cpu)


def _own_and_children() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = sum(processor_seconds(child) for child in psutil.Process().children())
    return time.process_time() + ended.ru_utime + ended.ru_stime + running


def where_it_goes(
    week: Week, limit: Limit, files: list[Path], worker: Worker
) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds of the parts of one submission's grading; seconds of each style at the limit, fastest first."""
    parts: dict[str, list[float]] = defaultdict(list)
    styles: dict[str, float] = {}
    grader = Grader(week, SEED, worker)
    for number, file in enumerate(files):
        started = time.perf_counter()
        calls = limit.grade(file)
        styles[style_of(file)] = time.perf_counter() - started
        checks = styles[style_of(file)] - calls
        spent: dict[str, float] = defaultdict(float)
        with timed(Worker, "fork", spent), timed(Worker, "end", spent), timed(Session, "_converse", spent):
            started = time.perf_counter()
            grader.grade(file.stem, file.read_bytes())
            total = time.perf_counter() - started
        if number < 2:  # the references are computed now, once
            continue
        rows = {
            "the submission's calls, in a warm process": calls,
            "the same calls in a child that has just been forked, and their way there and back": spent["_converse"]
            - calls,
            "the checks": checks,
            "writing arguments, reading and checking answers": total - sum(spent.values()) - checks,
            "forking the child": spent["fork"],
            "ending it and emptying its folder": spent["end"],
            "in all": total,
        }
        for name, value in rows.items():
            parts[name].append(value)
    medians = {name: statistics.median(values) for name, values in parts.items()}
    return medians, dict(sorted(styles.items(), key=lambda item: item[1]))


@contextmanager
def timed(kind: type, name: str, spent: dict[str, float]) -> Iterator[None]:
    """Add the seconds that calls of a method take to `spent`."""
    original = getattr(kind, name)

    def method(*args: Any, **keywords: Any) -> Any:
        started = time.perf_counter()
        try:
            return original(*args, **keywords)
        finally:
            spent[name] += time.perf_counter() - started

    setattr(kind, name, method)
    try:
        yield
    finally:
        setattr(kind, name, original)


def in_turns(count: int, ways: dict[str, Callable[[], object]]) -> dict[str, list[Measured]]:
    """Each way `count` times, in turns; the order turns too."""
    found: dict[str, list[Measured]] = {name: [] for name in ways}
    for number in range(count):
        names = list(ways)[number % len(ways) :] + list(ways)[: number % len(ways)]
        for name in names:
            found[name].append(measured(ways[name]))
        print({name: round(found[name][-1].wall, 1) for name in ways}, flush=True)
    return found


def report(
    count: int,
    found: dict[str, list[Measured]],
    starts: dict[str, float],
    parts: dict[str, float],
    styles: dict[str, float],
    load: str,
) -> str:
    """The page in docs/."""

    def a_submission(name: str, what: str) -> float:
        return statistics.median(getattr(one, what) for one in found[name]) / count

    def ratio(name: str, other: str) -> float:
        return statistics.median(one.wall / two.wall for one, two in zip(found[name], found[other], strict=True))

    table = [
        f"| {name} | {a_submission(name, 'wall'):.2f} | {a_submission(name, 'cpu'):.2f} "
        f"| {ratio(OTTER, name):.1f} | {ratio(name, LIMIT):.2f} | {starts.get(name, 0):.0f} |"
        for name in found
    ]
    return "\n".join([
        "# How long grading takes", "",
        f"Made by `python -m benchmarks.grading`: {count} right submissions to week 1, of {len(styles)} styles, each "
        f"graded in each way, {len(found[OTTER])} times and in turns. {usable_cores()} cores, no GPU; otter-grader "
        f"{version('otter-grader')}, TensorFlow {version('tensorflow')}; load of the machine, other programs included: "
        f"{load}.", "",
        "| | seconds a submission | seconds of processor | times as fast as `otter run` | times the limit | start |",
        "|---|---:|---:|---:|---:|---:|", *table, "",
        "The limit is the same calls and checks in one warm process, without sandbox and wire. Medians; a ratio "
        "compares times of one round. The start, in seconds, is paid once a run: TensorFlow on both sides, references. "
        "`otter run` pays its own for every submission.", "",
        "Two processes that graded at the limit, each on a core of its own, would be twice as fast as the limit: no "
        "way of grading with two workers can do better on two cores.", "",
        "One worker, while there are cores to spare, has the next submission's child started and warmed up while this "
        "one is graded; so it may need more processor than the wall shows.", "",
        "## Where one worker's time goes", "",
        "Medians of one submission after the other, in the same run, without a next child started ahead:", "",
        "| | seconds |", "|---|---:|", *(f"| {name} | {value:.3f} |" for name, value in parts.items()), "",
        "## What the styles take", "",
        "One submission of each, at the limit. What traces its functions anew for every network, or asks for images "
        "one by one, takes several times as long as plain eager code. It does so everywhere: the larger its share of a "
        "class, the less does a start that is saved count.", "",
        "| | seconds |", "|---|---:|", *(f"| {name} | {value:.2f} |" for name, value in styles.items()), "",
    ])  # fmt: skip


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description="Time grading: ours, otter run, and the limit.")
    parser.add_argument("--count", type=int, default=20, help="how many submissions")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way grades them")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "grading_benchmark.md")
    arguments = parser.parse_args()
    if not ZIP.exists():
        parser.error(f"there is no {ZIP.name} in dist/: run `autograder build week01` first")
    start_tensorflow()
    remember_cleverhans()
    before = os.getloadavg()[1]
    week, sandbox = load_week(WEEK), choose_sandbox("auto", gpu=False)
    limit = Limit(week)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = make_submissions(folder, arguments.count)
        one = stack.enter_context(LocalPool(Job(WEEK, None, SEED, sandbox, ahead=usable_cores() > 1), 1))
        two = stack.enter_context(LocalPool(Job(WEEK, None, SEED, sandbox), 2))
        ways: dict[str, Callable[[], object]] = {
            LIMIT: lambda: [limit.grade(file) for file in files],
            ONE: partial(grade_in, one, files),
            TWO: partial(grade_in, two, files),
            OTTER: partial(grade_with_otter, folder, files),
        }
        starts = {name: measured(ways[name]).wall for name in (LIMIT, ONE, TWO)}
        found = in_turns(arguments.rounds, ways)
        starts = {name: max(0.0, starts[name] - statistics.median(m.wall for m in found[name])) for name in starts}
        with Worker(sandbox, cpu_seconds=480) as worker:
            parts, styles = where_it_goes(week, limit, files, worker)
    text = report(arguments.count, found, starts, parts, styles, f"{before:.1f} before, {os.getloadavg()[1]:.1f} after")
    arguments.out.write_text(text, encoding="utf-8")
    values = {
        "rounds": {name: [asdict(m) for m in ms] for name, ms in found.items()},
        "starts": starts,
        "parts": parts,
        "styles": styles,
    }
    arguments.out.with_suffix(".json").write_text(json.dumps(values, indent=1), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
