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
from course.draw import Draw, Floats, Integers

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
