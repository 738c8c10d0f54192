"""Known mistakes of q5, project_l2 and pgd_l2."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from .common import Mistake, clip, length, mean_size, project_l2, project_linf
from .loops import TOO_MANY, climb, in_loops


def largest_singular_value(images: Any) -> Any:
    """What np.linalg.norm(…, 2, axis=(1, 2)) takes for the length of an image, never 0."""
    return tf.maximum(tf.linalg.svd(images[..., 0], compute_uv=False)[:, :1, None, None], 1e-12)


def where_the_square_exceeds(x_adv: Any, x: Any, eps: float) -> Any:
    """The projection of those images whose squared norm is more than eps, and of no others."""
    norm = length(clip(x_adv) - x)
    return x + (clip(x_adv) - x) * tf.where(norm**2 <= eps, 1.0, eps / norm)


PROJECT_L2: list[Mistake] = [
    (
        "Your norm is a matrix norm, the largest singular value: that is what ord=2 means for two axes. Flatten each "
        "image first, or take the root of the sum of squares.",
        partial(project_l2, size=largest_singular_value),
    ),
    (
        "Your norm is that of the perturbation before the clip: clip first, and measure what is left.",
        lambda x_adv, x, eps: x + (clip(x_adv) - x) * tf.minimum(1.0, eps / length(x_adv - x)),
    ),
    (
        "Your norm is taken over the whole batch: take it over the pixels of each image.",
        partial(project_l2, size=partial(length, axis=None)),
    ),
    (
        "Your answer always lies on the ball's surface: an image inside the ball stays where it is. The factor is at "
        "most 1.",
        lambda x_adv, x, eps: x + (clip(x_adv) - x) * eps / length(clip(x_adv) - x),
    ),
    (
        "Your answer is clipped to [0, 1] after the scaling: clip first, and measure the norm of what is left.",
        lambda x_adv, x, eps: clip(x + (x_adv - x) * tf.minimum(1.0, eps / length(x_adv - x))),
    ),
    (
        "Your pixels leave [0, 1]: clip x_adv before you measure the perturbation.",
        lambda x_adv, x, eps: x + (x_adv - x) * tf.minimum(1.0, eps / length(x_adv - x)),
    ),
    (
        "Your ball bounds each pixel by itself: take the norm over all pixels of an image.",
        project_linf,
    ),
    (
        "Your images are clipped to [0, 1] only: scale the perturbation as well.",
        lambda x_adv, x, eps: clip(x_adv),
    ),
    (
        "Your norm lacks the square root: it is the root of the sum of squares.",
        partial(project_l2, size=lambda d: length(d) ** 2),
    ),
    (
        "Your squared norm is compared with eps, to find what lies in the ball: compare the norm, or eps squared.",
        where_the_square_exceeds,
    ),
    (
        "Your norm is taken over the rows or the columns of an image: take it over all of its pixels.",
        partial(project_l2, size=partial(length, axis=1)),
    ),
    (
        "Your norm is taken over the rows or the columns of an image: take it over all of its pixels.",
        partial(project_l2, size=partial(length, axis=2)),
    ),
    (
        "Your norm is the root of the mean square: it is the root of the sum.",
        partial(project_l2, size=lambda d: length(d) / 28),
    ),
    (
        "Your norm is the sum of absolute values, the L1 norm: take the root of the sum of squares.",
        partial(project_l2, size=lambda d: 784 * mean_size(d)),
    ),
    (
        "Your answer equals the perturbation alone: add it to x.",
        lambda x_adv, x, eps: project_l2(x_adv, x, eps) - x,
    ),
]


def ascend_l2(*args: Any, direction: Callable[[Any], Any] = lambda g: g / length(g), **wrong: Any) -> Any:
    """`pgd_l2`, with whatever `climb` can get wrong."""
    return climb(*args, **{"direction": direction, "project": project_l2, **wrong})


PGD_L2: list[Mistake] = [
    (
        "Your guard against dividing by zero is so large that it shortens the steps: 1e-12 is enough.",
        partial(ascend_l2, direction=lambda g: g / tf.sqrt(length(g) ** 2 + 1e-4)),
    ),
    (
        "Your guard against dividing by zero is so large that it shortens the steps: 1e-12 is enough.",
        partial(ascend_l2, direction=lambda g: g / (length(g) + 1e-2)),
    ),
    (
        "Your steps follow the gradient's sign, as in L∞: divide the gradient by its norm instead.",
        partial(ascend_l2, direction=tf.sign),
    ),
    (
        "Your gradient is not normalised: divide it by its norm, so that every step is step_size long.",
        partial(ascend_l2, direction=tf.identity),
    ),
    (
        "Your gradient is divided by a norm over the whole batch: take the norm over the pixels of each image.",
        partial(ascend_l2, direction=lambda g: g / length(g, None)),
    ),
    (
        "Your gradient is divided by its mean absolute value, as momentum has it: divide it by its L2 norm.",
        partial(ascend_l2, direction=lambda g: g / mean_size(g)),
    ),
    # In the place of the loops' first one. Steps along the gradient are spread over all pixels: the L∞ ball of the same
    # eps holds none of them back.
    (
        "Your images leave the L2 ball: after every step apply project_l2, around the original x. Neither the clip to "
        "[0, 1] nor the L∞ ball, which bounds each pixel by itself, is enough.",
        partial(ascend_l2, project=lambda x_adv, x, eps: clip(x_adv)),
    ),
    *in_loops(ascend_l2, [TOO_MANY])[1:],
]

MISTAKES = {"project_l2": PROJECT_L2, "pgd_l2": PGD_L2}
