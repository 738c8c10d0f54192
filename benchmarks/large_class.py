"""A class of three hundred, graded in one go: how long it takes, what it needs, and that it needs no more at its end.

    .venv/bin/python -m benchmarks.large_class [--count 300] [--workers N]

makes submissions to week 1 (right, wrong and hostile ones; one in twenty each hangs, crashes, or takes all the memory
it gets), grades them with `autograder grade`, and looks at memory once a second. It writes docs/large_class.md, .json
and .png, and ends with 1 when a verdict is not what it should be, when memory grew, or when anything is left behind.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import matplotlib as mpl
import psutil

from autograder.gradebook import Gradebook
from autograder.pools.machine import usable_memory
from autograder.verdict import Verdict
from autograder.week import ROOT
from course.device import usable_cores
from tests.autograder.hostile import BASE, HONEST, HOSTILE, source_of

WEEK = "week01"
SAMPLES = ROOT / "tests" / "submissions" / WEEK
HANGS = ("10_loops_at_import", "10_loops_in_a_function", "10_loops_in_c")
CRASHES = ("09_ends_at_import", "09_exit_in_a_function", "09_kills_itself")
HOGS = ("np.ones(1 << 23)", "bytes(range(256)) * (1 << 18)", "tf.ones(1 << 24) + 1")
SHARES = {"hangs": 0.05, "crashes": 0.05, "takes memory": 0.05, "hostile": 0.15, "wrong": 0.35, "right": 0.35}
TAKES_MEMORY = "\n\ndef fgsm(model, x, y, eps):\n    kept = []\n    while True:\n        kept.append({what})\n"
MAY_GROW = 1.1
GIGABYTE = 1 << 30


@functools.cache
def sources(kind: str) -> list[str]:
    """Submissions of one kind, each another file."""
    if kind == "hangs":
        return [source_of(name, {}) for name in HANGS]
    if kind == "crashes":
        return [source_of(name, {}) for name in CRASHES]
    if kind == "takes memory":
        return [BASE + TAKES_MEMORY.format(what=what) for what in HOGS]
    if kind == "hostile":
        return [source_of(name, {}) for name in HOSTILE if name not in HANGS + CRASHES]
    if kind == "wrong":
        return [path.read_text(encoding="utf-8") for path in sorted((SAMPLES / "wrong").glob("*.py"))]
    return [HONEST, *(path.read_text(encoding="utf-8") for path in sorted((SAMPLES / "correct").glob("*.py")))]


def make_class(folder: Path, count: int, seed: int) -> dict[str, str]:
    """Write `count` submissions into `folder`, in a random order; returns the kind of each student's."""
    dice = random.Random(seed)
    kinds = [kind for kind, share in SHARES.items() for _ in range(round(count * share))]
    dice.shuffle(kinds)
    made: Counter[str] = Counter()
    students = {}
    for number, kind in enumerate(kinds):
        variants = sources(kind)
        source = variants[made[kind] % len(variants)]
        made[kind] += 1
        students[f"student{number:04}"] = kind
        # No two are the same bytes.
        (folder / f"student{number:04}.py").write_text(f"{source}\n# {number}\n", encoding="utf-8")
    return students


@dataclass
class Sample:
    """The grader at one moment: its parts in gigabytes, libraries that they share counted for each."""

    seconds: float
    graded: int
    command: float = 0.0
    workers: list[float] = field(default_factory=list)
    submissions: float = 0.0


def sample(grader: psutil.Process, seconds: float, gradebook: Path) -> Sample:
    """What every process under `grader` has in memory. A worker is a process that grades and its fork server."""
    now = Sample(seconds, graded_so_far(gradebook), gigabytes(grader.pid))
    for checker in children(grader):
        below = children(checker, recursive=True)
        servers = [one for one in below if is_zygote(one) and not is_zygote(one.parent())]
        now.submissions += sum(gigabytes(one.pid) for server in servers for one in children(server))
        now.workers.append(gigabytes(checker.pid) + sum(gigabytes(server.pid) for server in servers))
    return now


def children(process: psutil.Process, recursive: bool = False) -> list[psutil.Process]:
    """The processes below; none when it is gone."""
    try:
        return list(process.children(recursive=recursive))
    except psutil.NoSuchProcess:
        return []


def is_zygote(process: psutil.Process | None) -> bool:
    """Whether it is a fork server or one of its children, which look the same; the warden has it in its orders."""
    try:
        words = process.cmdline() if process else []
    except psutil.Error:
        return False
    return any("zygote.main()" in word for word in words) and not any("warden" in word for word in words)


def gigabytes(pid: int) -> float:
    """The resident set of a process, with what it shares; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss) / GIGABYTE
    except psutil.NoSuchProcess:
        return 0.0


def graded_so_far(path: Path) -> int:
    """How many verdicts the gradebook holds."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM verdicts").fetchone()[0])
    except sqlite3.Error:
        return 0


def grade(folder: Path, options: list[str]) -> tuple[int, float, list[Sample]]:
    """Grade `folder/class` into `folder/out`, with `folder/tmp` for temporary files: status, seconds, samples."""
    command = [sys.executable, "-m", "autograder.cli", "grade", WEEK, str(folder / "class")]
    (folder / "tmp").mkdir()
    started, samples = time.monotonic(), []
    with subprocess.Popen(
        [*command, "--out", str(folder / "out"), "--quiet", *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
    ) as grader:
        while grader.poll() is None:
            seconds = time.monotonic() - started
            samples.append(sample(psutil.Process(grader.pid), seconds, folder / "out" / "gradebook.sqlite"))
            time.sleep(1)
    return grader.returncode, time.monotonic() - started, samples


def surprises(kinds: dict[str, str], verdicts: dict[str, Verdict]) -> list[str]:
    """Verdicts that are not what their kind must get, each in a few words."""
    found = [f"{student} has no verdict" for student in kinds if student not in verdicts]
    for student, verdict in verdicts.items():
        kind, points = kinds[student], verdict.earned
        if verdict.status not in ("graded", "not_loadable") or (points == verdict.possible > 0) != (kind == "right"):
            found.append(f"{student} ({kind}): {verdict.status}, {points:g} points")
    return found


def leftovers(folder: Path) -> list[str]:
    """Processes that mention the run's folder, and what is left in its temporary one."""
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [line[:80] for line in lines if str(folder) in line] + [path.name for path in (folder / "tmp").iterdir()]


def growth(samples: list[Sample], count: int) -> float:
    """How much more memory a worker and the command have at the end than at the beginning, as a ratio.

    The beginning is from the 10th to the 30th of a hundred submissions, when all caches are filled; the end is the
    last fifth. Each is a median.
    """

    def used(low: float, high: float) -> float:
        return statistics.median(
            one.command + sum(one.workers) for one in samples if low * count <= one.graded < high * count
        )

    return used(0.8, 1.0) / used(0.1, 0.3)


def plot(samples: list[Sample], path: Path) -> None:
    """Memory over the number of submissions graded."""
    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, (mine, theirs) = plt.subplots(2, 1, figsize=(8, 5), sharex=True, height_ratios=(3, 2))
    graded = [one.graded for one in samples]
    for number in range(max(len(one.workers) for one in samples)):
        values = [one.workers[number] if number < len(one.workers) else float("nan") for one in samples]
        mine.plot(graded, values, label=f"worker {number + 1} (checks and fork server)")
    mine.plot(graded, [one.command for one in samples], label="the command itself")
    theirs.plot(graded, [one.submissions for one in samples], color="0.4", label="the submissions that run")
    theirs.set_xlabel("submissions graded")
    for axes in (mine, theirs):
        axes.set_ylabel("memory (GiB)")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def report(figures: dict[str, object], kinds: dict[str, str], verdicts: dict[str, Verdict]) -> str:
    """The page in docs/."""
    rows = defaultdict(list)
    for student, verdict in verdicts.items():
        rows[kinds[student]].append(verdict)
    table = []
    for kind, those in rows.items():
        statuses = Counter(one.status for one in those)
        points, seconds = [one.earned for one in those], [one.seconds for one in those]
        cells = (
            kind,
            str(len(those)),
            ", ".join(f"{count} {status}" for status, count in statuses.items()),
            f"{min(points):g}–{max(points):g}",
            f"{statistics.median(seconds):.1f}",
            f"{max(seconds):.1f}",
        )
        table.append(f"| {' | '.join(cells)} |")
    return "\n".join([
        "# A class of three hundred", "",
        "Made by `python -m benchmarks.large_class`: generated submissions to week 1, graded in one go.", "",
        *(f"- {name}: {value}" for name, value in figures.items()), "",
        "![Memory over the submissions graded](large_class.png)", "",
        "| submissions | number | verdicts | points of 20 | median seconds | most seconds |",
        "|---|---:|---|---|---:|---:|", *table, "",
        "What hangs costs its limits of time: eight seconds a call, twice for each function.", "",
    ])  # fmt: skip


def main() -> None:
    """Make the class, grade it, write the page, and say what was not as it should be."""
    parser = argparse.ArgumentParser(description="Grade a class of generated submissions and watch its memory.")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    arguments = parser.parse_args()
    options = ["--seed", str(arguments.seed)] + (["--workers", str(arguments.workers)] if arguments.workers else [])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "class").mkdir()
        kinds = make_class(folder / "class", arguments.count, arguments.seed)
        load = os.getloadavg()[1]
        status, seconds, samples = grade(folder, options)
        left = leftovers(folder)
        with Gradebook(folder / "out" / "gradebook.sqlite") as gradebook:
            verdicts = {verdict.student: verdict for verdict in gradebook.verdicts(gradebook.last_run(WEEK))}
    grew = growth(samples, len(kinds))
    unexpected = surprises(kinds, verdicts) + [f"left behind: {one}" for one in left]
    figures = {
        "machine": f"{usable_cores()} cores, {usable_memory() / GIGABYTE:.0f} GiB, Linux {platform.release()}",
        "load before and after, other programs included": f"{load:.1f} and {os.getloadavg()[1]:.1f}",
        "workers": max(len(one.workers) for one in samples),
        "total": f"{seconds:.0f} s for {len(verdicts)} submissions, {seconds / len(verdicts):.2f} s a submission",
        "peak memory of the command": f"{max(one.command for one in samples):.2f} GiB",
        "peak memory of a worker": f"{max(max(one.workers, default=0) for one in samples):.2f} GiB",
        "peak memory of the submissions that ran at one time": f"{max(one.submissions for one in samples):.2f} GiB",
        "command and workers at the end, compared with the beginning": f"{grew:.2f} times",
        "left behind": ", ".join(left) or "nothing",
        "verdicts other than expected": "; ".join(unexpected) or "none",
    }
    plot(samples, arguments.out / "large_class.png")
    (arguments.out / "large_class.md").write_text(report(figures, kinds, verdicts), encoding="utf-8")
    values = {"figures": figures, "samples": [asdict(one) for one in samples]}
    (arguments.out / "large_class.json").write_text(json.dumps(values, indent=1), encoding="utf-8")
    print("\n".join(f"{name}: {value}" for name, value in figures.items()))
    sys.exit(1 if status or unexpected or grew > MAY_GROW else 0)


if __name__ == "__main__":
    main()
