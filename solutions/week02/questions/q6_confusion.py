# ruff: noqa: D103 - the name of a case says what it is
"""Question 6 of week 2: which class is taken for which."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.differences import ROUNDING, Floats
from course.draw import Draw

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q6"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: counts, rows are true labels, columns are predictions."
LEFT_OUT = "Your table leaves out classes that don't occur: it always has n_classes rows and n_classes columns."
CUT_OFF = "Your table ends with the largest label that occurs: it always has n_classes rows and n_classes columns."
SIZE = "Your table has another size: it has n_classes rows and n_classes columns, whatever the labels are."


def counts_differ(answer: Floats, expected: Floats) -> str:
    """How two tables of counts differ; "" if they don't."""
    wrong = np.argwhere(np.abs(answer - expected) > ROUNDING)
    if not len(wrong):
        return ""
    row, column = wrong[0]
    told = f"Row {row}, column {column} holds {answer[row, column]:g}, it should hold {expected[row, column]:g}."
    return f"{told} {len(wrong)} of {answer.size} entries differ."


def expect_table(confusion: Function, reference: Reference | None, expected: Any, *args: Any) -> None:
    """Fail unless confusion(*args) is the table that is expected."""
    asked = Asked("confusion", args, counts_differ, reference, advice=ADVICE)
    answer = asked.answer_of(confusion)
    try:
        asked.expect(answer, expected)
    except checks.CheckFailed as failed:
        found = np.shape(answer) if isinstance(answer, (np.ndarray, tf.Tensor)) else ()
        if len(found) == 2 and found != np.shape(expected):
            labels = np.unique(np.concatenate([args[0], args[1]]))
            sizes = {len(labels): LEFT_OUT, int(labels[-1]) + 1: CUT_OFF}
            raise checks.CheckFailed(f"Got shape {found}.", sizes.get(found[0], SIZE)) from failed
        raise


@test_case(name="Agrees with a table that was counted by hand", points=0.5)
def test_by_hand(confusion: Function, reference: Reference | None) -> None:
    checks.expect_defined(confusion, "confusion", "week02")
    y_true = np.array([0, 0, 0, 0, 1, 2, 2, 2, 4])
    y_pred = np.array([0, 0, 0, 2, 1, 0, 0, 4, 4])
    expected = [
        [3, 0, 1, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [2, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0],  # the last class doesn't occur
    ]
    expect_table(confusion, reference, expected, y_true, y_pred, 6)


@test_case(name="Counts every image once, for tensors too", points=0.5)
def test_types(confusion: Function, reference: Reference | None) -> None:
    checks.expect_defined(confusion, "confusion", "week02")
    draw = Draw(1)
    y_true, y_pred = draw.labels(200), draw.labels(200)
    answer = checks.call(confusion, tf.constant(y_true, tf.int32), tf.constant(y_pred, tf.int32), 10)
    table = checks.array_from(answer, (10, 10), "confusion")
    have, counted = np.bincount(y_true, minlength=10), table.sum(axis=1)
    if (counted != have).any():
        label = int(np.argmax(counted != have))
        told = f"{have[label]} of the 200 images have the label {label}, your row {label} counts {counted[label]:g}."
        raise checks.CheckFailed(told, "The sum of a row must be the number of images with that label.")


@test_case(name="Is right for fresh labels", points=0.5, hidden=True, failure_message=ADVICE)
def test_fresh(confusion: Function, reference: Reference, draw: Draw) -> None:
    y_true = draw.labels(5000)  # so many that a count is larger than a byte holds
    y_pred = np.where(draw.labels(5000) < 6, y_true, draw.labels(5000))
    expected = reference.answer("confusion", y_true, y_pred, 10)
    expect_table(confusion, reference, expected, y_true, y_pred, 10)
    expect_table(confusion, reference, tf.math.confusion_matrix(y_true, y_pred, 10).numpy(), y_true, y_pred, 10)
    y = np.repeat(draw.labels(1), 4099)  # half precision knows 4,098 and 4,100
    expect_table(confusion, reference, reference.answer("confusion", y, y, 10), y, y, 10)


@test_case(
    name="Works for one image, for more classes than occur, and for other integers",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(confusion: Function, reference: Reference, draw: Draw) -> None:
    y_true, y_pred = ((draw.labels(7) % 9).astype(kind) for kind in (np.int32, np.int64))  # so that no cut has size 10
    # With 40 classes the number of an entry, 40 · row + column, is larger than a byte holds.
    for n, classes, apart in ((7, 12, 1), (1, 10, 1), (7, 40, 4)):
        args = (tf.constant(apart * y_true[:n]), tf.constant(apart * y_pred[:n]), classes)
        expect_table(confusion, reference, reference.answer("confusion", *args), *args)
