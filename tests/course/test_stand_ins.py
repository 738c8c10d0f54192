"""The stand-ins for an attack: what they answer, what they tell, and the trail that shows a gradient's way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from course.checks import CheckFailed, Restoring
from course.draw import Draw
from course.measures import confidence
from course.stand_ins import Dimming, MadeOn, Negative, Trail, TrailedNetwork, Watched

DRAW = Draw(1)
MODEL, X, Y = DRAW.dense_network(), DRAW.images(), DRAW.labels()


def test_dimming_darkens_by_the_probability_of_the_label() -> None:
    p = confidence(MODEL, X)[np.arange(len(Y)), Y]
    np.testing.assert_allclose(Dimming(size=0.5)(MODEL, X, Y), X * (1 - 0.5 * p)[:, None, None, None], rtol=1e-5)
    np.testing.assert_allclose(Dimming(size=0.5)(lambda x: MODEL(x), X, Y), Dimming(size=0.5)(MODEL, X, Y), rtol=1e-6)


def test_a_trailed_network_is_taken_for_a_keras_model() -> None:
    network = TrailedNetwork(model=MODEL)
    assert isinstance(network, keras.Model)

    class Around(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

    assert len(Around().trainable_weights) == len(MODEL.trainable_weights)


def test_an_attack_that_is_made_on_one_network_does_not_look_at_another() -> None:
    other = Draw(2).dense_network()
    attack = MadeOn(attack=Dimming(size=0.5), model=MODEL)
    np.testing.assert_array_equal(attack(other, X, Y), Dimming(size=0.5)(MODEL, X, Y))
    assert not np.array_equal(attack(other, X, Y), Dimming(size=0.5)(other, X, Y))


@pytest.mark.parametrize("wrapped", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_what_is_watched_is_told_at_every_call(wrapped: Callable[..., Any]) -> None:
    seen: list[Any] = []
    watched = Watched(attack=Negative(), seen=lambda *batch: seen.append([np.asarray(item) for item in batch]))
    ask = wrapped(lambda x, y: watched(MODEL, x, y))
    for _ in range(2):
        np.testing.assert_allclose(ask(tf.constant(X), tf.constant(Y)), 1 - X)
    assert len(seen) == 2
    np.testing.assert_array_equal(seen[1][0], X)
    np.testing.assert_array_equal(seen[1][1], Y)


@pytest.mark.parametrize("wrapped", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_a_trailed_network_tells_images_that_a_gradient_can_flow_through(wrapped: Callable[..., Any]) -> None:
    network = TrailedNetwork(model=MODEL)
    let_through = wrapped(lambda x: network(Trail()(network, x, Y), training=True))
    stopped = wrapped(lambda x: network(tf.stop_gradient(Trail()(network, x, Y)), training=True))
    honest = np.asarray(MODEL(1 - X))
    np.testing.assert_allclose(let_through(tf.constant(X)), -honest, atol=1e-5)
    np.testing.assert_allclose(stopped(tf.constant(X)), honest, atol=1e-5)
    np.testing.assert_allclose(network(np.asarray(Trail()(network, X, Y))), honest, atol=1e-5)
    np.testing.assert_allclose(network(X), MODEL(X), atol=1e-5)


def test_a_model_gets_its_weights_back() -> None:
    model = Draw(2).linear_network()
    before = model.get_weights()

    def halve(network: Any, factor: float) -> str:
        network.set_weights([weight * factor for weight in network.get_weights()])
        return "done"

    restoring = Restoring(halve)
    assert restoring(model, 0.5) == "done"
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    np.testing.assert_allclose(restoring.left[0], before[0] / 2)
    with pytest.raises(CheckFailed):
        Restoring(None)(model)  # type: ignore[arg-type]
