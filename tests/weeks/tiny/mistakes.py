"""Known mistakes of the tiny week: what students answer instead, with a sentence each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _shift_backwards(x: np.ndarray, offset: float) -> np.ndarray:
    return (np.asarray(x) - offset).astype("float32")


def _shift_without_clipping(x: np.ndarray, offset: float) -> np.ndarray:
    return (np.asarray(x) + offset).astype("float32")


MISTAKES: dict[str, list[tuple[str, Callable[..., np.ndarray]]]] = {
    "shift": [("Your answer equals x - offset: the offset is subtracted, not added.", _shift_backwards)],
    "shift_and_clip": [("Your answer equals x + offset: it is never clipped.", _shift_without_clipping)],
}
