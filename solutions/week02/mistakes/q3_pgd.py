"""Known mistakes of q3, pgd."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from course import starts

from .common import Mistake, project_linf
from .loops import IN_LINF, ONE_MORE, UNSIGNED, climb, in_loops


def drawn(x: Any, eps: float, seed: Any) -> Any:
    """The right draw of q3, before it is projected. A generator in the place of the seed draws as it likes."""
    return np.random.default_rng(seed).uniform(-eps, eps, np.shape(x)).astype(np.float32)


def pgd(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any, **wrong: Any) -> Any:
    """q3, with whatever `climb` can get wrong."""
    return climb(model, x, y, eps, step_size, steps, start=project_linf(x + drawn(x, eps, seed), x, eps), **wrong)


def started(noise: Callable[[Any, tuple[int, ...], float], Any]) -> Callable[..., Any]:
    """`pgd` with other `noise`, which is given a generator, the shape of x, and eps."""

    def pgd(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any) -> Any:
        u = np.asarray(noise(np.random.default_rng(seed), np.shape(x), eps), np.float32)
        return climb(model, x, y, eps, step_size, steps, start=project_linf(x + u, x, eps))

    return pgd


def around_the_start(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any) -> Any:
    """q3 with the ball around the start, as `bim` from there has it."""
    return climb(model, project_linf(x + drawn(x, eps, seed), x, eps), y, eps, step_size, steps)


def unprojected_start(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any) -> Any:
    """q3 with a start that may lie outside [0, 1]."""
    return climb(model, x, y, eps, step_size, steps, start=x + drawn(x, eps, seed))


# The loop comes first: what is handed out are answers to the start of the first of them, and it is drawn as it should.
PGD: list[Mistake] = [
    *in_loops(pgd, [*IN_LINF, (starts.STEPPED, ONE_MORE)]),
    (UNSIGNED, partial(pgd, direction=tf.identity)),
    (
        "Your ball is around the random start: keep it around the original x, or pixels end up to 2 · eps away.",
        around_the_start,
    ),
    (starts.NOT_DRAWN, lambda model, x, y, eps, step_size, steps, seed: climb(model, x, y, eps, step_size, steps)),
    (starts.UNSEEDED, lambda model, x, y, eps, step_size, steps, seed: pgd(model, x, y, eps, step_size, steps, None)),
    (starts.SEED_IGNORED, lambda model, x, y, eps, step_size, steps, seed: pgd(model, x, y, eps, step_size, steps, 0)),
    (starts.ONE_FOR_ALL, started(lambda random, shape, eps: random.uniform(-eps, eps, shape[1:]))),
    (starts.ONE_FOR_AN_IMAGE, started(lambda random, shape, eps: random.uniform(-eps, eps, (shape[0], 1, 1, 1)))),
    (starts.SHARED, started(lambda random, shape, eps: random.uniform(-eps, eps, (shape[0], shape[1], 1, 1)))),
    (starts.CORNERS, started(lambda random, shape, eps: random.choice([-eps, eps], shape))),
    (starts.UPWARDS, started(lambda random, shape, eps: random.uniform(0, eps, shape))),
    (starts.NARROW, started(lambda random, shape, eps: random.uniform(-eps / 2, eps / 2, shape))),
    (starts.NOT_UNIFORM, started(lambda random, shape, eps: np.clip(random.normal(0, eps / 2, shape), -eps, eps))),
    (starts.NOT_UNIFORM, started(lambda random, shape, eps: random.normal(0, eps, shape))),
    (starts.OUTSIDE, unprojected_start),
]

MISTAKES = {"pgd": PGD}
