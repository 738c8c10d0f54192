"""What can be said of a random start, whatever generator drew it: its distribution, its range, what a seed changes.

The sentences hold no number, so that they may be shown for any case; those who keep known mistakes use them too.
"""

from __future__ import annotations

import numpy as np

from course.checks import CheckFailed
from course.differences import ROUNDING, Floats

NOT_DRAWN = "Your start is x itself: it is drawn at random in the ball around x, and the first gradient is taken there."
TOO_FAR = "Your start is further than eps from x: draw between −eps and eps."
SHARED = "Pixels share their random numbers in your start: draw one for each pixel of each image, as many as x has."
NOT_UNIFORM = (
    "Your start is not uniform between −eps and eps: is it drawn from a uniform distribution, not a normal one or mere "
    "signs, and does it reach from −eps to eps, downwards as well as upwards?"
)
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

# 20 images have 15,680 pixels. Then the distance of Kolmogorov and Smirnov from the uniform distribution exceeds 0.03
# by chance once in 10^12 draws; for normal noise, signs and half a range it is 0.1 and more.
IMAGES = 20
_FAR_FROM_UNIFORM = 0.03
# The share of distinct numbers: 0.999, as float32 has millions in the ball; 1/28 and less where rows, columns or images
# share them, and 0.8 where the last four of the images share them with the first.
_DISTINCT = 0.9
_OTHER = 0.1  # share of pixels that another seed must change: nearly 1, or a half where the start lies on the surface
_ON_THE_SURFACE = 0.25  # share of pixels that were moved by eps, which is 0 for uniform noise


def expect_uniform_start(start: Floats, level: float, eps: float) -> None:
    """Fail unless `start` is even grey, `level`, plus uniform noise from −eps to eps; both must lie in [0, 1].

    `start` is the answer to `IMAGES` images, looked at by `checks.array_from` before.
    """
    noise = (start.ravel() - np.float32(level)) / eps
    told = f"Your start minus x, divided by eps, lies from {noise.min():.2f} to {noise.max():.2f}."
    if np.abs(noise).max() < 10 * ROUNDING / eps:
        raise CheckFailed(told, NOT_DRAWN)
    if np.abs(noise).max() > 1 + 10 * ROUNDING / eps:
        raise CheckFailed(told, TOO_FAR)
    told = f"Your start minus x, divided by eps, has mean {noise.mean():.2f} and standard deviation {noise.std():.2f}."
    told += " For uniform noise these are 0.00 and 0.58."
    if np.mean(np.abs(noise) > 0.999) > _ON_THE_SURFACE:
        raise CheckFailed(told, NOT_UNIFORM)
    distinct = len(np.unique(noise)) / noise.size
    if distinct < _DISTINCT:
        raise CheckFailed(f"Only {distinct:.1%} of the numbers in your start are different.", SHARED)
    if _distance_from_uniform(noise) > _FAR_FROM_UNIFORM:
        raise CheckFailed(told, NOT_UNIFORM)


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


def _distance_from_uniform(noise: Floats) -> float:
    """The distance of Kolmogorov and Smirnov between the numbers in `noise` and the uniform distribution in [−1, 1]."""
    shares = (np.arange(noise.size) + 0.5) / noise.size
    return float(np.abs((np.sort(noise) + 1) / 2 - shares).max())
