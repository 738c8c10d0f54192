"""What a terminal shows while a class is graded."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.pools.progress import ClassProgress
from autograder.verdict import Verdict


def shown(progress: ClassProgress, screen: io.StringIO) -> str:
    screen.truncate(0)
    progress._progress.refresh()
    return screen.getvalue()


def test_counts_rate_time_left_and_who_is_graded_are_shown() -> None:
    screen = io.StringIO()
    with ClassProgress(Console(file=screen, force_terminal=True, width=120), 8) as progress:
        progress.show("kept", Verdict("kept", "tiny", "graded"))
        for student in ("ann", "bob", "=evil\nname", "dan"):
            progress.show(student, None)
        progress.show("ann", Verdict("ann", "tiny", "graded"))
        progress.show("bob", Verdict("bob", "tiny", "graded"))
        text = shown(progress, screen)
        assert "2/7" in text
        assert "/min" in text
        assert "0:00:0" in text
        assert "=evil\\nname, dan" in text
        assert "ann" not in text
        for number in range(3):
            progress.show(f"more{number}", None)
        assert "dan, more0 and 2 more" in shown(progress, screen)


@pytest.mark.parametrize(("seconds", "lines"), [(0.0, ["1 of 2 graded", "2 of 2 graded"]), (3600.0, [])])
def test_a_log_gets_a_line_now_and_then(seconds: float, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.pools.progress.NEWS_SECONDS", seconds)
    log = io.StringIO()
    with ClassProgress(Console(file=log, width=120), 2) as progress:
        for student in ("ann", "bob"):
            progress.show(student, None)
            progress.show(student, Verdict(student, "tiny", "graded"))
    assert [line for line in log.getvalue().splitlines() if "graded" in line] == lines
