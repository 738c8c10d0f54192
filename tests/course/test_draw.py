"""Labels that a network finds unlikely."""

from __future__ import annotations

import numpy as np

from course.draw import Draw, unlikely_labels


def test_unlikely_labels_are_the_second_choice_of_two_images_and_the_last_of_the_others() -> None:
    logits = np.array([[0, 5, 9, 7], [8, 1, 2, 3], [4, 3, 2, 1], [1, 2, 3, 4]])
    assert unlikely_labels(lambda images: logits, Draw(1).images(4)).tolist() == [3, 3, 3, 0]
