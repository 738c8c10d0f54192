"""Question 5 of week 4: what attacks leave of the accuracy, by transfer and white-box."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.differences import accuracies_differ
from course.draw import Draw, Floats, Integers
from course.known import listed
from course.stand_ins import Dimming, Negative

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q5"

Function = Callable[..., Any]  # one that the student wrote
COLUMNS = ("transfer", "undefended", "white_box")
ADVICE = "Compare with the docstring: on which network the images of each column are made, and which one reads them."


def read_by_some(undefended: Any, defended: Any, x: Floats) -> Integers:
    """Labels: a third are what one network reads, a third what the other reads, the rest neither's first choice."""
    choices = [np.argsort(np.asarray(model(x)), axis=-1) for model in (undefended, defended)]
    y = choices[0][:, -1].copy()
    y[1::3], y[2::3] = choices[1][1::3, -1], choices[1][2::3, -2]
    return y


def table_from(answer: Any, names: Mapping[str, Any]) -> Floats:
    """The numbers of a table, in the order of its sorted names, if it is one."""
    if not isinstance(answer, dict) or set(answer) != set(names):
        got = f"a dict with {', '.join(map(str, answer))}" if isinstance(answer, dict) else f"a {type(answer).__name__}"
        hint = "robustness_table returns a dict with one entry for each attack, under its name."
        raise checks.CheckFailed(f"Got {got}.", hint)
    numbers = []
    for attack in sorted(names):
        row = answer[attack]
        if not isinstance(row, dict) or set(row) != set(COLUMNS):
            hint = "Each entry is a dict with three accuracies: undefended, transfer and white_box."
            raise checks.CheckFailed(f"Got a {type(row).__name__} for {attack}.", hint)
        numbers += [checks.array_from(row[column], (), f"robustness_table, in {column},") for column in COLUMNS]
    return np.array(numbers)


def judge(robustness_table: Function, reference: Reference | None, expected: Any, *args: Any) -> None:
    attacks = args[-1]
    asked = Asked("robustness_table", args, accuracies_differ(len(args[2])), reference, advice=ADVICE)
    asked.expect(table_from(asked.answer_of(robustness_table), attacks), listed(expected))


def reads_by_hand(model: Any, x: Any) -> Integers:
    """What a network without hidden layers reads, in NumPy."""
    kernel, bias = model.get_weights()
    return (x.reshape(len(x), -1) @ kernel + bias).argmax(axis=1)


@test_case(name="Agrees with accuracies counted by hand, for networks without hidden layers", points=1)
def test_by_hand(robustness_table: Function, reference: Reference | None) -> None:
    checks.expect_defined(robustness_table, "robustness_table", "week04")
    draw = Draw(1)
    one, other, x = draw.linear_network(), draw.linear_network(), draw.images(30)
    y = read_by_some(one, other, x)
    attacks = {"weak": Dimming(size=0.5), "strong": Dimming(size=2.0)}
    expected = {}
    for attack, dim in attacks.items():
        by_one, by_other = (np.asarray(dim(maker, x, y)) for maker in (one, other))
        columns = {"undefended": (one, by_one), "transfer": (other, by_one), "white_box": (other, by_other)}
        expected[attack] = {
            column: float((reads_by_hand(reader, images) == y).mean()) for column, (reader, images) in columns.items()
        }
    judge(robustness_table, reference, expected, one, other, x, y, attacks)


@test_case(name="Returns a dict of dicts of shares in [0, 1], takes tensors", points=0.5)
def test_types(robustness_table: Function) -> None:
    checks.expect_defined(robustness_table, "robustness_table", "week04")
    draw = Draw(1)
    one, other, x = draw.linear_network(), draw.linear_network(), draw.images(8)
    y = read_by_some(one, other, x)
    attacks = {"negative": Negative()}
    answer = checks.call(robustness_table, one, other, tf.constant(x), tf.constant(y), attacks)
    numbers = table_from(answer, attacks)
    if numbers.min() < 0 or numbers.max() > 1:
        told = f"Got numbers from {numbers.min():g} to {numbers.max():g}."
        raise checks.CheckFailed(told, "Your numbers are percentages: return shares between 0 and 1.")
