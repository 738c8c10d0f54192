"""Known mistakes of q6, accuracy_by_epsilon."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .common import Mistake, clip, logits_of, predicted, uphill


def accuracy(model: Any, x: Any, y: Any) -> float:
    """The share of `x` that is read as `y`."""
    return float(np.mean(np.argmax(logits_of(model, x), axis=-1) == np.asarray(y)))


def swept(
    model: Any,
    x: Any,
    y: Any,
    epsilons: Iterable[float],
    number: Callable[[Any], float] | None = None,
    labels: Any = None,
) -> Any:
    """A number for each eps: of the images after FGSM away from `labels`, their accuracy when nothing else is said."""
    away_from = y if labels is None else labels
    number = number or (lambda images: accuracy(model, images, y))
    return np.array([number(clip(x + eps * uphill(model, x, away_from))) for eps in epsilons])


def cumulative(model: Any, x: Any, y: Any, epsilons: Iterable[float]) -> Any:
    """q6 with each attack starting where the one before ended."""
    accuracies = []
    for eps in epsilons:
        x = clip(x + eps * uphill(model, x, y))
        accuracies.append(accuracy(model, x, y))
    return np.array(accuracies)


def by_class(model: Any, images: Any, y: Any) -> float:
    """The mean of the accuracies of the classes that occur."""
    y = np.asarray(y)
    return float(np.mean([accuracy(model, images[y == label], y[y == label]) for label in np.unique(y)]))


def standing(model: Any, x: Any, y: Any, epsilons: Iterable[float]) -> Any:
    """q6 with an image that was fooled once counted as fooled ever after."""
    right = [np.asarray(predicted(model, clip(x + eps * uphill(model, x, y)))) == np.asarray(y) for eps in epsilons]
    return np.logical_and.accumulate(np.asarray(right)).mean(axis=1)


def scaled(model: Any, x: Any, y: Any, epsilons: Iterable[float]) -> Any:
    """q6 with one attack, with the largest eps, whose clipped change is made smaller for the others."""
    epsilons = np.asarray(list(epsilons), np.float32)
    largest = epsilons.max(initial=1e-12)
    change = (clip(x + largest * uphill(model, x, y)) - x) / largest
    return np.array([accuracy(model, x + eps * change, y) for eps in epsilons])


def mean_of_means(model: Any, images: Any, y: Any, batch_size: int) -> float:
    """The mean of the accuracies of batches, the last of which is a short one."""
    starts = range(0, len(y), batch_size)
    return float(np.mean([accuracy(model, images[i : i + batch_size], y[i : i + batch_size]) for i in starts]))


def of_full_batches(model: Any, images: Any, y: Any, batch_size: int, by_all: bool) -> float:
    """The images of full batches that are read as `y`, as a share of those, or of all of them."""
    full = len(y) // batch_size * batch_size
    share = accuracy(model, images[:full], y[:full]) if full else 0.0
    return share * full / len(y) if by_all else share


def right_at_zero(model: Any, x: Any, y: Any, epsilons: Iterable[float]) -> Any:
    """q6 with an accuracy of 1 where nothing is attacked."""
    return np.where(np.asarray(list(epsilons)) == 0, 1.0, swept(model, x, y, epsilons))


LEFT_OUT = "Your last batch, which is not full, is left out: count every image."
UNATTACKED = (
    "Your accuracy is that of the clean images for every eps, or nearly: attack them first, with eps as it is given."
)

ACCURACY_BY_EPSILON: list[Mistake] = [
    (UNATTACKED, lambda model, x, y, epsilons: swept(model, x, y, epsilons, lambda images: accuracy(model, x, y))),
    (UNATTACKED, lambda model, x, y, epsilons: swept(model, x, y, [eps / 255 for eps in epsilons])),
    (
        "Your comparison pairs every prediction with every label, as shapes (n, 1) and (n,) do: compare each image's "
        "prediction with its own label.",
        lambda model, x, y, epsilons: swept(
            model, x, y, epsilons, lambda images: float(np.mean(predicted(model, images)[:, None] == np.asarray(y)))
        ),
    ),
    (
        "Your numbers count the images of the earlier epsilons too: start counting anew for each eps.",
        lambda *args: np.cumsum(swept(*args)) / np.arange(1, 1 + len(args[3])),
    ),
    (
        "Your numbers are means of the accuracies of the classes: divide the number of right images by that of all.",
        lambda model, x, y, epsilons: swept(model, x, y, epsilons, lambda images: by_class(model, images, y)),
    ),
    (
        "Your images that were fooled once count as fooled ever after: each eps is judged by itself.",
        standing,
    ),
    (
        "Your attack was made once, with the largest eps, and scaled: where that clips a pixel, a smaller eps moves it "
        "further. Attack anew for each eps.",
        scaled,
    ),
    *[
        (
            "Your numbers are means of the accuracies of batches, in which a short last batch weighs as much as a full "
            "one: divide the number of right images by the number of all images.",
            lambda model, x, y, epsilons, batch_size=batch_size: swept(
                model, x, y, epsilons, lambda images: mean_of_means(model, images, y, batch_size)
            ),
        )
        for batch_size in (100, 64, 50, 32, 16, 8)
    ],
    *[
        (
            LEFT_OUT,
            lambda model, x, y, epsilons, by_all=by_all: swept(
                model, x, y, epsilons, lambda images: of_full_batches(model, images, y, 32, by_all)
            ),
        )
        for by_all in (True, False)
    ],
    ("Your numbers are percentages: return shares between 0 and 1.", lambda *args: 100 * swept(*args)),
    ("Your numbers are error rates: return the share that is right.", lambda *args: 1 - swept(*args)),
    (
        "Your numbers are counts: divide by the number of images.",
        lambda model, x, y, epsilons: len(x) * swept(model, x, y, epsilons),
    ),
    (
        "Your accuracies are in the order of growing eps: keep the order that is given.",
        lambda model, x, y, epsilons: swept(model, x, y, sorted(epsilons)),
    ),
    ("Your attacks add up: start each one from the clean images.", cumulative),
    ("Your accuracy at eps 0 is 1: a network misreads clean images too, so count there as well.", right_at_zero),
    (
        "Your attack took its labels from the network's predictions: attack the labels y.",
        lambda model, x, y, epsilons: swept(model, x, y, epsilons, labels=predicted(model, x)),
    ),
    (
        "Your accuracy compares with what the network read before the attack: compare with y.",
        lambda model, x, y, epsilons: swept(
            model, x, y, epsilons, lambda images: accuracy(model, images, predicted(model, x))
        ),
    ),
    (
        "Your accuracy counts only the images that were right before the attack: divide by all of them.",
        lambda model, x, y, epsilons: swept(model, x, y, epsilons) / max(accuracy(model, x, y), 1e-12),
    ),
]

MISTAKES = {"accuracy_by_epsilon": ACCURACY_BY_EPSILON}
