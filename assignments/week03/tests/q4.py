"""Question 4 of week 3: what a defence costs, and what it gains."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference, Tried
from course.differences import ROUNDING
from course.draw import Draw, Floats, Integers, margins
from course.known import listed
from course.portable import Mirrored
from course.transformations import five_dark_greys

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q4"

Function = Callable[..., Any]  # one that the student wrote
KEYS = ["attacked", "attacked_defended", "clean", "clean_defended"]
ADVICE = "Compare with the docstring: with and without the defence, on x and on x_adv, always against y."


def reports_differ(answer: Floats, expected: Floats) -> str:
    """How two reports differ, in the order of KEYS."""
    triples = zip(KEYS, answer, expected, strict=True)
    wrong = [f"{key} is {got:.3f}, expected {right:.3f}" for key, got, right in triples if abs(got - right) > ROUNDING]
    return f"{'; '.join(wrong)}." if wrong else ""


def numbers(answer: Any) -> Any:
    """The four accuracies of a report, in the order of KEYS; fails with advice if it is none."""
    if not isinstance(answer, dict):
        raise checks.CheckFailed(f"Got a {type(answer).__name__}.", "defence_report returns a dict.")
    if set(answer) != set(KEYS):
        hint = f"The keys of what defence_report returns must be exactly {', '.join(KEYS)}."
        raise checks.CheckFailed(f"Got the keys {', '.join(sorted(map(str, answer)))[:200] or '(none)'}.", hint)
    for key in KEYS:
        checks.to_array(answer[key], (), f"defence_report, for {key},")
    return [answer[key] for key in KEYS]


def ask(defend: Function, reference: Reference | None, *args: Any) -> Asked:
    """What is asked of defence_report, whose answer may be built on the student's own defend."""
    easy = Draw(1)
    probe = (easy.dense_network(), Mirrored(), easy.images(2))
    own = Earlier("defend", Tried(defend, 2), probe)
    return Asked("defence_report", args, reports_differ, reference, [own], ADVICE)


def labels_for_four_accuracies(*readings: Any) -> Integers:
    """Labels that agree with the four readings (n, 10) of n images about 4, 3, 2 and 1 times in 10."""
    read = [np.asarray(logits).argmax(axis=-1) for logits in readings]
    turn = [0, 1, 0, 2, 1, 0, 3, 2, 1, 0]
    return np.array([read[turn[i % 10]][i] for i in range(len(read[0]))])


def expected_report(model: Any, transform: Function, x: Floats, x_adv: Floats) -> tuple[Integers, dict[str, float]]:
    """Labels at which the four accuracies are different things, and the accuracies; no rounding decides either."""
    read = {
        "clean": np.asarray(model(x, training=False)),
        "clean_defended": np.asarray(model(transform(x), training=False)),
        "attacked": np.asarray(model(x_adv, training=False)),
        "attacked_defended": np.asarray(model(transform(x_adv), training=False)),
    }
    y = labels_for_four_accuracies(*read.values())
    unlikely = np.sum(list(read.values()), axis=0).argmin(
        axis=-1
    )  # wrong, whichever of two nearly equal logits is the larger
    y = np.where(margins(*read.values()) < 1e-3, unlikely, y)
    return y, {key: float(np.mean(logits.argmax(axis=-1) == y)) for key, logits in read.items()}


@test_case(name="Tells the four accuracies apart", points=1)
def test_by_hand(defence_report: Function, defend: Function, reference: Reference | None) -> None:
    checks.expect_defined(defence_report, "defence_report", "week03")
    draw = Draw(1)
    model, x, x_adv = draw.dense_network(), draw.images(30), draw.images(30)
    y, expected = expected_report(model, five_dark_greys, x, x_adv)
    asked = ask(defend, reference, model, five_dark_greys, x, y, x_adv)
    asked.expect(numbers(asked.answer_of(defence_report)), listed(expected))


@test_case(name="Returns a dict of four shares in [0, 1], the same for tensors", points=0.5)
def test_types(defence_report: Function, defend: Function, reference: Reference | None) -> None:
    checks.expect_defined(defence_report, "defence_report", "week03")
    draw = Draw(1)
    model, x, x_adv = draw.dense_network(), draw.images(), draw.images()
    y, _ = expected_report(model, Mirrored(), x, x_adv)
    tensors = [tf.constant(item) for item in (x, y, x_adv)]
    answer = ask(defend, reference, model, Mirrored(), *tensors).answer_of(defence_report)
    answer = numbers(answer)
    shares = checks.array_from(answer, (4,), "defence_report")
    if np.asarray(answer).dtype.kind != "f" or shares.min() < 0 or shares.max() > 1:
        told = f"Got {', '.join(f'{share:g}' for share in shares)}."
        raise checks.CheckFailed(told, "An accuracy is a share, a float between 0 and 1, not a percentage or a count.")
    of_arrays = ask(defend, reference, model, Mirrored(), x, y, x_adv).answer_of(defence_report)
    checks.expect_repeatable(answer, numbers(of_arrays), (4,), reports_differ, "defence_report")
