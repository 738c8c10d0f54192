"""The networks made by hand have the shape they are made for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from course.draw import Draw
from course.landscapes import narrow_then_wide, ridge, sure_network
from course.measures import confidence


def gradient_and_loss(model: Any, x: Any, y: Any) -> tuple[Any, Any]:
    images = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(images)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=model(images))
    return np.asarray(tape.gradient(losses, images)), np.asarray(losses)


@pytest.mark.parametrize("seed", range(5))
def test_the_highest_loss_lies_between_the_second_step_and_the_third(seed: int) -> None:
    model, x, y = ridge(Draw(seed))
    uphill = np.sign(gradient_and_loss(model, x, y)[0])
    seen = [gradient_and_loss(model, x + np.float32(way) * uphill, y) for way in (0, 0.1, 0.2, 0.25, 0.15)]
    first, second, highest, beyond, last = (loss for _, loss in seen)
    assert (np.minimum.reduce([highest - second, highest - beyond, beyond - last, last - second]) > 0.01).all()
    assert (second > first + 0.1).all()
    for turned, (gradient, _) in zip((1, 1, 1, -1, 1), seen, strict=True):
        np.testing.assert_array_equal(np.sign(gradient), turned * uphill)
        assert np.abs(gradient).min() > 1e-4  # no rounding decides a sign
    assert np.abs(x - 0.5).max() < 0.25  # the whole ball lies inside [0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_a_sure_network_is_sure_of_what_it_reads(seed: int) -> None:
    draw = Draw(seed)
    image = draw.noise(1)
    network, read = sure_network(draw, image)
    assert confidence(network, image)[0, read[0]] > 0.99


@pytest.mark.parametrize("loudness", [1.0, 1e-3])
@pytest.mark.parametrize("seed", range(5))
def test_the_second_gradient_is_on_more_pixels_than_the_first(seed: int, loudness: float) -> None:
    model, x, y = narrow_then_wide(Draw(seed), loudness)
    gradient, _ = gradient_and_loss(model, x, y)
    after, _ = gradient_and_loss(model, x + np.float32(0.03) * np.sign(gradient), y)
    large = [np.abs(slope) > 0.1 * np.abs(slope).max() for slope in (gradient, after)]
    assert [round(float(np.mean(part)), 2) for part in large] == [0.25, 1.0]
