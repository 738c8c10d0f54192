"""Known mistakes of q2, bim."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from .common import KEPT_NETWORK, Mistake, clip, first_network, gradient, length, project_linf
from .loops import IN_LINF, TOO_MANY, UNSIGNED, climb, in_loops, more_wrong


def scheduled(scale: Callable[[int, int], float]) -> Callable[..., Any]:
    """`bim` with a step size that changes on the way, by a `scale` of the step's number and of `steps`."""

    def bim(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int) -> Any:
        x_adv = x
        for t in range(steps):
            x_adv = climb(model, x, y, eps, scale(t, steps) * step_size, 1, start=x_adv)
        return x_adv

    return bim


def of_summed_steps(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int) -> Any:
    """q2 with the projection of x + all steps so far, while their sum itself is never projected."""
    x = tf.cast(x, tf.float32)
    total = tf.zeros_like(x)
    for _ in range(steps):
        total += step_size * tf.sign(gradient(model, project_linf(x + total, x, eps), y))
    return project_linf(x + total, x, eps)


def ball_at_the_end(model: Any, x: Any, *sizes: Any) -> Any:
    """q2 with steps that are clipped to [0, 1] alone; the ball comes last."""
    return project_linf(climb(model, x, *sizes, project=lambda x_adv, x, eps: clip(x_adv)), x, sizes[1])


def best_seen(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int) -> Any:
    """q2 with the image of the highest loss kept on the way, x among them."""
    x_adv = best = tf.cast(x, tf.float32)
    for _ in range(steps):
        x_adv = climb(model, x, y, eps, step_size, 1, start=x_adv)
        best = more_wrong(model, x_adv, best, y)
    return best


def without_small(limit: float) -> Callable[[Any], Any]:
    """The sign, and 0 for what is smaller than `limit`."""
    return lambda g: tf.where(tf.abs(g) < limit, 0.0, tf.sign(g))


SMALL = "Your small gradients count as 0: however small one is, its sign is the step."
SHRINKING = "Your steps shrink on the way: every one is step_size long."

BIM: list[Mistake] = [
    (SHRINKING, scheduled(lambda t, steps: 1.0 if t < steps / 2 else 0.5)),
    (SHRINKING, scheduled(lambda t, steps: 1 - t / steps)),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1))),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1) ** 0.5)),
    (SHRINKING, scheduled(lambda t, steps: 0.9**t)),
    (
        "Your steps are summed up outside the ball, and only x + the sum is projected: go on from the projected image, "
        "or a pixel that turns round has a long way back.",
        of_summed_steps,
    ),
    (
        "Your number of steps follows from eps, as in the paper: take as many as `steps` says.",
        lambda model, x, y, eps, step_size, steps: climb(
            model, x, y, eps, step_size, int(min(eps * 255 + 4, 1.25 * eps * 255)) if steps else 0
        ),
    ),
    (
        "Your images are projected once, after the last step: project after every step, so that each gradient is taken "
        "at an image that is allowed.",
        ball_at_the_end,
    ),
    (
        "Your answer is the image with the highest loss on the way: go on, and return the last one, whatever its loss.",
        best_seen,
    ),
    (
        "Your steps are at most eps long: they are step_size long, even where that is more than eps.",
        partial(climb, stride=lambda eps, step_size, steps: min(step_size, eps)),
    ),
    *[(SMALL, partial(climb, direction=without_small(limit))) for limit in (1e-3, 1e-4)],
    (KEPT_NETWORK, lambda model, *rest: climb(first_network(), *rest)),
    *in_loops(climb, [*IN_LINF, TOO_MANY]),
    (UNSIGNED, partial(climb, direction=tf.identity)),
    (
        "Your steps are along the gradient divided by its length, the L2 version: take the sign of every pixel.",
        partial(climb, direction=lambda g: g / length(g)),
    ),
    (
        "Your bim moves pixels whose gradient is exactly 0: the sign of 0 is 0. tf.sign and np.sign know it.",
        partial(climb, direction=lambda g: tf.where(g >= 0, 1.0, -1.0)),
    ),
]

MISTAKES = {"bim": BIM}
