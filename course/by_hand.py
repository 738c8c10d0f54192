"""A network without hidden layers worked out by hand, in NumPy and float64: what the cases compare with.

Nothing of TensorFlow is in it, so it owes nothing to what it is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course.draw import CLASSES, Integers


class ByHand:
    """The network that `Draw.linear_network` gives, trained by gradient descent with a `momentum`."""

    def __init__(self, model: Any, rate: float = 0.0, momentum: float = 0.0) -> None:
        self.weights = [weight.astype(np.float64) for weight in model.get_weights()]
        self._rate, self._momentum = rate, momentum
        self._speeds = [np.zeros_like(weight) for weight in self.weights]

    def logits(self, x: Any) -> Any:
        """A matrix times the pixels plus a bias, (n, 10)."""
        return np.reshape(x, (len(x), -1)).astype(np.float64) @ self.weights[0] + self.weights[1]

    def probabilities(self, x: Any, y: Integers | None = None) -> Any:
        """The softmax of the logits, (n, 10); with labels `y` each image's probability of its own, (n,)."""
        logits = self.logits(x)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = powers / powers.sum(axis=1, keepdims=True)
        return p if y is None else p[np.arange(len(y)), y]

    def dimmed(self, x: Any, y: Integers, size: float) -> Any:
        """What the stand-in `Dimming` answers."""
        return x * (1 - size * self.probabilities(x, y))[:, None, None, None]

    def slope_of_loss(self, x: Any, y: Integers) -> Any:
        """The gradient of each image's cross-entropy with respect to that image, by the chain rule; shape of `x`."""
        return self._at_the_pixels(x, self.probabilities(x) - np.eye(CLASSES)[y])

    def slope_of_cost(self, x: Any, target: Integers) -> Any:
        """The gradient of ½ ‖p − onehot(target)‖₂², with p the probabilities, likewise."""
        p = self.probabilities(x)
        error = p - np.eye(CLASSES)[target]
        return self._at_the_pixels(x, p * (error - (error * p).sum(axis=1, keepdims=True)))

    def _at_the_pixels(self, x: Any, at_the_logits: Any) -> Any:
        return (at_the_logits @ self.weights[0].T).reshape(np.shape(x))

    def step(self, parts: Sequence[tuple[float, Any]], y: Integers) -> float:
        """One update on a weighted sum of mean cross-entropies; that loss before it. `parts`: weights and images."""
        loss, slopes = 0.0, [np.zeros_like(weight) for weight in self.weights]
        for share, images in parts:
            loss -= share * float(np.log(self.probabilities(images, y)).mean())
            error = share * (self.probabilities(images) - np.eye(CLASSES)[y]) / len(y)
            slopes[0] += np.reshape(images, (len(y), -1)).T @ error
            slopes[1] += error.sum(axis=0)
        self._speeds = [self._momentum * v - self._rate * g for v, g in zip(self._speeds, slopes, strict=True)]
        self.weights = [weight + v for weight, v in zip(self.weights, self._speeds, strict=True)]
        return loss
