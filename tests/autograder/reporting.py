"""Verdicts to report, and a page as a browser sees it: what the tests of the reports share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from autograder.reports import write_reports
from autograder.verdict import CaseResult, QuestionResult, Run, Verdict

RUN = Run(
    week="week01",
    title="Fooled by <its> own gradient",
    seed=918273645,
    sandbox="Landlock ABI 6 and a filter of system calls",
    device="CPU, 2 cores",
    started="2025-01-02T10:05:07+00:00",
    seconds=12.5,
    versions={"tensorflow": "2.21.0"},
    question_keys=("q1", "q2"),
    possible=8,
)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} \x1b[2J \u202e [bold]\udcff"


def verdict(student: str, passed: Sequence[bool] = (True, True, True), outcome: str = "failed") -> Verdict:
    """A verdict of two questions, 3 + (1 + 4) points; the last case is hidden."""
    cases = [
        CaseResult("shape", False, "passed", 3),
        CaseResult("range", False, "passed", 1),
        CaseResult("fresh images", True, "passed", 4),
    ]
    for index, good in enumerate(passed):
        if not good:
            cases[index] = replace(
                cases[index],
                outcome=outcome,
                message="Clip after the step: line 2.",
                detail="expected 0.123456",
                seconds=0.2,
            )
    questions = (QuestionResult("q1", "The gradient", (cases[0],)), QuestionResult("q2", "One step", tuple(cases[1:])))
    return Verdict(student, "week01", "graded", questions, digest="abc123", seconds=1.5, source="import numpy\nx = 1\n")


def refused(student: str, message: str = "week01.py is a link.") -> Verdict:
    return Verdict(student, "week01", "refused", message=message)


class Page(HTMLParser):
    """What a browser would make of a page: its tags, its text, and whether every tag is closed."""

    VOID = ("meta", "input", "line", "rect")

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.raw = path.read_text(encoding="utf-8")
        self.feed(self.raw)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def written(out: Path, verdicts: Sequence[Verdict], run: Run = RUN) -> Path:
    write_reports(out, run, verdicts)
    return out
