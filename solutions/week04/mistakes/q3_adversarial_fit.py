"""Known mistakes of q3, adversarial_fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course import batches

from .common import (
    ONLY_ATTACKED,
    ONLY_CLEAN,
    SWAPPED,
    Mistake,
    accuracy,
    in_a_row,
    mixed,
    of_attacked,
    of_clean,
    of_the_same_kind,
    updated,
    wrong,
)


def fitted(
    model: Any,
    optimizer: Any,
    x: Any,
    y: Any,
    attack: Any,
    mix: float,
    epochs: int,
    batch_size: int,
    seed: int,
    *,
    order: Callable[[int, int, int], Any] = lambda n, seed, epoch: np.random.default_rng([seed, epoch]).permutation(n),
    labels: Callable[[Any, int], Any] = lambda batch, n: batch,
    keep_rest: bool = True,
    attacked: str = "each batch",
    step: Callable[..., Any] = updated,
    forgets: bool = False,
    loss: Callable[[list[float], list[int]], float] = lambda losses, sizes: float(np.average(losses, weights=sizes)),
    loss_afterwards: bool = False,
    measure: Callable[..., float] = lambda model, x, y, attack, batch: accuracy(model, x, y),
    measured_before: bool = False,
    measured_first: bool = False,
    in_place: bool = True,
    mix_of: Callable[[float, int, int], float] = lambda mix, epoch, epochs: mix,
) -> dict[str, list[float]]:
    """q3, with everything in it that can be wrong."""
    before, optimizer = model.get_weights(), of_the_same_kind(optimizer)
    x, y = np.asarray(x), np.asarray(y)
    history: dict[str, list[float]] = {"loss": [], "accuracy": []}
    x_adv = np.asarray(attack(model, x, y)) if attacked == "once" else x
    for epoch in range(epochs):
        x_adv = np.asarray(attack(model, x, y)) if attacked == "each epoch" else x_adv
        optimizer = of_the_same_kind(optimizer) if forgets else optimizer
        shuffled, losses, sizes = order(len(x), seed, epoch), [], []
        numbers, first = [0.0], accuracy(model, x, y) if measured_first else 0.0
        for start in range(0, len(x) if keep_rest else len(x) - len(x) % batch_size, batch_size):
            batch = shuffled[start : start + batch_size]
            made = attack if attacked == "each batch" else lambda *_, images=x_adv[batch]: images
            numbers.append(measure(model, x, y, attack, batch) if measured_before else 0.0)
            now = mix_of(mix, epoch, epochs)
            losses.append(step(model, optimizer, x[batch], y[labels(batch, len(x))], made, now))
            sizes.append(len(batch))
        if not sizes:  # the only batch was a short one
            return {"loss": [0.0] * epochs, "accuracy": [accuracy(model, x, y)] * epochs}
        now = float(mixed(model, x, y, attack, mix)) if loss_afterwards else loss(losses, sizes)
        history["loss"].append(now)
        if measured_before:
            history["accuracy"].append(float(np.average(numbers[1:], weights=sizes)))
        else:
            history["accuracy"].append(first if measured_first else measure(model, x, y, attack, batch))
    if not in_place:
        model.set_weights(before)
    return history


def badly(**parts: Any) -> Callable[..., Any]:
    """A loop of q3 that is wrong in these `parts`."""
    return lambda *args: fitted(*args, **parts)


def added_up(*args: Any) -> dict[str, list[float]]:
    """q3 with a metric of the loss that is never reset: each is the mean of all epochs so far."""
    history = fitted(*args)
    return {**history, "loss": [float(np.mean(history["loss"][: 1 + i])) for i in range(len(history["loss"]))]}


def summed_up(*args: Any) -> dict[str, list[float]]:
    """q3 with a sum of the losses that no epoch begins anew."""
    history = fitted(*args)
    return {**history, "loss": np.cumsum(history["loss"]).tolist()}


TOO_EARLY = "Your accuracy is measured while updates are still to come: measure it on all of x once the epoch is over."

WARMS_UP = "Your mix changes from epoch to epoch: use the one that is given in all of them."

ADVERSARIAL_FIT: list[Mistake] = [
    (WARMS_UP, badly(mix_of=lambda mix, epoch, epochs: mix * (epoch + 1) / epochs)),
    (WARMS_UP, badly(mix_of=lambda mix, epoch, epochs: mix * epoch / epochs)),
    (WARMS_UP, badly(mix_of=lambda mix, epoch, epochs: mix * epoch / max(epochs - 1, 1))),
    (batches.DROPPED, badly(keep_rest=False)),
    (
        batches.UNSHUFFLED,
        badly(order=lambda n, seed, epoch: np.arange(n)),
    ),
    (
        batches.SAME_ORDER,
        badly(order=lambda n, seed, epoch: np.random.default_rng(seed).permutation(n)),
    ),
    (
        batches.OTHER_RUN,
        badly(order=lambda n, seed, epoch: np.random.default_rng().permutation(n)),
    ),
    (
        batches.SAME_FOR_ALL,
        badly(order=lambda n, seed, epoch: np.random.default_rng(epoch).permutation(n)),
    ),
    (
        batches.NOT_ONCE,
        badly(order=lambda n, seed, epoch: np.random.default_rng([seed, epoch]).integers(n, size=n)),
    ),
    (
        "Your images and labels are shuffled apart: an image must keep its label.",
        badly(labels=lambda batch, n: n - 1 - batch),
    ),
    (
        "Your loss is the mean of the batches' losses: a short batch counts by its images, which are fewer.",
        badly(loss=lambda losses, sizes: float(np.mean(losses))),
    ),
    (
        "Your loss is that of the epoch's last batch: take the mean over all its images.",
        badly(loss=lambda losses, sizes: losses[-1]),
    ),
    (
        "Your loss is the mean of all epochs so far, as that of a metric that is not reset: start each epoch anew.",
        added_up,
    ),
    ("Your losses add up from epoch to epoch: start each epoch anew, from 0.", summed_up),
    (
        "Your loss is a sum over the images: take their mean.",
        badly(loss=lambda losses, sizes: float(np.dot(losses, sizes))),
    ),
    (
        "Your loss is measured after the weights have moved: it is the mean of what the images were trained with.",
        badly(loss_afterwards=True),
    ),
    (batches.STALE, badly(attacked="once")),
    (batches.STALE, badly(attacked="each epoch")),
    (SWAPPED, badly(step=in_a_row(follows=(wrong(weights=lambda mix: (mix, 1 - mix)),)))),
    (ONLY_ATTACKED, badly(step=in_a_row(follows=(of_attacked,)))),
    (ONLY_CLEAN, badly(step=in_a_row(follows=(of_clean,)))),
    (
        "Your optimizer is made anew on the way and forgets its momentum: use the one that is given, all along.",
        badly(forgets=True),
    ),
    (
        "Your accuracy is that on attacked images: measure it on the clean ones.",
        badly(measure=lambda model, x, y, attack, batch: accuracy(model, attack(model, x, y), y)),
    ),
    (
        "Your accuracy is measured in training mode: say training=False.",
        badly(measure=lambda model, x, y, attack, batch: accuracy(model, x, y, training=True)),
    ),
    (
        TOO_EARLY,
        badly(measured_before=True, measure=lambda model, x, y, attack, batch: accuracy(model, x[batch], y[batch])),
    ),
    (TOO_EARLY, badly(measured_first=True)),
    (
        "Your accuracy is that of the epoch's last batch: measure it on all of x.",
        badly(measure=lambda model, x, y, attack, batch: accuracy(model, x[batch], y[batch])),
    ),
    (
        "Your accuracies are no shares: return numbers between 0 and 1, not percentages or counts.",
        badly(measure=lambda model, x, y, attack, batch: 100 * accuracy(model, x, y)),
    ),
    (
        "Your adversarial_fit leaves the model as it was: train the one that is given, in place.",
        badly(in_place=False),
    ),
]

MISTAKES = {"adversarial_fit": ADVERSARIAL_FIT}
