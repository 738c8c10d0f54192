"""Known mistakes of q4, mim."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from .common import KEPT_NETWORK, Mistake, first_network, gradient, length, mean_size, project_linf
from .loops import IN_LINF, TOO_MANY, climb, in_loops


def accumulated(gather: Callable[[Any, Any], Any], step: Callable[[Any], Any] = tf.sign) -> Callable[[Any], Any]:
    """A direction that keeps a momentum from step to step: `gather` makes the new one of the old and the gradient."""
    momentum: Any = 0.0

    def direction(slope: Any) -> Any:
        nonlocal momentum
        momentum = gather(momentum, slope)
        return step(momentum)

    return direction


def mim(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    steps: int,
    decay: float,
    *,
    gather: Callable[[Any, Any, float], Any] = lambda m, g, decay: decay * m + g / mean_size(g),
    step: Callable[[Any], Any] = tf.sign,
    **wrong: Any,
) -> Any:
    """q4, with whatever `climb` can get wrong, and another way to `gather` the momentum."""
    direction = accumulated(lambda m, g: gather(m, g, decay), step)
    return climb(model, x, y, eps, step_size, steps, direction=direction, **wrong)


def guarded(guard: float) -> Callable[..., Any]:
    """q4 with a number added to each mean, lest it be 0."""
    return partial(mim, gather=lambda m, g, decay: decay * m + g / (mean_size(g) + guard))


def one_step_late(*args: Any) -> Any:
    """q4 along the momentum before the new gradient is added to it."""
    decay, momentum = args[-1], tf.zeros_like(args[1])

    def direction(slope: Any) -> Any:
        nonlocal momentum
        old, momentum = momentum, decay * momentum + slope / mean_size(slope)
        return tf.sign(old)

    return climb(*args[:-1], direction=direction)


def looking_ahead(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, decay: float) -> Any:
    """q4 with Nesterov's gradient: taken where the momentum would lead."""
    x = x_adv = tf.cast(x, tf.float32)
    momentum = tf.zeros_like(x)
    for _ in range(steps):
        slope = gradient(model, x_adv + step_size * decay * momentum, y)
        momentum = decay * momentum + slope / mean_size(slope)
        x_adv = project_linf(x_adv + step_size * tf.sign(momentum), x, eps)
    return x_adv


def faded(*args: Any, first: int) -> Any:
    """q4 with a decay that is raised to the number of the step, of which the first is `first`."""
    decay, numbers = args[-1], itertools.count(first)
    direction = accumulated(lambda m, g: decay ** next(numbers) * m + g / mean_size(g))
    return climb(*args[:-1], direction=direction)


FADED = "Your decay is raised to the number of the step: the old momentum is multiplied by decay itself, in every step."
LARGE_GUARD = "Your guard against dividing by zero is so large that it changes the gradients: 1e-12 is enough."

MIM: list[Mistake] = [
    *[(LARGE_GUARD, guarded(guard)) for guard in (1e-2, 1e-3)],
    (
        "Your step follows the old momentum, before the new gradient was added: add it first, then step.",
        one_step_late,
    ),
    (
        "Your gradient is taken ahead of the image, where the momentum leads (Nesterov): take it at the image itself.",
        looking_ahead,
    ),
    (
        "Your gradients are not normalised: divide each by its mean absolute value before it is added.",
        partial(mim, gather=lambda m, g, decay: decay * m + g),
    ),
    (
        "Your gradients are divided by one mean of the whole batch: take the mean over the pixels of each image.",
        partial(mim, gather=lambda m, g, decay: decay * m + g / mean_size(g, None)),
    ),
    (
        "Your gradients are divided by their L2 norm, as in pgd_l2: divide them by their mean absolute value.",
        partial(mim, gather=lambda m, g, decay: decay * m + g / length(g)),
    ),
    (
        "Your momentum has no effect: the images equal those of bim. Is it reset in every step, or left out of the "
        "step?",
        partial(mim, gather=lambda m, g, decay: g),
    ),
    (
        "Your momentum is added to itself once more, on top of decay times itself: the new one is decay times the old "
        "one plus the normalised gradient.",
        partial(mim, gather=lambda m, g, decay: m + decay * m + g / mean_size(g)),
    ),
    (
        "Your momentum never decays: decay multiplies the old momentum, not the new gradient.",
        partial(mim, gather=lambda m, g, decay: m + g / mean_size(g)),
    ),
    (
        "Your decay is used as 1 − decay: decay multiplies the old momentum as it is.",
        partial(mim, gather=lambda m, g, decay: (1 - decay) * m + g / mean_size(g)),
    ),
    (FADED, partial(faded, first=0)),
    (FADED, partial(faded, first=1)),
    (
        "Your new gradient is multiplied by 1 − decay, as in an average: add it as it is, or nothing is left of it "
        "when decay is 1.",
        partial(mim, gather=lambda m, g, decay: decay * m + (1 - decay) * g / mean_size(g)),
    ),
    (
        "Your momentum is a sum of signs: add the normalised gradients, and take the sign of the sum.",
        partial(mim, gather=lambda m, g, decay: decay * m + tf.sign(g)),
    ),
    (
        "Your step follows the momentum itself: take its sign, so that every pixel moves by step_size.",
        partial(mim, step=tf.identity),
    ),
    (
        "Your momentum is normalised after the gradient was added: divide the new gradient, then add it.",
        partial(mim, gather=lambda m, g, decay: (decay * m + g) / mean_size(decay * m + g)),
    ),
    (KEPT_NETWORK, lambda model, *rest: mim(first_network(), *rest)),
    *in_loops(mim, [*IN_LINF, TOO_MANY]),
]

MISTAKES = {"mim": MIM}
