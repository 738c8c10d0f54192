"""Known mistakes of q4, defence_report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from .common import Mistake, floats, logits_of, read


def report(model: Any, transform: Any, x: Any, y: Any, x_adv: Any, **wrong: Any) -> dict[str, float]:
    """q4, with other images to read for some of the keys."""
    images = {
        "clean": x,
        "clean_defended": transform(x),
        "attacked": x_adv,
        "attacked_defended": transform(x_adv),
        **wrong,
    }
    return {key: float(np.mean(read(model, batch) == np.asarray(y))) for key, batch in images.items()}


def of_each(number: Callable[[float, int], float]) -> Callable[..., dict[str, float]]:
    """q4 with another number made of each accuracy and the number of images."""

    def defence_report(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
        shares = report(model, transform, x, y, x_adv)
        return {key: number(share, len(x)) for key, share in shares.items()}

    return defence_report


def instead(**wrong: Callable[[Any, Any, Any], Any]) -> Callable[..., dict[str, float]]:
    """q4 where some keys are about other images: those that are made of the transform, x and x_adv."""

    def defence_report(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
        others = {key: choose(transform, x, x_adv) for key, choose in wrong.items()}
        return report(model, transform, x, y, x_adv, **others)

    return defence_report


def against_readings(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with the network's own readings of x for labels, but where it is about clean images."""
    right = report(model, transform, x, y, x_adv)
    own = report(model, transform, x, read(model, x), x_adv)
    return {key: (right if key == "clean" else own)[key] for key in right}


def added_up(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with a metric that is never reset: each accuracy is the mean of those before it and its own."""
    shares = report(model, transform, x, y, x_adv)
    keys = ("clean", "clean_defended", "attacked", "attacked_defended")
    return {key: float(np.mean([shares[earlier] for earlier in keys[: 1 + i]])) for i, key in enumerate(keys)}


def in_parts(parts: Callable[[Any], list[Any]]) -> Callable[..., dict[str, float]]:
    """q4 with means of the accuracies of `parts`: places of images, found by the labels."""

    def defence_report(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
        y = np.asarray(y)
        reports = [report(model, transform, floats(x)[i], y[i], floats(x_adv)[i]) for i in parts(y)]
        return {key: float(np.mean([shares[key] for shares in reports])) for key in reports[0]}

    return defence_report


def of_the_right_ones(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 that counts only images that the network alone reads correctly."""
    right = read(model, x) == np.asarray(y)
    if not right.any():
        return dict.fromkeys(report(model, transform, x, y, x_adv), 0.0)
    shares = report(model, transform, floats(x)[right], np.asarray(y)[right], floats(x_adv)[right])
    return {**shares, "clean": float(np.mean(right))}


def success_rates(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with the attack's success for the attacked images."""
    shares = report(model, transform, x, y, x_adv)
    return {key: 1 - share if key.startswith("attacked") else share for key, share in shares.items()}


def attacked_of_the_right_ones(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 whose attacked images are those alone that the network reads correctly when they are clean."""
    some = of_the_right_ones(model, transform, x, y, x_adv)
    return {**some, "clean_defended": report(model, transform, x, y, x_adv)["clean_defended"]}


def unmoved(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 that compares attacked images with what the same network, defended or not, reads in the clean ones."""
    shares = report(model, transform, x, y, x_adv)
    shares["attacked"] = float(np.mean(read(model, x_adv) == read(model, x)))
    defended, before = read(model, transform(x_adv)), read(model, transform(x))
    return {**shares, "attacked_defended": float(np.mean(defended == before))}


def in_a_square(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with labels in a column, so that each one is compared with every image."""
    return report(model, transform, x, np.reshape(y, (-1, 1)), x_adv)


def mean_probabilities(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with the mean probability of the label."""
    images = {"clean": x, "clean_defended": transform(x), "attacked": x_adv, "attacked_defended": transform(x_adv)}
    probabilities = {key: np.asarray(tf.nn.softmax(logits_of(model, batch))) for key, batch in images.items()}
    return {key: float(np.mean(p[np.arange(len(p)), np.asarray(y)])) for key, p in probabilities.items()}


DEFENCE_REPORT: list[Mistake] = [
    (
        "Your attacked and attacked_defended count only the images that were right when clean: divide by all of them.",
        attacked_of_the_right_ones,
    ),
    (
        "Your attacked and attacked_defended are the shares of answers that stay the same as for the clean images: "
        "compare with y.",
        unmoved,
    ),
    (
        "Your labels and predictions have different shapes, (n, 1) and (n,): == then compares each image with every "
        "label. Bring both to shape (n,).",
        in_a_square,
    ),
    (
        "Your attacked_defended transforms the attacked images twice.",
        instead(attacked_defended=lambda transform, x, x_adv: transform(transform(x_adv))),
    ),
    (
        "Your attacked_defended is that of the model alone: the defence belongs in front of it.",
        instead(attacked_defended=lambda transform, x, x_adv: x_adv),
    ),
    (
        "Your clean_defended is that of the model alone: the defence belongs in front of it.",
        instead(clean_defended=lambda transform, x, x_adv: x),
    ),
    ("Your numbers are mean probabilities of the label: count the images that are read as y.", mean_probabilities),
    (
        "Your accuracies of clean and of attacked images are swapped.",
        instead(
            clean=lambda transform, x, x_adv: x_adv,
            attacked=lambda transform, x, x_adv: x,
            clean_defended=lambda transform, x, x_adv: transform(x_adv),
            attacked_defended=lambda transform, x, x_adv: transform(x),
        ),
    ),
    (
        "Your accuracies with and without the defence are swapped.",
        instead(
            clean=lambda transform, x, x_adv: transform(x),
            attacked=lambda transform, x, x_adv: transform(x_adv),
            clean_defended=lambda transform, x, x_adv: x,
            attacked_defended=lambda transform, x, x_adv: x_adv,
        ),
    ),
    (
        "Your clean_defended and attacked are swapped.",
        instead(clean_defended=lambda transform, x, x_adv: x_adv, attacked=lambda transform, x, x_adv: transform(x)),
    ),
    (
        "Your defended accuracies are those of the model alone: transform the images before they are read.",
        instead(clean_defended=lambda transform, x, x_adv: x, attacked_defended=lambda transform, x, x_adv: x_adv),
    ),
    (
        "Your attacked_defended is about the clean images: it is about x_adv.",
        instead(attacked_defended=lambda transform, x, x_adv: transform(x)),
    ),
    (
        "Your attacked is about the clean images: it is about x_adv.",
        instead(attacked=lambda transform, x, x_adv: x),
    ),
    (
        "Your defended accuracies come from images that were transformed twice: defend does it already.",
        instead(
            clean_defended=lambda transform, x, x_adv: transform(transform(x)),
            attacked_defended=lambda transform, x, x_adv: transform(transform(x_adv)),
        ),
    ),
    *[
        (
            "Your numbers are means of the accuracies of batches, in which a short last batch weighs as much as a full "
            "one: divide the number of right images by the number of all images.",
            in_parts(lambda y, size=size: np.split(np.arange(len(y)), range(size, len(y), size))),  # type: ignore[misc]
        )
        for size in (100, 64, 50, 32, 16, 8)
    ],
    (
        "Your numbers are means of the accuracies of the classes: divide the number of right images by that of all.",
        in_parts(lambda y: [np.flatnonzero(y == label) for label in np.unique(y)]),
    ),
    ("Your numbers are percentages: return shares between 0 and 1.", of_each(lambda share, n: 100 * share)),
    ("Your numbers are counts: divide by the number of images.", of_each(lambda share, n: n * share)),
    ("Your numbers are error rates: return the share that is right.", of_each(lambda share, n: 1 - share)),
    (
        "Your attacked and attacked_defended are success rates of the attack: return the share that is still right.",
        success_rates,
    ),
    (
        "Your accuracies compare with what the network reads in the clean images: compare with y.",
        lambda model, transform, x, y, x_adv: report(model, transform, x, read(model, x), x_adv),
    ),
    ("Your accuracies compare with what the network reads in the clean images: compare with y.", against_readings),
    (
        "Your accuracies add up from one to the next, as those of a metric that is not reset: start each anew.",
        added_up,
    ),
    (
        "Your accuracies count only the images that were right at first: divide by all of them.",
        of_the_right_ones,
    ),
]

MISTAKES = {"defence_report": DEFENCE_REPORT}
