"""The course's networks: digits in, logits out. Built untrained from a seed, or with the weights that are shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

WEIGHTS = Path(__file__).parent / "weights"
IMAGE_SHAPE = (28, 28, 1)
CLASSES = 10


def sigmoid_net(seed: int = 0) -> Any:
    """A fully connected network, 784-30-10, with a sigmoid hidden layer.

    Maps images (n, 28, 28, 1) to logits (n, 10); so do the others. After M. Nielsen, Neural Networks and Deep
    Learning (2015), chapter 1, which squashes the ten outputs too: here they stay logits, as the attacks expect.
    """
    layers = [
        keras.layers.Flatten(),
        keras.layers.Dense(30, activation="sigmoid", kernel_initializer=_initial(seed, 0)),
        keras.layers.Dense(CLASSES, kernel_initializer=_initial(seed, 1)),
    ]
    return _network("sigmoid_net", layers)


def seed_cnn(seed: int = 0) -> Any:
    """One convolution of 32 filters, pooling, dropout of a half, 128 hidden units: a usual first CNN for digits."""
    layers = [
        keras.layers.Conv2D(32, 5, activation="relu", kernel_initializer=_initial(seed, 0)),
        keras.layers.MaxPooling2D(),
        keras.layers.Dropout(0.5, seed=seed),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu", kernel_initializer=_initial(seed, 1)),
        keras.layers.Dense(CLASSES, kernel_initializer=_initial(seed, 2)),
    ]
    return _network("seed_cnn", layers)


def small_cnn(seed: int = 0) -> Any:
    """Two convolutions of 16 and 32 filters that halve the image, 100 hidden units: quick to train and to attack.

    After E. Wong, L. Rice, J. Z. Kolter, Fast is better than free: revisiting adversarial training (ICLR 2020).
    """
    return _network("small_cnn", _two_strides(16, 32, seed))


def robust_cnn(seed: int = 0) -> Any:
    """`small_cnn` with twice its filters: large enough to learn from attacked images. It is shipped without weights."""
    return _network("robust_cnn", _two_strides(32, 64, seed))


# Those that are shipped with weights
BUILDERS = {"sigmoid_net": sigmoid_net, "seed_cnn": seed_cnn, "small_cnn": small_cnn}


def load_network(name: str, folder: Path = WEIGHTS) -> Any:
    """A new copy of a trained network; weights/README.md says how it was trained and how accurate it is.

    Args:
        name: "sigmoid_net", "seed_cnn" or "small_cnn".
        folder: where the weights are; the shipped ones, if left out.

    Raises:
        ValueError: there is no network of that name.
        FileNotFoundError: its weights are missing.
    """
    if name not in BUILDERS:
        raise ValueError(f"There is no network {name!r}. The trained networks are {', '.join(BUILDERS)}.")
    file = folder / f"{name}.npz"
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing. Make it again: python -m course.training {name}")
    network = BUILDERS[name]()
    with np.load(file, allow_pickle=False) as stored:
        network.set_weights([stored[f"weight_{i}"].astype(np.float32) for i in range(len(network.weights))])
    return network


def save_network(network: Any, name: str, folder: Path, record: Mapping[str, Any] | None = None) -> None:
    """Keep a network's weights for `load_network`, in half precision: three decimal digits, half the size.

    `record` is kept beside them, as JSON: what the network was trained on, and how accurate it is.
    """
    weights = {f"weight_{i}": weight.astype(np.float16) for i, weight in enumerate(network.get_weights())}
    np.savez_compressed(
        folder / f"{name}.npz", allow_pickle=False, record=np.array(json.dumps(record or {})), **weights
    )


def _network(name: str, layers: list[Any]) -> Any:
    return keras.Sequential([keras.Input(IMAGE_SHAPE), *layers], name=name)


def _two_strides(first: int, second: int, seed: int) -> list[Any]:
    return [
        keras.layers.Conv2D(first, 4, 2, padding="same", activation="relu", kernel_initializer=_initial(seed, 0)),
        keras.layers.Conv2D(second, 4, 2, padding="same", activation="relu", kernel_initializer=_initial(seed, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(100, activation="relu", kernel_initializer=_initial(seed, 2)),
        keras.layers.Dense(CLASSES, kernel_initializer=_initial(seed, 3)),
    ]


def _initial(seed: int, layer: int) -> Any:
    """First weights of one layer; each layer draws its own, all of them following from the network's seed."""
    return keras.initializers.GlorotUniform(seed=1000 * seed + layer)
