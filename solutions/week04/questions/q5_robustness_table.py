# ruff: noqa: D103 - the name of a case says what it is
"""Question 5 of week 4: what attacks leave of the accuracy, by transfer and white-box."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.by_hand import ByHand
from course.differences import accuracies_differ
from course.draw import MANY, Draw, Floats, Integers, margins
from course.known import listed
from course.stand_ins import Dimming, Negative

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q5"

Function = Callable[..., Any]  # one that the student wrote
COLUMNS = ("transfer", "undefended", "white_box")
ADVICE = "Compare with the docstring: on which network the images of each column are made, and which one reads them."


NO_SHARES = "Your numbers are percentages or counts: return shares between 0 and 1."
COLUMNS_OUTSIDE = (
    "Your table is nested the other way round: it holds a row for each attack, and in it the three accuracies."
)


def read_by_some(undefended: Any, defended: Any, x: Floats) -> Integers:
    """Labels: a third are what one network reads, a third what the other reads, the rest neither's first choice."""
    choices = [np.argsort(np.asarray(model(x)), axis=-1) for model in (undefended, defended)]
    y = choices[0][:, -1].copy()
    y[1::3], y[2::3] = choices[1][1::3, -1], choices[1][2::3, -2]
    return y


def clear_images(draw: Draw, n: int, one: Any, other: Any, attacks: Mapping[str, Any]) -> tuple[Floats, Integers]:
    """`n` images with labels, of twice as many those that both networks read most clearly, attacked or not."""
    x = draw.images(2 * n)
    y = read_by_some(one, other, x)
    attacked = [attack(model, x, y) for attack in attacks.values() for model in (one, other)]
    sure = margins(*(model(images) for images in (x, *attacked) for model in (one, other)))
    chosen = np.sort(np.argsort(sure)[-n:])
    return x[chosen], y[chosen]


def table_from(answer: Any, names: Mapping[str, Any]) -> Floats:
    """The numbers of a table, in the order of its sorted names, if it is one."""
    if isinstance(answer, dict) and set(answer) == set(COLUMNS):
        raise checks.CheckFailed(f"Got a dict with {', '.join(answer)}.", COLUMNS_OUTSIDE)
    if not isinstance(answer, dict) or set(answer) != set(names):
        got = f"a dict with {', '.join(map(str, answer))}" if isinstance(answer, dict) else f"a {type(answer).__name__}"
        hint = "robustness_table returns a dict with one entry for each attack, under its name."
        raise checks.CheckFailed(f"Got {got}.", hint)
    numbers = []
    for attack in sorted(names):
        row = answer[attack]
        if not isinstance(row, dict) or set(row) != set(COLUMNS):
            hint = "Each entry is a dict with three accuracies: undefended, transfer and white_box."
            got = f"a dict with {', '.join(map(str, row))}" if isinstance(row, dict) else f"a {type(row).__name__}"
            raise checks.CheckFailed(f"Got {got} for {attack}.", hint)
        numbers += [checks.array_from(row[column], (), f"robustness_table, in {column},") for column in COLUMNS]
    if max(numbers) > 1 + 1e-6:
        raise checks.CheckFailed(f"Got numbers up to {max(numbers):g}.", NO_SHARES)
    return np.array(numbers)


def judge(robustness_table: Function, reference: Reference | None, expected: Any, *args: Any) -> None:
    attacks = args[-1]
    asked = Asked("robustness_table", args, accuracies_differ(len(args[2])), reference, advice=ADVICE)
    asked.expect(table_from(asked.answer_of(robustness_table), attacks), listed(expected))


@test_case(name="Agrees with accuracies counted by hand, for networks without hidden layers", points=1)
def test_by_hand(robustness_table: Function, reference: Reference | None) -> None:
    checks.expect_defined(robustness_table, "robustness_table", "week04")
    draw = Draw(1)
    one, other = draw.linear_network(), draw.linear_network()
    sizes = {"weak": 0.5, "strong": 2.0}
    attacks = {name: Dimming(size=size) for name, size in sizes.items()}
    x, y = clear_images(draw, 30, one, other, attacks)
    hands = [ByHand(model) for model in (one, other)]
    expected = {}
    for name, size in sizes.items():
        by_one, by_other = (hand.dimmed(x, y, size) for hand in hands)
        columns = {"undefended": (hands[0], by_one), "transfer": (hands[1], by_one), "white_box": (hands[1], by_other)}
        expected[name] = {
            column: float((hand.logits(images).argmax(axis=1) == y).mean())
            for column, (hand, images) in columns.items()
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
    if table_from(answer, attacks).min() < 0:
        raise checks.CheckFailed("Got numbers below 0.", "Accuracies are shares: return numbers between 0 and 1.")


@test_case(name="Is right for fresh networks", points=1, hidden=True, failure_message=ADVICE)
def test_fresh(robustness_table: Function, reference: Reference, draw: Draw) -> None:
    one, other = draw.dense_network(), draw.convolutional_network()
    attacks = {"dimming": Dimming(size=draw.number(0.6, 0.9)), "strong": Dimming(size=2.0)}
    x, y = clear_images(draw, MANY, one, other, attacks)
    args = (one, other, x, y, attacks)
    expected = reference.answer("robustness_table", *args)
    judge(robustness_table, reference, expected, *args)


@test_case(name="Works on seven images and on one", points=0.5, hidden=True, failure_message=ADVICE)
def test_edges(robustness_table: Function, reference: Reference, draw: Draw) -> None:
    pair = (draw.linear_network(), draw.dense_network())
    hesitant, sure = draw.linear_network(spread=1.0), draw.linear_network()
    sure.set_weights([12 * weight for weight in hesitant.get_weights()])
    strong = {"strong": Dimming(size=2.0)}
    for (one, other), n, attacks in (
        (pair, 7, strong),
        (pair, 1, {"negative": Negative(), "dimming": Dimming(size=0.5)}),
        ((sure, hesitant), 7, strong),  # the hesitant network reads its own images better than the sure one's
    ):
        x, y = clear_images(draw, n, one, other, attacks)
        args = (one, other, x, y.astype(np.int32), attacks)
        expected = reference.answer("robustness_table", *args)
        judge(robustness_table, reference, expected, *args)
