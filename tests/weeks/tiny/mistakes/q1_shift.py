"""Known mistakes of q1, shift."""

from __future__ import annotations

import numpy as np

from .common import Mistake


def _shift_backwards(x: np.ndarray, offset: float) -> np.ndarray:
    return (np.asarray(x) - offset).astype("float32")


MISTAKES: dict[str, list[Mistake]] = {
    "shift": [("Your answer equals x - offset: the offset is subtracted, not added.", _shift_backwards)],
}
