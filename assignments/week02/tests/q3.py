"""Question 3 of week 2: projected gradient descent from a random start.

How the start is drawn is the student's choice. So the cases look at it first (no step shows it), and then at what
follows from it: CleverHans, from the very same start, must arrive at the same images.
"""

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks, starts
from course.asked import Asked, Earlier, Reference
from course.differences import images_differ
from course.draw import Draw, Floats, Integers

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q3"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: draw the start around x, project it, then take the steps of bim, always around x."


SEED_ZERO = "0 is a seed like any other: `if seed:` takes it for none."
NOT_WITHOUT_STEPS = "With 0 steps return the start, x_0: in bim it is x itself, here it is drawn at random."
MOVES_AT_ZERO = "Your pgd moves pixels whose gradient is exactly 0: the sign of 0 is 0. tf.sign and np.sign know it."
DRAWS_AGAIN = "Where the gradient is zero nothing moves after the start: noise is drawn once, not in every step."


def ask(project_linf: Function, reference: Reference | None, *args: Any) -> Asked:
    """What is asked of pgd, whose answer may be built on the student's own project_linf."""
    easy = Draw(1)
    x, x_adv = easy.images(1), easy.noise(1)
    own = Earlier("project_linf", project_linf, (x_adv, x, 0.1))
    return Asked("pgd", args, images_differ, reference, [own], ADVICE)


def start_of(asked: Asked, pgd: Function, x: Floats) -> Floats:
    """What pgd starts from: its answer when there are no steps."""
    return checks.array_from(asked.answer_of(pgd), x.shape, "pgd")


class FromHere(np.random.Generator):
    """A generator that draws nothing: whoever asks for uniform noise around `x` is led to the student's own `start`."""

    def __init__(self, start: Floats, x: Floats) -> None:
        super().__init__(np.random.PCG64(0))
        self._noise = start - x

    def uniform(self, *_args: Any, **_named: Any) -> Any:
        """The way from `x` to the start."""
        return self._noise


def in_cleverhans(model: Any, x: Floats, y: Integers, eps: float, step_size: float, steps: int, start: Floats) -> Any:
    """Where CleverHans arrives from `start`: its own random draw is replaced."""
    from cleverhans.tf2.attacks import projected_gradient_descent as module

    with mock.patch.object(module, "random_lp_vector", return_value=tf.constant(start - x)):
        return module.projected_gradient_descent(
            model, tf.constant(x), eps, step_size, steps, np.inf, clip_min=0.0, clip_max=1.0, y=y, rand_init=True
        )


def expect_start(
    pgd: Function, project_linf: Function, reference: Reference | None, inputs: tuple[Any, ...], seeds: tuple[int, int]
) -> None:
    """Fail unless the start is drawn as it should be. `inputs` are model, images, labels, eps and a level of grey."""
    model, x, y, eps, level = inputs
    grey = np.full_like(x, level)

    def asked_for(images: Floats, seed: int, labels: Integers = y) -> Asked:
        return ask(project_linf, reference, model, images, labels, eps, eps / 4, 0, seed)

    on_grey, on_images = asked_for(grey, seeds[0]), asked_for(x, seeds[0])
    start = start_of(on_grey, pgd, x)
    with_other_labels = start_of(asked_for(grey, seeds[0], (y + 1) % 10), pgd, x)
    starts.expect_same_start(start, start_of(on_grey, pgd, x), with_other_labels)
    at_x = not images_differ(start, grey)
    if at_x and seeds[0] == 0 and images_differ(start_of(asked_for(grey, seeds[1]), pgd, x), grey):
        raise checks.CheckFailed("With seed 0 the start is x itself.", SEED_ZERO)
    if at_x:
        flat = ask(project_linf, reference, Draw(1).constant_network(), grey, y, eps, eps / 4, 1, seeds[0])
        if images_differ(start_of(flat, pgd, x), grey):
            raise checks.CheckFailed("With 0 steps your images are x, with one step they are not.", NOT_WITHOUT_STEPS)
    on_grey.expect_that(lambda answer: starts.expect_uniform_start(np.asarray(answer), grey, eps), start)
    of_another_seed = asked_for(grey, seeds[1])
    of_another_seed.expect_that(
        lambda answer: starts.expect_another_start(start, np.asarray(answer)), start_of(of_another_seed, pgd, x)
    )
    on_images.expect_that(
        lambda answer: starts.expect_projected_start(np.asarray(answer), x, eps), start_of(on_images, pgd, x)
    )


def expect_still(
    answer: Any,
    project_linf: Function,
    reference: Reference | None,
    start: Floats,
    x: Floats,
    sizes: tuple[float, float, int],
) -> None:
    """Fail unless the answer on a network without a gradient is the start, or what their own projections make of it.

    `sizes` are eps, step_size and steps.
    """
    eps, step_size, steps = sizes
    images = projected = checks.array_from(answer, x.shape, "pgd")
    told = images_differ(images, start)
    if not told:
        return
    try:
        projected = start
        for _ in range(steps if reference is None or reference.builds_on("project_linf") else 0):
            projected = checks.array_from(project_linf(projected, x, eps), x.shape, "project_linf")
    except Exception:  # it fails in another way, which is question 1's business
        projected = start
    if images_differ(images, projected):
        ways = (steps * step_size, -steps * step_size)
        moved = [np.clip(np.clip(start + way, x - eps, x + eps), 0, 1) for way in ways]
        alike = any(not images_differ(images, one) for one in moved)
        raise checks.CheckFailed(told, MOVES_AT_ZERO if alike else DRAWS_AGAIN)


def expect_way(pgd: Function, project_linf: Function, reference: Reference | None, *args: Any) -> None:
    """Fail unless pgd goes from its own start to where CleverHans goes. `args` are those of pgd."""
    model, x, y, eps, step_size, steps, seed = args
    asked, asked_for_start = (
        ask(project_linf, reference, model, x, y, eps, step_size, some, seed) for some in (steps, 0)
    )
    start = start_of(asked_for_start, pgd, x)
    again = start_of(asked_for_start, pgd, x)
    starts.expect_same_start(start, again, again)
    answer = asked.answer_of(pgd)
    expected = in_cleverhans(model, x, y, eps, step_size, steps, start)
    ask(project_linf, reference, model, x, y, eps, step_size, steps, FromHere(start, x)).expect(answer, expected)


@test_case(name="Starts at random: uniform in the ball, every pixel by itself, in [0, 1], ruled by the seed", points=1)
def test_start(pgd: Function, project_linf: Function, reference: Reference | None) -> None:
    checks.expect_defined(pgd, "pgd", "week02")
    draw = Draw(1)
    inputs = (draw.convolutional_network(), draw.images(starts.IMAGES), draw.labels(starts.IMAGES), 0.3, 0.5)
    expect_start(pgd, project_linf, reference, inputs, (0, 6))  # 0 is a seed too


@test_case(name="Goes from its start where CleverHans goes from there, float32, in [0, 1] and in the ball", points=1)
def test_cleverhans(pgd: Function, project_linf: Function, reference: Reference | None) -> None:
    checks.expect_defined(pgd, "pgd", "week02")
    draw = Draw(1)
    args = (draw.convolutional_network(), draw.images(), draw.labels(), 0.1, 0.03, 8, 7)
    _, x, y, *_ = args
    first, later = (
        ask(project_linf, reference, draw.constant_network(), x, y, 0.1, 0.03, steps, 7) for steps in (0, 3)
    )
    start = start_of(first, pgd, x)
    starts.expect_same_start(start, start_of(first, pgd, x), start)
    expect_still(later.answer_of(pgd), project_linf, reference, start, x, (0.1, 0.03, 3))
    expect_way(pgd, project_linf, reference, *args)

    def is_within_limits(answer: Any) -> None:
        images = checks.array_from(answer, x.shape, "pgd")
        checks.expect_in_range(images, "pgd")
        checks.expect_within(images, x, 0.1, "pgd")
        checks.expect_float32(answer, "pgd")

    asked = ask(project_linf, reference, *args)
    answer = asked.answer_of(pgd)
    asked.expect_that(is_within_limits, answer)
    model, _, _, *sizes = args
    of_tensors = ask(project_linf, reference, model, tf.constant(x), tf.constant(y), *sizes).answer_of(pgd)
    checks.expect_repeatable(answer, of_tensors, x.shape, images_differ, "pgd", seeded=True)
