# ruff: noqa: D103 - the name of a case says what it is
"""Question 5 of week 2: the same attack in the L2 norm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.differences import ROUNDING, descents_differ, images_differ
from course.draw import Draw, Floats, Integers, unlikely_labels
from course.landscapes import night_and_day, ridge
from course.portable import PlainCallable

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


def near_and_far(x: Floats, noise: Floats) -> Floats:
    """Images at growing distances from `x`: the first lie in a ball of radius 3, the last mostly outside [0, 1]."""
    return x + (noise - 0.5) * np.geomspace(0.1, 4, len(x), dtype=np.float32)[:, None, None, None]


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


@test_case(name="project_l2 is right for fresh images", points=0.5, hidden=True, failure_message=ADVICE)
def test_fresh_projection(project_l2: Function, reference: Reference, draw: Draw) -> None:
    x, noise = draw.images(7), draw.noise(7)
    for eps in (draw.number(2.5, 3.5), draw.number(0.1, 0.2)):
        expected = reference.answer("project_l2", near_and_far(x, noise), x, eps)
        ask_projection(reference, near_and_far(x, noise), x, eps).expect_from(project_l2, expected)
    ask_projection(reference, noise, x, 0.0).expect_from(project_l2, x)
    ask_projection(reference, noise[:1], x[:1], 100.0).expect_from(project_l2, np.clip(noise[:1], 0, 1))
    for eps in (1.0, 0.0):  # 0 · 0 / 0 as well
        ask_projection(reference, x, x, eps).expect_from(project_l2, x)


@test_case(
    name="pgd_l2 is right for a fresh network that is sure of itself",
    points=0.5,
    hidden=True,
    failure_message=OF_THE_ATTACK,
)
def test_fresh(pgd_l2: Function, project_l2: Function, reference: Reference, draw: Draw) -> None:
    sure, x, eps = draw.dense_network(spread=12), draw.images(7), draw.number(1, 3)
    # ‖g‖₂ is about 5e-5: far more than the guards that come with a library, such as the 1e-12 under the root in
    # tf.math.l2_normalize, or CleverHans', which are as good as the docstring's.
    hardly = (draw.dense_network(spread=2e-5), x, draw.labels(7), eps, round(0.3 * eps, 4), 4)
    ask(project_l2, reference, *hardly).expect_from(pgd_l2, reference.answer("pgd_l2", *hardly))
    y = unlikely_labels(sure, x)
    args = (sure, x, y, eps, round(0.3 * eps, 4), 8)
    expected = reference.answer("pgd_l2", *args)
    asked = ask(project_l2, reference, *args)
    answer = asked.answer_of(pgd_l2)
    asked.expect(answer, expected)
    asked.expect(answer, in_cleverhans(*args))

    def is_within_limits(answer: Any) -> None:
        images = checks.array_from(answer, x.shape, "pgd_l2")
        checks.expect_in_range(images, "pgd_l2")
        furthest = np.sqrt(np.sum((images - x) ** 2, axis=(1, 2, 3))).max()
        if furthest > eps * (1 + 100 * ROUNDING):
            raise checks.CheckFailed(f"eps is {eps:g}, an image is {furthest:.4f} away.", "pgd_l2 left the ball.")

    asked.expect_that(is_within_limits, answer)
    for args in ((*ridge(draw), 7.0, 2.8, 5), (sure, x, y, eps / 2, eps / 10, 2)):
        ask(project_l2, reference, *args).expect_from(pgd_l2, in_cleverhans(*args))


@test_case(
    name="pgd_l2 works on one image, on any callable, with 1 step and none, eps 0, and where the gradient is zero",
    points=0.5,
    hidden=True,
    failure_message=OF_THE_ATTACK,
)
def test_edges(pgd_l2: Function, project_l2: Function, reference: Reference, draw: Draw) -> None:
    model, x, y = PlainCallable(model=draw.convolutional_network()), draw.images(1), draw.labels(1).astype(np.int32)
    for eps, step_size, steps in ((2.0, 1.5, 1), (100.0, 2.0, 2)):
        args = (model, x, y, eps, step_size, steps)
        expected = reference.answer("pgd_l2", *args)
        ask(project_l2, reference, *args).expect_from(pgd_l2, expected)
    ask(project_l2, reference, model, x, y, 2.0, 1.5, 0).expect_from(pgd_l2, x)
    ask(project_l2, reference, model, x, y, 0.0, 0.5, 2).expect_from(pgd_l2, x)
    ask(project_l2, reference, draw.constant_network(), x, y, 2.0, 1.5, 2).expect_from(pgd_l2, x)
    one_black = (*night_and_day(draw), 3.0, 0.7, 3)
    asked = ask(project_l2, reference, *one_black)
    if asked.earlier_are_right():
        asked.expect_from(pgd_l2, reference.answer("pgd_l2", *one_black))
