"""The tiny week: two functions on arrays."""

from __future__ import annotations

import numpy as np


def shift(x: np.ndarray, offset: float) -> np.ndarray:
    """`x` moved by `offset`, as float32."""
    # BEGIN SOLUTION
    moved = np.asarray(x, dtype="float32") + np.float32(offset)
    return moved
    # END SOLUTION


def shift_and_clip(x: np.ndarray, offset: float) -> np.ndarray:
    """`x` moved by `offset`, then clipped to [0, 1]."""
    # BEGIN SOLUTION
    moved_before_clipping = shift(x, offset)
    return np.clip(moved_before_clipping, 0.0, 1.0)
    # END SOLUTION
