"""Question 2 of the tiny week: builds on question 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from otter.test_files import test_case

from course import checks

OK_FORMAT = False

name = "q2"


def expect_equal(function: Any, reference: Any, expected: Any, x: Any, offset: float) -> None:
    """Call the student's function and compare, naming a known mistake."""
    checks.expect_defined(function, "shift_and_clip", "tiny")
    found = checks.array_from(checks.call(function, x, offset), x.shape, "shift_and_clip")
    if np.allclose(found, expected, atol=1e-6):
        return
    known = [] if reference is None else reference.mistakes("shift_and_clip", x, offset)
    hint = next((sentence for sentence, mistaken in known if np.allclose(found, mistaken, atol=1e-6)), "")
    raise checks.CheckFailed("The numbers differ.", hint)


@test_case(name="Clips to [0, 1]", points=1)
def test_clips(shift_and_clip: Any, reference: Any) -> None:
    x = np.linspace(0.0, 1.0, 5)
    expect_equal(shift_and_clip, reference, np.clip(x + 0.3, 0, 1), x, 0.3)


@test_case(name="Clips fresh numbers", points=2, hidden=True)
def test_fresh(shift_and_clip: Any, reference: Any, draw: Any) -> None:
    x, offset = draw.images(2), draw.number(0.2, 0.4)
    expect_equal(shift_and_clip, reference, reference.answer("shift_and_clip", x, offset), x, offset)
