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
LOSS_ROUNDING = 1e-4  # of a loss; after three updates two correct implementations differ by about 1e-6
LOGIT_ROUNDING = 1e-4  # of the largest |logit|: sums of a thousand float32 products, in whatever order, stay below 1e-5


def gradients_differ(answer: Floats, expected: Floats) -> str:
    """How two batches of gradients differ, by the largest |gradient| of each image; "" if they don't."""
    largest = _largest(expected)
    wrong = float(np.mean(np.abs(answer - expected) > GRADIENT_ROUNDING * largest + 1e-12))
    if wrong <= MAY_DIFFER:
        return ""
    ratio = np.sqrt(np.mean(answer**2) / max(float(np.mean(expected**2)), 1e-24))
    return f"{wrong:.1%} of the gradient's entries differ; on the whole it is {ratio:.3g} times as large as expected."


def images_differ(answer: Floats, expected: Floats) -> str:
    """How two batches of images differ, pixel by pixel; "" if they don't."""
    return _told(np.abs(answer - expected) > 10 * ROUNDING)


def logits_differ(answer: Floats, expected: Floats) -> str:
    """How two batches of logits differ, by the largest |logit|; "" if they don't."""
    wrong = np.abs(answer - expected) > LOGIT_ROUNDING * np.abs(expected).max() + ROUNDING
    if not wrong.any():
        return ""
    return f"{wrong.mean():.0%} of the logits differ, by up to {np.abs(answer - expected).max():.3g}."


def losses_differ(answer: Floats, expected: Floats) -> str:
    """How one loss or several differ; "" if they don't."""
    if (np.abs(answer - expected) <= LOSS_ROUNDING * np.abs(expected) + ROUNDING).all():
        return ""
    return f"Got {_listed(np.ravel(answer))}, expected {_listed(np.ravel(expected))}."


def loss_and_accuracy(model: Any, images: Floats, labels: npt.NDArray[Any]) -> tuple[float, float]:
    """The mean cross-entropy of the `model` on `images` with these `labels`, and its accuracy."""
    logits = np.asarray(model(images), np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]
    return float(losses.mean()), float(np.mean(logits.argmax(axis=1) == labels))


def attacks_differ(model: Any, y: npt.ArrayLike, gradient: Floats) -> Difference:
    """Compares attacked images where the `gradient` is steep; and how the `model`, with labels `y`, takes them."""
    steep = np.abs(gradient) > STEEP * _largest(gradient)
    labels = np.asarray(y)

    def difference(answer: Floats, expected: Floats) -> str:
        if told := images_differ(answer[steep], expected[steep]):
            return told
        loss, accuracy = loss_and_accuracy(model, answer, labels)
        expected_loss, expected_accuracy = loss_and_accuracy(model, expected, labels)
        if not abs(loss - expected_loss) <= 0.02 * expected_loss + ROUNDING:  # NaN fails too
            return f"The network's loss on your images is {loss:.4g}, it should be {expected_loss:.4g}."
        if abs(accuracy - expected_accuracy) > max(0.02, 1 / len(labels)) + ROUNDING:
            return f"The network's accuracy on your images is {accuracy:.1%}, it should be {expected_accuracy:.1%}."
        return ""

    return difference


def descents_differ(start: Floats) -> Difference:
    """Compares images that were moved from `start`, by the largest distance that a pixel of each image went."""

    def difference(answer: Floats, expected: Floats) -> str:
        way = _largest(expected - start)
        return _told(np.abs(answer - expected) > GRADIENT_ROUNDING * way + 10 * ROUNDING)

    return difference


def accuracies_differ(images: int) -> Difference:
    """Compares accuracies on so many `images`: of forty and more, one may fall on the other side."""
    may_differ = 1 / images if images >= 40 else 0.0

    def difference(answer: Floats, expected: Floats) -> str:
        wrong = np.abs(answer - expected) > may_differ + ROUNDING
        if not wrong.any():
            return ""
        return f"Got {_listed(answer)}, expected {_listed(expected)}."

    return difference


def _told(wrong: npt.NDArray[np.bool_]) -> str:
    share = float(wrong.mean()) if wrong.size else 0.0
    return f"{share:.1%} of the pixels differ (rounding explains {MAY_DIFFER:.1%})." if share > MAY_DIFFER else ""


def _listed(numbers: Floats) -> str:
    return ", ".join(f"{number:.3f}" for number in numbers)


def _largest(values: Floats) -> Floats:
    return np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
