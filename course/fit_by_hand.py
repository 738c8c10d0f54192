"""Adversarial training of a network without hidden layers worked out by hand: what the cases compare a fit with.

Beside the right numbers it keeps those that a fit gives which measures something else, or at another time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course.batches import Batches
from course.by_hand import ByHand
from course.draw import Integers

UNDECIDED = 1e-3  # logits that are so near to each other may come in another order on another machine


class FitByHand:
    """Training of a network without hidden layers on images and their dimmed copies, worked out by hand.

    After `fit` there are, for each epoch, the accuracy `of_last_batch`, `under_attack`, before the epoch (`too_early`),
    and of each batch `before_each_step` and `after_each_step`; and the loss `afterwards`. `undecided` is how many
    images may be read otherwise on another machine.
    """

    def __init__(self, model: Any, rate: float, size: float, mix: float, momentum: float = 0.0) -> None:
        self.hand, self.size, self.mix = ByHand(model, rate, momentum), size, mix
        self.undecided = 0
        self.of_last_batch: list[float] = []
        self.under_attack: list[float] = []
        self.too_early: list[float] = []
        self.before_each_step: list[float] = []
        self.after_each_step: list[float] = []
        self.afterwards: list[float] = []

    def fit(self, x: Any, y: Integers, batches: Batches, attacked: str = "each batch") -> tuple[Any, list[list[float]]]:
        """The accuracy after each epoch, and the losses of its batches; `attacked` says when the images are made."""
        accuracies: list[float] = []
        losses: list[list[float]] = []
        x_adv = self.hand.dimmed(x, y, self.size)
        for epoch in batches:
            self.too_early.append(float(np.mean(self.right(x, y))))
            x_adv = x_adv if attacked == "once" else self.hand.dimmed(x, y, self.size)
            losses.append([])
            before, after = 0, 0
            for batch in epoch:
                made = self.hand.dimmed(x[batch], y[batch], self.size) if attacked == "each batch" else x_adv[batch]
                before += self.right(x[batch], y[batch]).sum()
                losses[-1].append(self.hand.step([(1 - self.mix, x[batch]), (self.mix, made)], y[batch]))
                after += self.right(x[batch], y[batch]).sum()
            self.before_each_step.append(before / len(x))
            self.after_each_step.append(after / len(x))
            now = [self.hand.probabilities(images, y) for images in (x, self.hand.dimmed(x, y, self.size))]
            self.afterwards.append(-float(np.dot((1 - self.mix, self.mix), [np.log(p).mean() for p in now])))
            logits = self.hand.logits(x)
            first, second = np.sort(logits, axis=1)[:, :-3:-1].T
            self.undecided = max(self.undecided, int(np.sum(first - second < UNDECIDED)))
            right = logits.argmax(axis=1) == y
            accuracies.append(float(np.mean(right)))
            self.of_last_batch.append(float(np.mean(right[epoch[-1]])))
            self.under_attack.append(float(np.mean(self.right(self.hand.dimmed(x, y, self.size), y))))
        return accuracies, losses

    def right(self, x: Any, y: Integers) -> Any:
        """Which images are read as `y` now."""
        return self.hand.logits(x).argmax(axis=1) == y


def mean_losses(losses: list[list[float]], batches: Batches) -> list[float]:
    """The mean loss of each epoch, in which a short batch counts by its images."""
    return [
        float(np.average(of_epoch, weights=[len(batch) for batch in epoch]))
        for of_epoch, epoch in zip(losses, batches, strict=True)
    ]
