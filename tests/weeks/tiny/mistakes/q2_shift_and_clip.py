"""Known mistakes of q2, shift_and_clip."""

from __future__ import annotations

import numpy as np

from .common import Mistake


def _shift_without_clipping(x: np.ndarray, offset: float) -> np.ndarray:
    return (np.asarray(x) + offset).astype("float32")


MISTAKES: dict[str, list[Mistake]] = {
    "shift_and_clip": [("Your answer equals x + offset: it is never clipped.", _shift_without_clipping)],
}
