"""Training by hand is what Keras does."""

from __future__ import annotations

import keras
import numpy as np

from course.by_hand import ByHand
from course.draw import Draw
from course.measures import confidence
from course.stand_ins import Dimming


def test_reading_and_dimming_are_what_the_network_and_the_stand_in_do() -> None:
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    hand = ByHand(model)
    np.testing.assert_allclose(hand.logits(x), model(x), atol=1e-5)
    np.testing.assert_allclose(hand.probabilities(x), confidence(model, x), atol=1e-6)
    np.testing.assert_allclose(hand.probabilities(x, y), confidence(model, x)[np.arange(len(y)), y], atol=1e-6)
    np.testing.assert_allclose(hand.dimmed(x, y, 0.5), Dimming(size=0.5)(model, x, y), atol=1e-6)


def test_its_steps_are_those_of_keras() -> None:
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    before, hand = model.get_weights(), ByHand(model, rate=0.05, momentum=0.9)
    model.compile(
        keras.optimizers.SGD(0.05, momentum=0.9), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    for _ in range(3):
        loss = model.evaluate(x, y, verbose=0)
        assert abs(hand.step([(0.25, x), (0.75, x)], y) - loss) < 1e-5 * loss
        model.fit(x, y, batch_size=len(x), verbose=0)
    np.testing.assert_allclose(hand.weights[0], model.get_weights()[0], atol=1e-6)
    model.set_weights(before)
