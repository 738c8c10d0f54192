"""When two answers count as the same: comparisons that say how an answer differs, or "" if it doesn't.

The tolerances come from measurements (1,000 digits, one step): two correct implementations differ in 0 to 0.02 % of
the pixels, the mistakes that are worth finding in 1.7 to 80 %. So 0.5 % of the pixels may differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Difference = Callable[[Floats, Floats], str]  # of an answer and the expected one

MAY_DIFFER = 0.005  # share of the pixels
STEEP = 1e-4  # of an image's largest |gradient|: below it the sign is a matter of rounding (about 20 % of the pixels)
ROUNDING = 1e-6  # of float32, on pixels near 1
GRADIENT_ROUNDING = 1e-3  # of an image's largest |gradient|: ten times what loss functions in use differ by


def gradients_differ(answer: Floats, expected: Floats) -> str:
    """How two batches of gradients differ, by the largest |gradient| of each image; "" if they don't."""
    largest = _largest(expected)
    wrong = float(np.mean(np.abs(answer - expected) > GRADIENT_ROUNDING * largest + 1e-12))
    if wrong <= MAY_DIFFER:
        return ""
    ratio = np.sqrt(np.mean(answer**2) / max(float(np.mean(expected**2)), 1e-24))
    return f"{wrong:.1%} of the gradient's entries differ; on the whole it is {ratio:.3g} times as large as expected."


def attacks_differ(model: Any, y: npt.ArrayLike, gradient: Floats) -> Difference:
    """Compares attacked images where the `gradient` is steep; and how the `model`, with labels `y`, takes them."""
    steep = np.abs(gradient) > STEEP * _largest(gradient)
    labels = np.asarray(y)

    def difference(answer: Floats, expected: Floats) -> str:
        wrong = np.abs(answer - expected)[steep] > 10 * ROUNDING
        if wrong.size and wrong.mean() > MAY_DIFFER:
            return f"{wrong.mean():.1%} of the pixels differ (rounding explains {MAY_DIFFER:.1%})."
        loss, accuracy = _loss_and_accuracy(model, answer, labels)
        expected_loss, expected_accuracy = _loss_and_accuracy(model, expected, labels)
        if abs(loss - expected_loss) > 0.02 * expected_loss + ROUNDING:
            return f"The network's loss on your images is {loss:.4g}, it should be {expected_loss:.4g}."
        if abs(accuracy - expected_accuracy) > max(0.02, 1 / len(labels)) + ROUNDING:
            return f"The network's accuracy on your images is {accuracy:.1%}, it should be {expected_accuracy:.1%}."
        return ""

    return difference


def descents_differ(start: Floats) -> Difference:
    """Compares images that were moved from `start`, by the largest distance that a pixel of each image went."""

    def difference(answer: Floats, expected: Floats) -> str:
        way = _largest(expected - start)
        wrong = float(np.mean(np.abs(answer - expected) > GRADIENT_ROUNDING * way + 10 * ROUNDING))
        return f"{wrong:.1%} of the pixels differ (rounding explains {MAY_DIFFER:.1%})." if wrong > MAY_DIFFER else ""

    return difference


def accuracies_differ(images: int) -> Difference:
    """Compares accuracies on so many `images`: one image may fall on the other side, or two in a hundred."""

    def difference(answer: Floats, expected: Floats) -> str:
        wrong = np.abs(answer - expected) > max(0.02, 1 / images) + ROUNDING
        if not wrong.any():
            return ""
        return f"Got {np.round(answer, 3).tolist()}, expected {np.round(expected, 3).tolist()}."

    return difference


def _largest(values: Floats) -> Floats:
    return np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)


def _loss_and_accuracy(model: Any, images: Floats, labels: npt.NDArray[Any]) -> tuple[float, float]:
    logits = np.asarray(model(images), np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]
    return float(losses.mean()), float(np.mean(logits.argmax(axis=1) == labels))
