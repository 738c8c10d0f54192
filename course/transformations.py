"""Transformations of images that the cases hand to a defence. None of them is one that a student is asked to write."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.draw import Floats


def five_dark_greys(x: Any) -> Floats:
    """Five greys, all of them a little darker, in NumPy: it has no gradient, and done twice gives something else."""
    return (np.round(np.asarray(x) * 4) / 5).astype(np.float32)


def stretched(x: Any) -> Floats:
    """Three times the contrast: it leaves [0, 1]."""
    return (3 * np.asarray(x) - 1).astype(np.float32)


def unchanged(x: Any) -> Any:
    """The images as they are."""
    return x
