"""What a training loop tells of itself: a dict with a loss and an accuracy for each epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.checks import CheckFailed, array_from
from course.differences import Difference, Floats, accuracies_differ, losses_differ


def history_from(answer: Any, epochs: int, name: str) -> Floats:
    """The accuracies and then the losses of a history, if it is one."""
    if not isinstance(answer, dict) or not {"loss", "accuracy"} <= set(answer):
        got = f"a dict with {', '.join(map(str, answer))}" if isinstance(answer, dict) else f"a {type(answer).__name__}"
        hint = f"{name} returns a dict with two lists, named loss and accuracy."
        raise CheckFailed(f"Got {got}.", hint)
    for key in ("accuracy", "loss"):
        if isinstance(answer[key], (list, tuple)) and len(answer[key]) != epochs:
            hint = f"{name} returns as many losses and accuracies as there are epochs, and trains for no more of them."
            raise CheckFailed(f"Got {len(answer[key])} numbers in {key}; there are {epochs} epochs.", hint)
    lists = [array_from(answer[key], (epochs,), f"{name}, in {key},") for key in ("accuracy", "loss")]
    if lists[0].min() < 0 or lists[0].max() > 1:
        hint = "Your accuracies are no shares: return numbers between 0 and 1, not percentages or counts."
        raise CheckFailed(f"Got accuracies from {lists[0].min():g} to {lists[0].max():g}.", hint)
    return np.concatenate(lists)


def histories_differ(images: int, undecided: int = 0) -> Difference:
    """Compares histories of training on so many `images`, of which some are `undecided`: read as this or that."""
    may_differ = accuracies_differ(images)

    def difference(answer: Floats, expected: Floats) -> str:
        epochs = len(expected) // 2
        accuracies, right = answer[:epochs], expected[:epochs]
        near = np.abs(accuracies - right) <= undecided / images + 1e-6
        told = may_differ(np.where(near, right, accuracies), right)
        return f"Of the accuracies: {told}" if told else losses_differ(answer[epochs:], expected[epochs:])

    return difference
