"""A network with batch normalisation, for cases about what differs between training and reading."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.draw import CLASSES, IMAGE_SHAPE, Draw


def normalising_network(draw: Draw, momentum: float, statistics: tuple[float, float, float, float]) -> Any:
    """A linear network whose images are normalised: by their own mean in training mode, by the moving averages later.

    Args:
        draw: where its numbers come from.
        momentum: the share of the moving averages that one pass in training mode keeps.
        statistics: its scale, shift, moving mean and moving variance; each is drawn from so much to 0.2 more.
    """
    import keras

    layers = [keras.layers.BatchNormalization(momentum=momentum), keras.layers.Flatten(), keras.layers.Dense(CLASSES)]
    network = keras.Sequential([keras.Input(IMAGE_SHAPE), *layers])
    numbers = [np.array([draw.number(low, low + 0.2)]) for low in statistics]
    network.set_weights(numbers + draw.linear_network().get_weights())
    return network
