"""What can be said of a random start, whatever generator drew it: its distribution, its range, what a seed changes.

The sentences hold no number, so that they may be shown for any case; those who keep known mistakes use them too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from course.checks import CheckFailed
from course.differences import ROUNDING, Floats
from course.draw import MANY

NOT_DRAWN = "Your start is x itself: it is drawn at random in the ball around x, and the first gradient is taken there."
TOO_FAR = "Your start is further than eps from x: draw between −eps and eps."
ONE_FOR_ALL = "Your start moves all images of the batch alike: draw for each image."
ONE_FOR_AN_IMAGE = "Your start moves all pixels of an image alike: draw for each pixel."
SHARED = "Pixels share their random numbers in your start: draw one for each pixel of each image, as many as x has."
CORNERS = "Your start lies in the ball's corners: draw uniformly between −eps and eps, not one of the two."
UPWARDS = "Your start only makes pixels brighter: draw between −eps and eps."
L2_BALL = (
    "The ball of your start is that of the L2 norm, which bounds an image's whole change (tf.clip_by_norm): here eps "
    "bounds each pixel's change."
)
NARROW = "Your start is drawn from a smaller ball: its pixels move by up to eps."
NOT_UNIFORM = "Your start is not drawn uniformly from [−eps, eps]: every change in there is equally likely."
OUTSIDE = "Your start leaves [0, 1]: project it too, before the first gradient."
NOT_PROJECTED = (
    "Your start is not the projection of x + u with u uniform in the whole ball: about half of the black pixels should "
    "stay exactly black, and half of the white ones white."
)
SEED_IGNORED = "Your seed changes nothing: all randomness follows from the seed, and another seed gives another start."
STEPPED = "Your start depends on the labels: no gradient is taken before it. Does the loop take one step too many?"
UNSEEDED = (
    "The same seed gave two different starts: make a new generator from the seed in every call, and draw everything "
    "from it."
)

IMAGES = MANY  # more than a batch that a student may cut them into, each with the same noise
_CHANCE = 1e-9  # of a uniform start being refused
# The share of distinct numbers in 20 images, to six digits as x + noise − x is rounded: 0.996 of 15,680 in a uniform
# start, as some fall together by chance; a tenth and less where rows or columns share them.
_DISTINCT, _OF_IMAGES = 0.9, 20
_OTHER = 0.1  # share of pixels that another seed must change: nearly 1, or a half where the start lies on the surface


def expect_uniform_start(start: Floats, x: Floats, eps: float) -> None:
    """Fail unless `start` is x plus noise uniform in [−eps, eps], of its own for each pixel; says what else it is.

    x has no pixel within eps of 0 or 1, so that nothing was clipped.
    """
    noise = ((start - x) / np.float32(eps)).reshape(len(x), -1).astype(np.float64)
    told = f"In units of eps, the pixels of your start moved by {noise.min():.2f} to {noise.max():.2f}; "
    told += f"their standard deviation is {noise.std():.2f}, for uniform noise it is 0.58."
    if np.abs(noise).max() < 10 * ROUNDING / eps:
        raise CheckFailed(told, NOT_DRAWN)
    if np.abs(noise).max() > 1 + 10 * ROUNDING / eps:
        raise CheckFailed(told, TOO_FAR)
    if len(x) > 1 and np.abs(noise - noise[0]).max() < 1e-3:
        raise CheckFailed(told, ONE_FOR_ALL)
    if np.abs(noise - noise[:, :1]).max() < 1e-3:
        raise CheckFailed(told, ONE_FOR_AN_IMAGE)
    if np.abs(noise).min() > 0.99:
        raise CheckFailed(told, CORNERS)
    if len(np.unique(np.abs(noise[:, :28]).round(3), axis=0)) < len(noise):
        raise CheckFailed("Some of the images have the same noise, or its negative.", SHARED)
    few = noise[:_OF_IMAGES]
    inner = few[np.abs(few) < 0.999]  # without those that were clipped, which are alike without being shared
    distinct = len(np.unique(inner.round(6))) / inner.size
    if distinct < _DISTINCT:
        raise CheckFailed(f"Only {distinct:.1%} of the changes in your start are different.", SHARED)
    if _distance_from_uniform(noise) > _far_from_uniform(noise.size):
        raise CheckFailed(told, _other_distribution(noise))


def is_uniform(start: Floats, x: Floats, eps: float) -> bool:
    """Whether `expect_uniform_start` finds nothing wrong."""
    try:
        expect_uniform_start(start, x, eps)
    except CheckFailed:
        return False
    return True


def _other_distribution(noise: npt.NDArray[np.float64]) -> str:
    """Which other distribution the `noise`, in units of eps, seems to come from."""
    lengths = np.linalg.norm(noise, axis=1)
    if np.abs(lengths - 1).max() < 1e-3:
        return L2_BALL
    if noise.min() > -1e-3:
        return UPWARDS
    reach = np.abs(noise).max()
    return NARROW if _distance_from_uniform(noise / reach) < _far_from_uniform(noise.size) else NOT_UNIFORM


def expect_projected_start(start: Floats, x: Floats, eps: float) -> None:
    """Fail unless `start` is in the ball and in [0, 1], and is what a uniform draw from the ball is projected to."""
    if start.min() < -ROUNDING or start.max() > 1 + ROUNDING:
        raise CheckFailed(f"Your start has pixels from {start.min():.3f} to {start.max():.3f}.", OUTSIDE)
    furthest = float(np.abs(start - x).max())
    if furthest > eps + 10 * ROUNDING:
        raise CheckFailed(f"eps is {eps:g}, the largest change is {furthest:.4f}.", TOO_FAR)
    for level in (0, 1):
        kept = np.mean(start[x == level] == level) if (x == level).any() else 0.5
        if not 0.4 < kept < 0.6:  # of a thousand pixels and more: six standard deviations
            raise CheckFailed(
                f"{kept:.0%} of the pixels that are {level} in x are {level} in your start.", NOT_PROJECTED
            )


def expect_same_start(start: Floats, again: Floats, with_other_labels: Floats) -> None:
    """Fail unless the `start` is the same `again`, from the same seed, and when the labels are others."""
    for other, sentence in ((again, UNSEEDED), (with_other_labels, STEPPED)):
        if (differ := np.abs(start - other) > ROUNDING).any():
            raise CheckFailed(f"{np.mean(differ):.0%} of the pixels differ.", sentence)


def expect_another_start(start: Floats, of_another_seed: Floats) -> None:
    """Fail unless two seeds give different starts."""
    if np.mean(np.abs(start - of_another_seed) > ROUNDING) < _OTHER:
        raise CheckFailed("Two seeds gave the same start, or nearly.", SEED_IGNORED)


def _distance_from_uniform(noise: npt.NDArray[np.float64]) -> float:
    """The distance of Kolmogorov and Smirnov between the numbers in `noise` and the uniform distribution in [−1, 1]."""
    shares = (np.arange(noise.size) + 0.5) / noise.size
    return float(np.abs((np.sort(noise, axis=None) + 1) / 2 - shares).max())


def _far_from_uniform(size: int) -> float:
    """The distance that so many uniform numbers exceed with probability `_CHANCE` at most (Massart, 1990)."""
    return float(np.sqrt(np.log(2 / _CHANCE) / (2 * size)))
