"""Train the shipped networks again: `python -m course.training [NAME…] [--data mnist.npz]`.

The 5,000 embedded digits are never trained on (they are recognised by their pixels), unless there is nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt

from course.card import Record, measure, write_card
from course.data import Source, digits
from course.device import use_gpu_politely
from course.embedded import embedded_images
from course.networks import BUILDERS, WEIGHTS, load_network, save_network

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

EPOCHS = {"sigmoid_net": 20, "seed_cnn": 8, "small_cnn": 8}
BATCH_SIZE = 200
SEED = 1


class Lesson(NamedTuple):
    """Images (n, 28, 28, 1), uint8, and labels (n,), to train on and held out; `left_out` images are in neither."""

    x_train: Bytes
    y_train: Integers
    x_test: Bytes
    y_test: Integers
    left_out: int


def prepare_lesson(data: Path | None = None, source: Source | None = None) -> Lesson:
    """The digits of the npz file `data`, or those that `course.data.digits(source)` finds, without the embedded ones.

    Where only the embedded digits can be had, their own 4,000 and 1,000 are used.

    Raises:
        ValueError: the file can't be read, or isn't MNIST's shape.
        OSError: the digits of `source` can't be had.
    """
    if data is not None:
        x_train, y_train, x_test, y_test = _from_file(data)
    else:
        found = digits(source)
        x_train, x_test = (np.rint(x * 255).astype(np.uint8) for x in (found.x_train, found.x_test))
        y_train, y_test = found.y_train, found.y_test
        if found.source == "embedded":
            return Lesson(x_train, y_train, x_test, y_test, 0)
    new = is_new(x_train, embedded_images()[0])
    return Lesson(x_train[new], y_train[new], x_test, y_test, int((~new).sum()))


def is_new(images: Bytes, known: Bytes) -> npt.NDArray[np.bool_]:
    """For each of `images` (n, …) whether none of `known` has exactly its pixels."""
    seen = {image.tobytes() for image in known}
    return np.array([image.tobytes() not in seen for image in images], bool)


def train(name: str, lesson: Lesson, epochs: int) -> Any:
    """A network trained with Adam on cross-entropy, with a bar per epoch; one thread count, one result."""
    keras.utils.set_random_seed(SEED)  # the order of the images
    network = BUILDERS[name](SEED)
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    network.fit(lesson.x_train.astype(np.float32) / 255, lesson.y_train, batch_size=BATCH_SIZE, epochs=epochs)
    return network


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save, load again, measure what was loaded, and write the card."""
    parser = argparse.ArgumentParser(prog="python -m course.training", description="Train the shipped networks again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BUILDERS)}; all of them if none is named")
    parser.add_argument("--data", type=Path, help="npz file with x_train, y_train, x_test, y_test, uint8")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the weights and the card")
    parser.add_argument("--epochs", type=int, help="instead of each network's own number")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.names) - set(BUILDERS):
        parser.error(f"no network is called {', '.join(sorted(unknown))}; choose from {', '.join(BUILDERS)}")
    if chosen.epochs is not None and chosen.epochs < 1:
        parser.error(f"--epochs {chosen.epochs}: a network learns for 1 epoch at least")
    try:
        lesson = prepare_lesson(chosen.data)
        chosen.out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(f"Training on {len(lesson.x_train):,} digits, {lesson.left_out:,} left out; on {use_gpu_politely()}.")
    for name in chosen.names or BUILDERS:
        _train_and_keep(name, lesson, chosen.epochs or EPOCHS[name], chosen.out)
    print(write_card(chosen.out).read_text(encoding="utf-8"))


def _train_and_keep(name: str, lesson: Lesson, epochs: int, folder: Path) -> None:
    print(f"{name}, {epochs} epochs")
    trained = train(name, lesson, epochs)
    with tempfile.TemporaryDirectory() as draft:  # what is measured is what a file gives back, in half precision
        save_network(trained, name, Path(draft))
        kept = load_network(name, Path(draft))
    clean, fgsm = measure(kept, lesson.x_test.astype(np.float32) / 255, lesson.y_test)
    record = Record(len(lesson.x_train), lesson.left_out, epochs, len(lesson.x_test), clean, fgsm)
    save_network(kept, name, folder, record._asdict())


def _from_file(data: Path) -> list[Any]:
    names = ["x_train", "y_train", "x_test", "y_test"]
    try:
        with np.load(data, allow_pickle=False) as stored:
            x_train, y_train, x_test, y_test = (stored[name] for name in names)
    except FileNotFoundError:
        raise ValueError(f"There is no file {data}.") from None
    except Exception as error:  # NumPy raises many kinds for a file that is no npz or lacks an array
        raise ValueError(f"{data} is no npz file with {', '.join(names)}: {error}") from None
    for x, y in ((x_train, y_train), (x_test, y_test)):
        if x.dtype != np.uint8 or x.shape != (len(y), 28, 28):
            raise ValueError(f"{data}: expected uint8 images (n, 28, 28) and n labels, got {x.dtype} {x.shape}.")
    return [x_train[..., None], y_train.astype(np.int64), x_test[..., None], y_test.astype(np.int64)]


if __name__ == "__main__":
    main()
