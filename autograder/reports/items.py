"""How well a question tells those who can from those who can't yet: classical item analysis."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

FEWEST = 20
"""With fewer submissions a correlation says next to nothing."""

LOW = 0.2
"""Below it a question is called poor: Ebel and Frisbie 1991, Essentials of Educational Measurement, chapter 13."""

NORMAL_95 = 1.96
"""95 of 100 draws of a normal distribution are less standard deviations than this from its mean."""


def discrimination(points: Sequence[float], totals: Sequence[float]) -> float | None:
    """The corrected item-total correlation of a question, -1 to 1.

    `points` are those that each submission got on the question, `totals` those of the whole week. With the rest
    r_i = totals_i - points_i, so that the question is not compared with itself, it is Pearson's correlation

        Σ (points_i - mean(points)) (r_i - mean(r)) / sqrt(Σ (points_i - mean(points))² · Σ (r_i - mean(r))²)

    which for a question that is right or wrong is the (corrected) point-biserial correlation. None for fewer than
    `FEWEST` submissions, or when all got the same on the question or on the rest.
    Source: Henrysson 1963, Correction of item-total correlations in item analysis, Psychometrika 28, 211-218.
    """
    rest = [round(total - own, 9) for total, own in zip(totals, points, strict=True)]
    if len(points) < FEWEST or len(set(points)) == 1 or len(set(rest)) == 1:
        return None
    return statistics.correlation(points, rest)


def chance(count: int) -> float:
    """How far from 0 the correlation of two unrelated quantities may lie by chance, in 95 of 100 classes of `count`.

    By Fisher's transformation, whose standard deviation is 1 / sqrt(count - 3): tanh(1.96 / sqrt(count - 3)).
    """
    return math.tanh(NORMAL_95 / math.sqrt(count - 3))


def is_low(correlation: float, count: int) -> bool:
    """Whether a `correlation` over `count` submissions is below `LOW` by more than chance explains.

    That is, whether the upper end of its 95 % interval is, by Fisher's transformation as in `chance`.
    """
    z = math.atanh(max(-0.999999, min(0.999999, correlation)))
    return math.tanh(z + NORMAL_95 / math.sqrt(count - 3)) < LOW
