"""Known mistakes of q1, binary_threshold."""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import Mistake, floats


def where(condition: Any, white: Any = 1.0, black: Any = 0.0) -> Any:
    """float32 images: `white` where the condition holds, `black` elsewhere."""
    return np.where(condition, white, black).astype(np.float32)


SCALED = "Your pixels or your threshold were scaled to 255: both lie in [0, 1] already."
INVERTED = "Your black and white are the wrong way round: 1 is where a pixel is greater than the threshold."
OWN_MEAN = "Your threshold is the mean of the pixels: use the threshold that is given."
RELATIVE = "Your threshold is taken as a share of the brightest pixel: compare each pixel with it as it is."


def stretched(x: Any, axis: tuple[int, ...] | None) -> Any:
    """The pixels scaled so that the darkest is 0 and the brightest 1."""
    darkest, brightest = (of(floats(x), axis=axis, keepdims=True) for of in (np.min, np.max))
    return (floats(x) - darkest) / np.maximum(brightest - darkest, 1e-12)


KEPT_EQUAL = "Your pixels that equal the threshold keep their grey: they become 0, as those below it."
HALF = "Your pixels that equal the threshold become one half, as the sign of zero is 0: they become 0."
BYTES = "Your pixels are rounded to one of 255 steps before they are compared: compare them as they are."
QUANTILE = "Your threshold is taken as a share of the pixels, a quantile: it is a grey; compare each pixel with it."


def quantile(x: Any, share: float, axis: tuple[int, ...] | None) -> Any:
    """The grey that this share of the pixels does not exceed."""
    return np.quantile(floats(x), share, axis=axis, keepdims=True)


BINARY_THRESHOLD: list[Mistake] = [
    (KEPT_EQUAL, lambda x, threshold: where(floats(x) > threshold, 1.0, where(floats(x) == threshold, floats(x), 0.0))),
    (HALF, lambda x, threshold: np.heaviside(floats(x) - np.float32(threshold), np.float32(0.5))),
    (BYTES, lambda x, threshold: where(np.floor(255 * floats(x)) > int(255 * threshold))),
    (BYTES, lambda x, threshold: where(np.round(255 * floats(x)) > round(255 * threshold))),
    (QUANTILE, lambda x, threshold: where(floats(x) > quantile(x, threshold, (1, 2, 3)))),
    (QUANTILE, lambda x, threshold: where(floats(x) > quantile(x, threshold, None))),
    (
        "Your answer is x − threshold, rounded up: −1 for a black pixel with a threshold of 1. Compare instead.",
        lambda x, threshold: np.ceil(floats(x) - np.float32(threshold)),
    ),
    (
        "Your pixels that equal the threshold became 1: the comparison is >, not >=.",
        lambda x, threshold: where(floats(x) >= threshold),
    ),
    (INVERTED, lambda x, threshold: where(floats(x) <= threshold)),
    (INVERTED, lambda x, threshold: where(floats(x) < threshold)),
    (
        "Your white is 255, as in a file of bytes: white is 1 in this course.",
        lambda x, threshold: where(floats(x) > threshold, 255.0),
    ),
    (
        "Your pixels above the threshold keep their grey: they all become 1.",
        lambda x, threshold: where(floats(x) > threshold, floats(x)),
    ),
    (
        "Your pixels below the threshold keep their grey: they all become 0.",
        lambda x, threshold: where(floats(x) > threshold, 1.0, floats(x)),
    ),
    ("Your black is -1: it is 0.", lambda x, threshold: where(floats(x) > threshold, 1.0, -1.0)),
    (
        "Your answer is the sign of x minus the threshold, so that black is -1: it is 0.",
        lambda x, threshold: np.sign(floats(x) - np.float32(threshold)),
    ),
    (
        "Your threshold is always one half: use the one that is given.",
        lambda x, threshold: where(floats(x) > 0.5),
    ),
    (SCALED, lambda x, threshold: where(255 * floats(x) > threshold)),
    (SCALED, lambda x, threshold: where(floats(x) > 255 * threshold)),
    (OWN_MEAN, lambda x, threshold: where(floats(x) > floats(x).mean())),
    (OWN_MEAN, lambda x, threshold: where(floats(x) > floats(x).mean(axis=(1, 2, 3), keepdims=True))),
    (RELATIVE, lambda x, threshold: where(floats(x) > threshold * floats(x).max(axis=(1, 2, 3), keepdims=True))),
    (RELATIVE, lambda x, threshold: where(stretched(x, (1, 2, 3)) > threshold)),
    (RELATIVE, lambda x, threshold: where(stretched(x, None) > threshold)),
]

MISTAKES = {"binary_threshold": BINARY_THRESHOLD}
