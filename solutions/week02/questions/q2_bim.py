# ruff: noqa: D103 - the name of a case says what it is
"""Question 2 of week 2: the basic iterative method.

The networks are smooth, and wherever one is sure of itself its labels are unlikely ones. There correct implementations,
in single or in double precision, agree in all but 0.1 % of the pixels after ten steps; 0.5 % may differ.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.differences import images_differ
from course.draw import Draw, Floats, Integers, unlikely_labels
from course.landscapes import ridge
from course.portable import PlainCallable

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q2"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring, part by part: start at x, gradient at the image as it is now, sign, projection."

SUSPECTS = "the sign of the step, and what project_linf makes of it"


def in_cleverhans(model: Any, x: Floats, y: Integers, eps: float, step_size: float, steps: int) -> Any:
    """What CleverHans answers: its PGD without a random start."""
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

    return projected_gradient_descent(
        model, tf.constant(x), eps, step_size, steps, np.inf, clip_min=0.0, clip_max=1.0, y=y, rand_init=None
    )


def ask(project_linf: Function, reference: Reference | None, *args: Any) -> Asked:
    """What is asked of bim, whose answer may be built on the student's own project_linf."""
    easy = Draw(1)
    x, x_adv = easy.images(1), easy.noise(1)
    own = Earlier("project_linf", project_linf, (x_adv, x, 0.1))
    return Asked("bim", args, images_differ, reference, [own], ADVICE)


@test_case(name="Agrees with CleverHans' projected_gradient_descent without a random start", points=1)
def test_cleverhans(bim: Function, project_linf: Function, reference: Reference | None) -> None:
    checks.expect_defined(bim, "bim", "week02")
    draw = Draw(1)
    args = (draw.convolutional_network(), draw.images(), draw.labels(), 0.1, 0.03, 8)
    ask(project_linf, reference, *args).expect_from(bim, in_cleverhans(*args))


@test_case(name="Raises the loss within eps and [0, 1], float32, the same for tensors", points=0.5)
def test_limits(bim: Function, project_linf: Function, reference: Reference | None) -> None:
    checks.expect_defined(bim, "bim", "week02")
    draw = Draw(1)
    model, x, y = draw.convolutional_network(), draw.images(), draw.labels()

    def is_an_attack(answer: Any) -> None:
        images = checks.array_from(answer, x.shape, "bim")
        checks.expect_in_range(images, "bim")
        checks.expect_within(images, x, 0.15, "bim")
        checks.expect_float32(answer, "bim")
        checks.expect_higher_loss(model, images, x, y, "bim", SUSPECTS)

    asked = ask(project_linf, reference, model, x, y, 0.15, 0.04, 5)
    answer = asked.answer_of(bim)
    asked.expect_that(is_an_attack, answer)
    of_tensors = ask(project_linf, reference, model, tf.constant(x), tf.constant(y), 0.15, 0.04, 5).answer_of(bim)
    checks.expect_repeatable(answer, of_tensors, x.shape, images_differ, "bim")


@test_case(name="Is right for a fresh network that is sure of itself", points=1.5, hidden=True, failure_message=ADVICE)
def test_fresh(bim: Function, project_linf: Function, reference: Reference, draw: Draw) -> None:
    sure, x, eps = draw.dense_network(spread=12), draw.images(7), draw.number(0.08, 0.2)
    y = unlikely_labels(sure, x)
    args = (sure, x, y, eps, round(0.3 * eps, 4), 8)
    asked, expected = ask(project_linf, reference, *args), reference.answer("bim", *args)
    answer = asked.answer_of(bim)
    asked.expect(answer, expected)
    asked.expect(answer, in_cleverhans(*args))
    further = ((*ridge(draw), 0.25, 0.1, 5), (sure, x, y, eps / 2, eps / 10, 2))
    if asked.earlier_are_right():
        for args in further:
            ask(project_linf, reference, *args).expect_from(bim, in_cleverhans(*args))
        # A step longer than eps, which CleverHans refuses: over the ridge, and further back than x.
        args = (*ridge(draw), 0.25, 0.3, 2)
        ask(project_linf, reference, *args).expect_from(bim, reference.answer("bim", *args))


@test_case(
    name="Works on one image, on any callable, with 1 step and none, eps 0 and eps 2, and where the gradient is zero",
    points=1,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(bim: Function, project_linf: Function, reference: Reference, draw: Draw) -> None:
    model, x, y = PlainCallable(model=draw.convolutional_network()), draw.images(1), draw.labels(1).astype(np.int32)
    # Added up, six steps of 0.1 are less than 6 · 0.1: who walks until that is reached walks a seventh.
    for eps, step_size, steps in ((0.2, 0.15, 1), (2.0, 0.1, 6)):
        args = (model, x, y, eps, step_size, steps)
        expected = reference.answer("bim", *args)
        ask(project_linf, reference, *args).expect_from(bim, expected)
    ask(project_linf, reference, model, x, y, 0.2, 0.15, 0).expect_from(bim, x)
    ask(project_linf, reference, model, x, y, 0.0, 0.1, 2).expect_from(bim, x)
    ask(project_linf, reference, draw.constant_network(), x, y, 0.2, 0.15, 2).expect_from(bim, x)
