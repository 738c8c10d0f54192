"""Run many: a class of submissions, its gradebook and its reports."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from autograder.grade import Grader
from autograder.gradebook import Gradebook
from autograder.inbox import Entry, RefusedError, read_submission
from autograder.reports import write_reports
from autograder.sandbox import Sandbox
from autograder.verdict import Run, Verdict
from autograder.week import Week

REPORTED_PACKAGES = ("tensorflow", "keras", "numpy", "cleverhans", "otter-grader")


def grade_class(
    week: Week,
    entries: list[Entry],
    out: Path,
    sandbox: Sandbox,
    device: str,
    seed: int | None,
    progress: Callable[[str, Verdict | None], None],
) -> tuple[Run, list[Verdict]]:
    """Grade every entry, keep each verdict in the gradebook as it comes, and write the reports at the end.

    `progress(student, None)` is called before, `progress(student, verdict)` after each submission. `seed` is the
    run's seed; None takes the one that the gradebook keeps for this week.
    """
    started = time.monotonic()
    with Gradebook(out / "gradebook.sqlite") as gradebook:
        run = _describe_run(week, sandbox, device, gradebook.seed(week.name, seed))
        number = gradebook.start_run(run, week_digest(week))
        with Grader(week, run.seed, sandbox) as grader:
            for entry in entries:
                progress(entry.student, None)
                verdict = grade_entry(grader, week, entry)
                verdict = save(gradebook, number, verdict)
                progress(entry.student, verdict)
        run = replace(run, seconds=time.monotonic() - started)
        gradebook.finish_run(number, run)
        verdicts = gradebook.verdicts(number)
    write_reports(out, run, verdicts)
    return run, verdicts


def grade_entry(grader: Grader, week: Week, entry: Entry) -> Verdict:
    """The verdict on one entry of the inbox; one that can't be taken is refused and never run."""
    try:
        source = read_submission(entry)
    except RefusedError as error:
        return Verdict(student=entry.student, week=week.name, status="refused", message=str(error))
    return grader.grade(entry.student, source)


def save(gradebook: Gradebook, number: int, verdict: Verdict) -> Verdict:
    """Keep a verdict and return what was kept: one that can't be is an error of ours, and costs nobody else theirs."""
    try:
        gradebook.save(number, verdict)
    except Exception as error:  # whatever is odd about it
        message = f"The verdict can't be kept in the gradebook: {type(error).__name__}: {str(error)[:500]}"
        verdict = Verdict(verdict.student, verdict.week, "error", message=message, digest=verdict.digest)
        gradebook.save(number, verdict)
    return verdict


def week_digest(week: Week) -> str:
    """A digest of all that a verdict on this week depends on: every file of its folder."""
    hasher = hashlib.sha256()
    for path in sorted(week.folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            hasher.update(f"{path.relative_to(week.folder)}:{len(content)}:".encode())
            hasher.update(content)
    return hasher.hexdigest()


def _describe_run(week: Week, sandbox: Sandbox, device: str, seed: int) -> Run:
    return Run(
        week=week.name,
        title=week.title,
        seed=seed,
        sandbox=sandbox.level,
        device=device,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        versions={
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in REPORTED_PACKAGES},
        },
        question_keys=tuple(question.key for question in week.questions),
        possible=week.points,
    )
