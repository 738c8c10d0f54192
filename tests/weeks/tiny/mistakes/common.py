"""What the known mistakes of both questions share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Mistake = tuple[str, Callable[..., np.ndarray]]
