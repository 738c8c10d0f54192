"""Question 5 of week 2: the same attack in the L2 norm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.differences import descents_differ, images_differ
from course.draw import Draw, Floats, Integers

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q5"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: clip to [0, 1] first, then scale each image's perturbation by min(1, eps / norm)."
OF_THE_ATTACK = "Compare with the docstring: the gradient divided by its norm in each image, step_size, project_l2."


def ask_projection(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of project_l2."""
    return Asked("project_l2", args, images_differ, reference, advice=ADVICE)


def ask(project_l2: Function, reference: Reference | None, *args: Any) -> Asked:
    """What is asked of pgd_l2, whose answer may be built on the student's own project_l2."""
    easy = Draw(1)
    x, x_adv = easy.images(1), easy.noise(1)
    own = Earlier("project_l2", project_l2, (x_adv, x, 1.0))
    return Asked("pgd_l2", args, descents_differ(np.asarray(args[1])), reference, [own], OF_THE_ATTACK)


def in_cleverhans(model: Any, x: Floats, y: Integers, eps: float, step_size: float, steps: int) -> Any:
    """What CleverHans answers: its PGD in L2, without a random start."""
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

    return projected_gradient_descent(
        model, tf.constant(x), eps, step_size, steps, 2, clip_min=0.0, clip_max=1.0, y=y, rand_init=None
    )


@test_case(name="project_l2 keeps what is inside, and brings what is outside onto the ball's surface", points=0.5)
def test_projection(project_l2: Function, reference: Reference | None) -> None:
    checks.expect_defined(project_l2, "project_l2", "week02")
    x, x_adv, expected = (np.full((4, 28, 28, 1), 0.6, np.float32) for _ in range(3))
    x_adv[1, :10, :10] = expected[1, :10, :10] = 0.605  # 100 pixels by 0.005: √100 · 0.005 = 0.05 long, inside
    x_adv[2, :20, :20], expected[2, :20, :20] = 0.4, 0.595  # 400 pixels by −0.2: 4 long, to be divided by 40
    # 100 pixels by −0.3, and 100 that the clip leaves 0.4 too bright: √(9 + 16) = 5 long, to be divided by 50
    x_adv[3, :10, :10], expected[3, :10, :10] = 0.3, 0.594
    x_adv[3, 10:20, 10:20], expected[3, 10:20, 10:20] = 1.7, 0.608  # not below the others: the rank is 2
    x[3, 20:28, :10], x_adv[3, 20:28, :10], expected[3, 20:28, :10] = 1.0, 1.7, 1.0  # white already: it stays
    ask_projection(reference, x_adv, x, 0.1).expect_from(project_l2, expected)
    answer = checks.call(project_l2, tf.constant(x_adv), tf.constant(x), 0.1)
    ask_projection(reference, x_adv, x, 0.1).expect(answer, expected)
    checks.expect_float32(answer, "project_l2")


@test_case(name="pgd_l2 agrees with CleverHans' projected_gradient_descent in L2", points=1)
def test_cleverhans(pgd_l2: Function, project_l2: Function, reference: Reference | None) -> None:
    checks.expect_defined(pgd_l2, "pgd_l2", "week02")
    draw = Draw(1)
    args = (draw.convolutional_network(), draw.images(), draw.labels(), 1.5, 0.5, 8)
    asked = ask(project_l2, reference, *args)
    answer = asked.answer_of(pgd_l2)
    asked.expect(answer, in_cleverhans(*args))
    asked.expect_that(lambda images: checks.expect_float32(images, "pgd_l2"), answer)
    model, x, y, *sizes = args
    of_tensors = ask(project_l2, reference, model, tf.constant(x), tf.constant(y), *sizes).answer_of(pgd_l2)
    checks.expect_repeatable(answer, of_tensors, x.shape, asked.difference, "pgd_l2")
