"""Labels that a network finds unlikely, and how sure networks are of what they read."""

from __future__ import annotations

import numpy as np

from course.draw import Draw, margins, unlikely_labels


def test_unlikely_labels_are_the_second_choice_of_two_images_and_the_last_of_the_others() -> None:
    logits = np.array([[0, 5, 9, 7], [8, 1, 2, 3], [4, 3, 2, 1], [1, 2, 3, 4]])
    assert unlikely_labels(lambda images: logits, Draw(1).images(4)).tolist() == [3, 3, 3, 0]


def test_margins_are_those_of_the_reading_that_is_least_sure() -> None:
    one, other = [[3.0, 1.0, 0.0], [0.0, 5.0, 4.0]], [[0.0, 1.0, 2.5], [9.0, 1.0, 1.0]]
    np.testing.assert_allclose(margins(one, other), [1.5, 1.0])
