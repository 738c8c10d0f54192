"""Known mistakes of q5, disguised_image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .common import (
    CLIPPED,
    CROSS_ENTROPY,
    KEPT_NETWORK,
    STOPS_EARLY,
    TOO_FEW,
    TOO_MANY,
    Mistake,
    clip,
    cross_entropy,
    descend,
    first_network,
    to_unit_length,
    until_read,
)


def disguise(
    model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float, **wrong: Any
) -> Any:
    """q5, with whatever `descend` can get wrong."""
    return descend(model, target, noise, steps, step_size, **{"force": lambda image: pull * (image - x), **wrong})


def forced(force: Callable[[Any, Any, Any, float, float], Any]) -> Callable[..., Any]:
    """`disguised_image` with another force, which is given the image, x, the noise, the pull and the step size."""

    def disguised_image(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
        wrong = {"force": lambda image: force(image, x, noise, pull, step_size)}
        return disguise(model, x, target, noise, steps, step_size, pull, **wrong)

    return disguised_image


def pulled_afterwards(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 with the pull taken after the step down the cost."""
    pulled = {"force": tf.zeros_like, "afterwards": lambda image: image - step_size * pull * (image - x)}
    return disguise(model, x, target, noise, steps, step_size, pull, **pulled)


def pulled_implicitly(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 with the pull taken at the image where it ends, as a proximal step does."""
    weight = step_size * pull
    pulled = {"force": tf.zeros_like, "afterwards": lambda image: (image + weight * x) / (1 + weight)}
    return disguise(model, x, target, noise, steps, step_size, pull, **pulled)


def pulled_once(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 as a fooling image that is drawn towards x once, at the end."""
    image = descend(model, target, noise, steps, step_size)
    return image - step_size * pull * (image - x)


def pulled_without_step(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 with a mixture of the image and x after the step down the cost."""
    pulled = {"force": tf.zeros_like, "afterwards": lambda image: image - pull * (image - x)}
    return disguise(model, x, target, noise, steps, step_size, pull, **pulled)


def counted(change: int) -> Callable[..., Any]:
    """`disguised_image` with another number of steps."""
    return lambda model, x, target, noise, steps, *rest: disguise(model, x, target, noise, steps + change, *rest)


def ended_early(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 that stops at the image that the network reads as the target."""
    return until_read(model, target, noise, steps, lambda image: disguise(model, x, target, image, 1, step_size, pull))


NO_PULL = (
    "Your pull has no effect, or next to none: add pull · (image − x) to the gradient, as it is and not averaged over "
    "the pixels."
)

DISGUISED_IMAGE: list[Mistake] = [
    (
        "Your pull pushes the image away from x: check its sign.",
        forced(lambda image, x, n, pull, s: pull * (x - image)),
    ),
    (NO_PULL, forced(lambda image, *_: tf.zeros_like(image))),
    (NO_PULL, forced(lambda image, x, n, pull, s: pull * (image - x) / (image.shape[0] * 784))),
    (NO_PULL, forced(lambda image, x, n, pull, s: pull * (image - x) / 784)),
    (
        "Your pull goes towards the noise you started from: it goes towards x.",
        forced(lambda image, x, noise, pull, s: pull * (image - noise)),
    ),
    (
        "Your pull is the same in every step, taken at the noise: take it at the image as it is now.",
        forced(lambda image, x, noise, pull, s: pull * (noise - x)),
    ),
    (
        "Your pull is twice as strong: the force is pull · (image − x), without a factor of 2.",
        forced(lambda image, x, noise, pull, s: 2 * pull * (image - x)),
    ),
    (
        "Your pull is not multiplied by step_size: it belongs to the gradient.",
        forced(lambda image, x, noise, pull, step_size: pull * (image - x) / step_size),
    ),
    (
        "Your pull ends at x: where step_size · pull is larger than 1 it goes past x all the same.",
        forced(lambda image, x, noise, pull, step_size: min(pull, 1 / max(step_size, 1e-12)) * (image - x)),
    ),
    ("Your pull is taken after the step: take both forces at the image before it.", pulled_afterwards),
    ("Your pull is taken after the step: take both forces at the image before it.", pulled_implicitly),
    (
        "Your pull is taken after the step, and not multiplied by step_size: add it to the gradient before the step.",
        pulled_without_step,
    ),
    (
        "Your x and your noise have changed places: the descent starts at the noise, and the pull goes towards x.",
        lambda model, x, target, noise, *rest: disguise(model, noise, target, x, *rest),
    ),
    (
        "Your forces are mixed, (1 − pull) of one and pull of the other: add pull · (image − x) to the whole gradient.",
        lambda model, x, target, noise, steps, step_size, pull: disguise(
            model, x, target, noise, steps, step_size, pull, direction=lambda g: (1 - pull) * g
        ),
    ),
    (
        "Your pull has the same strength at any distance: take image − x as it is, not divided by its norm.",
        forced(lambda image, x, n, pull, s: pull * to_unit_length(image - x)),
    ),
    (
        "Your images are all pulled towards the first of x: each has an x of its own.",
        forced(lambda image, x, n, pull, s: pull * (image - x[:1])),
    ),
    (
        "Your pull acts once, after the descent: it belongs into every step.",
        pulled_once,
    ),
    (STOPS_EARLY, ended_early),
    (KEPT_NETWORK, lambda model, *rest: disguise(first_network("linear"), *rest)),
    (TOO_FEW, counted(-1)),
    (TOO_MANY, counted(1)),
    ("Your steps go up the cost: subtract its gradient.", lambda *args: disguise(*args, direction=tf.negative)),
    (CROSS_ENTROPY, lambda *args: disguise(*args, cost=cross_entropy)),
    (CLIPPED, lambda *args: disguise(*args, afterwards=clip)),
    (CLIPPED, lambda *args: clip(disguise(*args))),
    (
        "Your descent starts from x: start from the noise that is given.",
        lambda model, x, target, noise, *rest: disguise(model, x, target, x, *rest),
    ),
]

MISTAKES = {"disguised_image": DISGUISED_IMAGE}
