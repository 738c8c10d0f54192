"""Known mistakes of q6, confusion."""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import Mistake


def table(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The right table of q6."""
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (np.asarray(y_true), np.asarray(y_pred)), 1)
    return counts


def shares(counts: Any, axis: int | None) -> Any:
    """The table divided by its sums over `axis`."""
    return counts / np.maximum(counts.sum(axis=axis, keepdims=True), 1)


def occurring(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table of the classes that occur."""
    names, numbers = np.unique(np.concatenate([y_true, y_pred]), return_inverse=True)
    return table(numbers[: len(y_true)], numbers[len(y_true) :], len(names))


def once_each(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table as `counts[y_true, y_pred] += 1` makes it."""
    return np.minimum(table(y_true, y_pred, n_classes), 1)


def by_rank(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table of the classes' ranks among those that occur."""
    names = np.unique(np.concatenate([y_true, y_pred]))
    return table(np.searchsorted(names, y_true), np.searchsorted(names, y_pred), n_classes)


def coded_by_ten(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table of pairs that were written as 10 · true + predicted and read with n_classes."""
    pairs, places = 10 * np.asarray(y_true) + np.asarray(y_pred), n_classes**2
    return np.bincount(pairs[pairs < places], minlength=places).reshape(n_classes, n_classes)


def from_one(*args: Any) -> Any:
    """The table without class 0."""
    counts = table(*args)
    counts[0], counts[:, 0] = 0, 0
    return counts


def by_histogram(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table of `np.histogram2d`, whose bins reach from the smallest to the largest label."""
    return np.histogram2d(np.asarray(y_true), np.asarray(y_pred), bins=n_classes)[0]


CONFUSION: list[Mistake] = [
    (
        "Your bins reach from the smallest label that occurs to the largest, as those of a histogram without a range: "
        "row i and column i are those of class i.",
        by_histogram,
    ),
    (
        "Your classes are numbered by their rank among those that occur: class i has row i and column i, also when a "
        "smaller one doesn't occur.",
        by_rank,
    ),
    (
        "Your pairs of labels are told apart with a factor of 10: it must be n_classes.",
        coded_by_ten,
    ),
    ("Your row 0 and column 0 stay empty: classes count from 0.", from_one),
    (
        "Your table is transposed: rows are true labels, columns are predictions.",
        lambda *args: table(*args).T,
    ),
    ("Your rows are divided by their sums: return counts.", lambda *args: shares(table(*args), 1)),
    ("Your columns are divided by their sums: return counts.", lambda *args: shares(table(*args), 0)),
    ("Your table is divided by the number of images: return counts.", lambda *args: shares(table(*args), None)),
    (
        "Your table counts every pair once, however often it occurs: counts[y_true, y_pred] += 1 adds 1 to each entry "
        "it names, no matter how often. np.add.at adds as often as it is named.",
        once_each,
    ),
    (
        "Your counts are taken modulo 256: an array of uint8 holds no larger number.",
        lambda *args: table(*args) % 256,
    ),
    (
        "Your table leaves out classes that don't occur: it always has n_classes rows and n_classes columns.",
        occurring,
    ),
    (
        "Your table counts mistakes only: right predictions belong on the diagonal.",
        lambda *args: table(*args) * (1 - np.eye(args[2])),
    ),
    (
        "Your table counts right predictions only: the mistakes belong beside the diagonal.",
        lambda *args: table(*args) * np.eye(args[2]),
    ),
]

MISTAKES = {"confusion": CONFUSION}
