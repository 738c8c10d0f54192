"""The networks made by hand have the shape they are made for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from course.draw import Draw
from course.landscapes import narrow_then_wide, ridge


def gradient_and_loss(model: Any, x: Any, y: Any) -> tuple[Any, Any]:
    images = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(images)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=model(images))
    return np.asarray(tape.gradient(losses, images)), np.asarray(losses)


@pytest.mark.parametrize("seed", range(5))
def test_two_steps_cross_the_ridge_and_come_back(seed: int) -> None:
    model, x, y = ridge(Draw(seed))
    gradient, loss = gradient_and_loss(model, x, y)
    beyond = x + np.float32(0.1) * np.sign(gradient)
    gradient_beyond, loss_beyond = gradient_and_loss(model, beyond, y)
    assert (loss_beyond > loss + 0.2).all()
    np.testing.assert_array_equal(np.sign(gradient_beyond), -np.sign(gradient))
    assert np.abs(np.stack([gradient, gradient_beyond])).min() > 1e-3  # no rounding decides a sign
    assert np.abs(x - 0.5).max() < 0.3  # two steps stay inside [0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_the_second_gradient_is_on_more_pixels_than_the_first(seed: int) -> None:
    model, x, y = narrow_then_wide(Draw(seed))
    gradient, _ = gradient_and_loss(model, x, y)
    after, _ = gradient_and_loss(model, x + np.float32(0.03) * np.sign(gradient), y)
    large = [np.abs(slope) > 0.1 * np.abs(slope).max() for slope in (gradient, after)]
    assert [round(float(np.mean(part)), 2) for part in large] == [0.25, 1.0]
