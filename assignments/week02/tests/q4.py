"""Question 4 of week 2: momentum.

Correct implementations agree in all but 0.1 % of the pixels after ten steps, as in question 2; 0.5 % may differ.
In the public cases eps is so small that no label's probability falls below 1e-7. There the known mistake of a loss
from probabilities has no gradient but rounding, which momentum would blow up to whole steps, others on each machine.
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

name = "q4"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = (
    "Compare with the docstring: the gradient divided by its mean absolute value in each image, added to decay times "
    "the old momentum; the sign of the sum is the step."
)
SUSPECTS = "the sign of the step, and what project_linf makes of it"


def mixed(model: Any, x: Floats) -> Integers:
    """What the network reads in every other image, so that its gradient grows; in the others what it finds unlikely."""
    choices = np.argsort(np.asarray(model(x)), axis=-1)
    return np.where(np.arange(len(x)) % 2, choices[:, 0], choices[:, -1])


def in_cleverhans(model: Any, x: Floats, y: Integers, eps: float, step_size: float, steps: int, decay: float) -> Any:
    """What CleverHans answers."""
    from cleverhans.tf2.attacks.momentum_iterative_method import momentum_iterative_method

    return momentum_iterative_method(
        model, tf.constant(x), eps, step_size, steps, np.inf, clip_min=0.0, clip_max=1.0, y=y, decay_factor=decay
    )


def ask(project_linf: Function, reference: Reference | None, *args: Any) -> Asked:
    """What is asked of mim, whose answer may be built on the student's own project_linf."""
    easy = Draw(1)
    x, x_adv = easy.images(1), easy.noise(1)
    own = Earlier("project_linf", project_linf, (x_adv, x, 0.1))
    return Asked("mim", args, images_differ, reference, [own], ADVICE)


@test_case(name="Agrees with CleverHans' momentum_iterative_method", points=1)
def test_cleverhans(mim: Function, project_linf: Function, reference: Reference | None) -> None:
    checks.expect_defined(mim, "mim", "week02")
    draw = Draw(1)
    model, x = draw.convolutional_network(), draw.images()
    args = (model, x, mixed(model, x), 0.06, 0.018, 8, 0.7)
    asked = ask(project_linf, reference, *args)
    answer = asked.answer_of(mim)
    asked.expect(answer, in_cleverhans(*args))
    checks.expect_repeatable(answer, asked.answer_of(mim), x.shape, images_differ, "mim")


@test_case(
    name="Without momentum it is CleverHans' PGD; within eps and [0, 1], float32, the same for tensors", points=0.5
)
def test_limits(mim: Function, project_linf: Function, reference: Reference | None) -> None:
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

    checks.expect_defined(mim, "mim", "week02")
    draw = Draw(1)
    model, x, y = draw.convolutional_network(), draw.images(), draw.labels()

    def is_an_attack(answer: Any) -> None:
        images = checks.array_from(answer, x.shape, "mim")
        checks.expect_in_range(images, "mim")
        checks.expect_within(images, x, 0.06, "mim")
        checks.expect_float32(answer, "mim")
        checks.expect_higher_loss(model, images, x, y, "mim", SUSPECTS)

    asked = ask(project_linf, reference, model, tf.constant(x), tf.constant(y), 0.06, 0.016, 5, 0.0)
    answer = asked.answer_of(mim)
    asked.expect_that(is_an_attack, answer)
    without = projected_gradient_descent(
        model, tf.constant(x), 0.06, 0.016, 5, np.inf, clip_min=0.0, clip_max=1.0, y=y, rand_init=None
    )
    asked.expect(answer, without)
    again = ask(project_linf, reference, model, x, y, 0.06, 0.016, 5, 0.0).answer_of(mim)
    checks.expect_repeatable(answer, again, x.shape, images_differ, "mim")
