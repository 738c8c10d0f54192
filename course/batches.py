"""The order in which a training loop uses its images, seen from outside: from the batches that an attack was given.

How an order is drawn is a student's choice; what it must hold is that each epoch uses each image once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from course.checks import CheckFailed
from course.draw import Floats, Integers

Batches = list[list[Integers]]  # for each epoch, which images its batches hold

OTHER_IMAGES = "Your adversarial_fit trains on images that it was not given."
NOT_A_LABEL_EACH = "Your attack is not given one label for each image: pass the labels of the same batch, shape (n,)."
LARGE = "Your batches are larger than batch_size: each holds as many images, the last one the rest."
DROPPED = "Your loop drops the last, short batch: every image is used once in each epoch."
NOT_ONCE = "Your loop does not use every image exactly once in each epoch: draw an order, and cut it into batches."
SIZES = "Your batches have other sizes: each holds batch_size images, the last one the rest."
SHORT_ONE_FIRST = (
    "Your short batch is not always the last one: shuffle the images, then cut them into batches, instead of shuffling "
    "the batches."
)
UNSHUFFLED = "Your images come in the order in which they are given: draw another one for each epoch."
SAME_ORDER = "Your order is the same in every epoch: draw a new one for each."
OTHER_RUN = "Your order is another one when asked again with the same seed: it follows from `seed` alone."
SAME_FOR_ALL = "Your order does not depend on the seed."
STALE = (
    "Your attack is not made for each batch by itself: cut each epoch into batches of batch_size images, and attack "
    "each one on the weights that the model has then."
)


class Witness:
    """Keeps the batches that a `Watched` attack tells of in `seen`: images and labels, as arrays of numbers."""

    def __init__(self) -> None:
        self.seen: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []

    def __call__(self, images: Any, labels: Any) -> None:
        """One batch more. Raises `CheckFailed` for what is no array of numbers."""
        batch = np.asarray(images), np.asarray(labels)
        if not all(array.dtype.kind in "fiu" for array in batch):
            raise CheckFailed("The attack was given something else than numbers.")
        if batch[1].shape not in (batch[0].shape[:1], (*batch[0].shape[:1], 1)):
            raise CheckFailed(f"The attack was given labels of shape {batch[1].shape}.", NOT_A_LABEL_EACH)
        self.seen.append(batch)


def batches_of(seen: Sequence[tuple[Any, Any]], x: Floats, epochs: int, batch_size: int) -> Batches:
    """Which images each batch held, from what the attack was given; fails unless every epoch holds each image once."""
    order: list[Integers] = []
    for images, _ in seen:
        # The distances of many more images than there are would fill the memory of whoever looks.
        if images.ndim != x.ndim or images.shape[1:] != x.shape[1:] or not 0 < len(images) <= 2 * len(x):
            raise CheckFailed(f"The attack was given an array of shape {images.shape}.", OTHER_IMAGES)
        distances = np.abs(images[:, None] - x[None]).max(axis=(2, 3, 4))
        if not (distances.min(axis=1) < 1e-5).all():
            raise CheckFailed("The attack was given images that are not in x.", OTHER_IMAGES)
        order.append(distances.argmin(axis=1))
    n, each = len(x), len(range(0, len(x), batch_size))
    order = [
        batch for batch in order if len(batch) < n
    ] or order  # all of x at once: to measure something, not to train
    if len(order) != epochs * each:  # a second call in the same step is its own question
        order = [batch for i, batch in enumerate(order) if not (i and np.array_equal(order[i - 1], batch))]
    sizes = [len(batch) for batch in order]
    told = f"The batches of {epochs} epochs over {n} images held {sizes} images, with batch_size {batch_size}."
    if max(sizes) > batch_size:
        raise CheckFailed(told, STALE if max(sizes) == n else LARGE)
    if n % batch_size and sizes == [batch_size] * (epochs * (n // batch_size)):
        raise CheckFailed(told, DROPPED)
    batches = [order[start : start + each] for start in range(0, len(order), each)]
    if len(batches) != epochs or any(sorted(np.concatenate(epoch).tolist()) != list(range(n)) for epoch in batches):
        raise CheckFailed(told, NOT_ONCE)
    right = [min(batch_size, n - start) for start in range(0, n, batch_size)] * epochs
    if sizes != right:
        raise CheckFailed(told, SHORT_ONE_FIRST if sorted(sizes) == sorted(right) else SIZES)
    return batches


def expect_shuffled(runs: Sequence[Batches]) -> None:
    """Fail unless the first two runs, of one seed, have the same order, the third another, and each epoch its own."""
    first, again, other = ([np.concatenate(epoch).tolist() for epoch in run] for run in runs)
    if first == [sorted(epoch) for epoch in first]:
        raise CheckFailed("The images come as they are given.", UNSHUFFLED)
    if any(epoch == first[0] for epoch in first[1:]):
        raise CheckFailed("Two epochs have the same order.", SAME_ORDER)
    if first != again:
        raise CheckFailed("Two runs with the same seed have different orders.", OTHER_RUN)
    if first == other:
        raise CheckFailed("Two runs with different seeds have the same order.", SAME_FOR_ALL)
