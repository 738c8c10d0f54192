"""Known mistakes of q4, augment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course.checks import two_answers

from .common import Mistake, predicted


def augmented(
    model: Any,
    x: Any,
    y: Any,
    attack: Any,
    seed: int,
    *,
    order: Callable[[int, int], Any] = lambda n, seed: np.random.default_rng(seed).permutation(2 * n),
    labels: Callable[[Any], Any] = lambda order: order,
    copies: Callable[[Any, Any], tuple[Any, Any]] = lambda clean, attacked: (clean, attacked),
    leaked: bool = False,
    predicts: bool = False,
    repeats: bool = False,
) -> tuple[Any, Any]:
    """q4, with everything in it that can be wrong."""
    x, y = np.asarray(x), np.asarray(y)
    attacked = np.asarray(attack(model, x, predicted(model, x) if leaked else y))
    x_all = np.concatenate(copies(x, attacked))
    y_all = np.concatenate([y, np.asarray(predicted(model, attacked)) if predicts else y])
    y_all = np.repeat(y, 2) if repeats else y_all
    chosen = order(len(x), seed)
    return x_all[chosen], y_all[labels(chosen)]


def augmenting(**parts: Any) -> Callable[..., Any]:
    """A q4 that is wrong in these `parts`."""
    return lambda *args: augmented(*args, **parts)


def halves(n: int, seed: int) -> Any:
    """An order in which all clean images come first."""
    random = np.random.default_rng(seed)
    return np.concatenate([random.permutation(n), n + random.permutation(n)])


UNSHUFFLED = "Your clean and attacked images are not shuffled together: draw one order for all 2n of them."

AUGMENT: list[Mistake] = [
    (UNSHUFFLED, augmenting(order=lambda n, seed: np.arange(2 * n))),
    (UNSHUFFLED, augmenting(order=halves)),
    (UNSHUFFLED, augmenting(order=lambda n, seed: np.stack([np.arange(n), n + np.arange(n)], axis=1).ravel())),
    (
        "Your images and labels are shuffled apart: an image must keep its label.",
        augmenting(labels=lambda order: order[::-1]),
    ),
    (
        "Your order does not depend on the seed.",
        augmenting(order=lambda n, seed: np.random.default_rng(0).permutation(2 * n)),
    ),
    (
        two_answers("augment", seeded=True),
        augmenting(order=lambda n, seed: np.random.default_rng().permutation(2 * n)),
    ),
    (
        "Your x_all holds the attacked images alone: it holds the clean ones as well.",
        augmenting(copies=lambda clean, attacked: (attacked, attacked)),
    ),
    (
        "Your x_all holds the clean images twice: one copy is attacked.",
        augmenting(copies=lambda clean, attacked: (clean, clean)),
    ),
    (
        "Your x_all has n images: each one occurs twice, as it is and attacked, so there are 2n.",
        augmenting(order=lambda n, seed: n + np.random.default_rng(seed).permutation(n)),
    ),
    (
        "Your attacked images are clipped: take them as the attack gives them.",
        augmenting(copies=lambda clean, attacked: (clean, np.clip(attacked, 0, 1))),
    ),
    ("Your attack was given other labels: give it the true ones, y.", augmenting(leaked=True)),
    ("Your attacked images have other labels: an attacked image keeps its true label.", augmenting(predicts=True)),
    (
        "Your labels are repeated one by one, as np.repeat does: the attacked images come after all the clean ones, "
        "and so do their labels (np.concatenate).",
        augmenting(repeats=True),
    ),
]

MISTAKES = {"augment": AUGMENT}
