"""Question 1 of the tiny week."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from otter.test_files import test_case

from course import checks

OK_FORMAT = False

name = "q1"


def expect_equal(shift: Callable[..., Any], reference: Any, expected: Any, x: Any, offset: float) -> None:
    """Call the student's function and compare, naming a known mistake."""
    checks.expect_defined(shift, "shift", "tiny")
    found = checks.array_from(checks.call(shift, x, offset), x.shape, "shift")
    if np.allclose(found, expected, atol=1e-6):
        return
    known = [] if reference is None else reference.mistakes("shift", x, offset)
    hint = next((sentence for sentence, mistaken in known if np.allclose(found, mistaken, atol=1e-6)), "")
    raise checks.CheckFailed(f"Expected {expected.mean():.3f} on average, got {found.mean():.3f}.", hint)


def only_for_the_hidden_case(draw: Any) -> Any:
    """A helper that no public case uses."""
    images_nobody_has_seen = draw.images(2)
    return images_nobody_has_seen


@test_case(name="Adds the offset", points=2)
def test_adds(shift: Any, reference: Any) -> None:
    expect_equal(shift, reference, np.arange(3.0) + 2.5, np.arange(3.0), 2.5)


# A comment about the case below goes with it when it is left out.
@test_case(name="Adds the offset to fresh numbers", points=1, hidden=True)
def test_fresh(shift: Any, reference: Any, draw: Any) -> None:
    x = only_for_the_hidden_case(draw)
    expect_equal(shift, reference, reference.answer("shift", x, 0.25), x, 0.25)
    # The last word on the hidden case belongs to it.
