# ruff: noqa: D103 - the name of a case says what it is
"""Question 1 of week 2: the nearest image in the ball."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.differences import images_differ
from course.draw import Draw

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q1"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: within eps of x in every pixel, and in [0, 1]; what is inside already stays."

# Worked out by hand, with eps = 0.25: a pixel of x, the same pixel of x_adv, and where it belongs.
BY_HAND = [
    (0.5, 0.6, 0.6),  # inside: it stays
    (0.5, 0.25, 0.25),  # on the edge
    (0.5, 0.9, 0.75),  # too far up
    (0.5, -0.3, 0.25),  # too far down
    (0.5, 700.0, 0.75),
    (0.9, 1.1, 1.0),  # in the ball, but no pixel is brighter than 1
    (0.9, 1.6, 1.0),
    (0.1, -0.1, 0.0),  # in the ball, but no pixel is darker than 0
    (0.1, -2.0, 0.0),
    (0.0, 0.2, 0.2),
    (0.0, 1.0, 0.25),
    (1.0, 0.0, 0.75),
    (1.0, 1.0, 1.0),
    (0.0, 0.0, 0.0),
]


def ask(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of project_linf."""
    return Asked("project_linf", args, images_differ, reference, advice=ADVICE)


@test_case(name="Agrees with what was worked out by hand, pixel by pixel", points=1)
def test_by_hand(project_linf: Function, reference: Reference | None) -> None:
    checks.expect_defined(project_linf, "project_linf", "week02")
    columns = np.tile(np.array(BY_HAND, np.float32), (3 * 784 // len(BY_HAND), 1)).T
    x, x_adv, expected = columns.reshape(3, 3, 28, 28, 1)
    ask(reference, x_adv, x, 0.25).expect_from(project_linf, expected)


@test_case(name="Takes tensors, returns float32 of the same shape, near x and in [0, 1]", points=0.5)
def test_types(project_linf: Function) -> None:
    checks.expect_defined(project_linf, "project_linf", "week02")
    draw = Draw(1)
    x, x_adv = draw.images(3), draw.noise(3)
    answer = checks.call(project_linf, tf.constant(x_adv), tf.constant(x), 0.2)
    images = checks.array_from(answer, x.shape, "project_linf")
    checks.expect_float32(answer, "project_linf")
    checks.expect_in_range(images, "project_linf")
    checks.expect_within(images, x, 0.2, "project_linf")
    again = checks.call(project_linf, images, x, 0.2)
    if told := images_differ(checks.array_from(again, x.shape, "project_linf"), images):
        raise checks.CheckFailed(told, "What project_linf returns lies inside: projected again it must stay.")


@test_case(name="Is right for fresh images", points=1, hidden=True, failure_message=ADVICE)
def test_fresh(project_linf: Function, reference: Reference, draw: Draw) -> None:
    from cleverhans.tf2.utils import clip_eta

    x, x_adv, eps = draw.images(7), 2 * draw.noise(7) - 0.5, draw.number(0.1, 0.4)
    for start in (x, 0.3 + 0.4 * x):  # the grey images don't reach from 0 to 1
        expected = reference.answer("project_linf", x_adv, start, eps)
        ask(reference, x_adv, start, eps).expect_from(project_linf, expected)
    in_cleverhans = np.clip(x + clip_eta(tf.constant(x_adv - x), np.inf, eps), 0, 1)
    ask(reference, x_adv, x, eps).expect_from(project_linf, in_cleverhans)


@test_case(
    name="Works on one image, with eps 0, with eps larger than 1, and on images that need nothing",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(project_linf: Function, reference: Reference, draw: Draw) -> None:
    x, x_adv = draw.images(1), 2 * draw.noise(1) - 0.5
    ask(reference, x_adv, x, 0.0).expect_from(project_linf, x)
    ask(reference, x_adv, x, 0.6).expect_from(project_linf, np.clip(np.clip(x_adv, x - 0.6, x + 0.6), 0, 1))
    ask(reference, x_adv, x, 3.0).expect_from(project_linf, np.clip(x_adv, 0, 1))
    ask(reference, x, x, 0.1).expect_from(project_linf, x)
