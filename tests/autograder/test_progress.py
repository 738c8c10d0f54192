"""What a terminal shows while a class is graded."""

from __future__ import annotations

import io

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
