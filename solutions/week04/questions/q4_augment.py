# ruff: noqa: D103 - the name of a case says what it is
"""Question 4 of week 4: the data and its adversarial copy."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Reference
from course.draw import Draw, Floats, Integers
from course.stand_ins import Dimming

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q4"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: which images occur, how often, with which labels, in which order."
TWO = "augment returns two arrays, x_all and y_all."
SWAPPED = "augment returns the images first, then their labels."
NO_COPY = "Your x_all holds the attacked images alone: it holds the clean ones as well."
NO_ATTACK = "Your x_all holds the clean images twice: one copy is attacked."
HALF = "Your x_all has n images: each one occurs twice, as it is and attacked, so there are 2n."
FEWER = (
    "Your x_all has fewer than 2n images: each one occurs twice, even one that the attack leaves as it is; is a short "
    "last batch left out?"
)
OTHER_IMAGES = "Your x_all does not hold each image once as it is and once as attack(model, x, y) gives it."
LEAKED = "Your attack was given other labels: give it the true ones, y."
CLIPPED = "Your attacked images are clipped: take them as the attack gives them."
APART = "Your images and labels are shuffled apart: an image must keep its label."
REPEATED = (
    "Your labels are repeated one by one, as np.repeat does: the attacked images come after all the clean ones, and so "
    "do their labels (np.concatenate)."
)
OTHER_LABELS = "Your attacked images have other labels: an attacked image keeps its true label."
NO_LABELS = "Your y_all must hold integer labels, one for each image."
ONE_HOT = "Your y_all is one-hot: return the labels themselves, integers, shape (2n,)."
UNSHUFFLED = "Your clean and attacked images are not shuffled together: draw one order for all 2n of them."
OTHER_RUN = checks.two_answers("augment", seeded=True)
SAME_FOR_ALL = "Your order does not depend on the seed."


def pair_from(answer: Any, n: int) -> tuple[Floats, Integers]:
    """The images and labels that were returned, if they are 2n of each."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise checks.CheckFailed(f"Got a {type(answer).__name__}.", TWO)
    if np.ndim(images_in(answer[0])) == 1 and np.ndim(images_in(answer[1])) == 4:
        raise checks.CheckFailed("Got labels, then images.", SWAPPED)
    count = np.size(images_in(answer[0])) / (28 * 28)
    if 0 < count < 2 * n:
        raise checks.CheckFailed(f"Got {int(count)} images.", HALF if count == n else FEWER)
    x_all = checks.array_from(answer[0], (2 * n, 28, 28, 1), "augment, in x_all,")
    checks.expect_float32(answer[0], "augment, in x_all,")
    if np.shape(images_in(answer[1])) == (2 * n, 10):
        raise checks.CheckFailed(f"Got labels of shape {(2 * n, 10)}.", ONE_HOT)
    y_all = checks.array_from(answer[1], (2 * n,), "augment, in y_all,")
    if np.asarray(answer[1]).dtype.kind not in "iu":
        raise checks.CheckFailed(f"Got labels of type {np.asarray(answer[1]).dtype}.", NO_LABELS)
    return x_all, y_all.astype(np.int64)


def images_in(answer: Any) -> Any:
    """The answer, where its size can be asked for."""
    return answer if isinstance(answer, np.ndarray) or tf.is_tensor(answer) else ()


def places(x_all: Floats, known: Floats) -> Integers | None:
    """Which of the `known` images each image is; None unless each occurs once."""
    distances = np.abs(x_all[:, None] - known[None]).max(axis=(2, 3, 4))
    found = distances.argmin(axis=1)
    fits = distances.min(axis=1).max() < 1e-5 and len(set(found.tolist())) == len(known)
    return found if fits else None


def what_else(x_all: Floats, model: Any, x: Floats, attacked: Floats, attack: Any) -> str:
    """Which other images these are than x and the `attacked` ones."""
    for images, hint in ((x, NO_ATTACK), (attacked, NO_COPY)):
        if np.abs(x_all[:, None] - images[None]).max(axis=(2, 3, 4)).min(axis=1).max() < 1e-5:
            return hint
    leaked = np.asarray(attack(model, x, np.asarray(model(x)).argmax(axis=1)))
    for images, hint in ((leaked, LEAKED), (np.clip(attacked, 0, 1), CLIPPED)):
        if places(x_all, np.concatenate([x, images])) is not None:
            return hint
    return OTHER_IMAGES


def order_from(answer: Any, model: Any, x: Floats, y: Any, attack: Any) -> Integers:
    """The order of the 2n images, the clean ones numbered from 0 and the attacked ones from n; fails with a reason."""
    n = len(x)
    x_all, y_all = pair_from(answer, n)
    attacked = np.asarray(attack(model, x, y))
    order = places(x_all, np.concatenate([x, attacked]))
    if order is None:
        raise checks.CheckFailed("The images are not those expected.", what_else(x_all, model, x, attacked, attack))
    right = y_all == y[order % n]
    if not right.all():
        told = f"{np.mean(~right):.0%} of the images have a label that is not theirs."
        repeated = np.array_equal(y_all, np.repeat(y, 2)[order])
        raise checks.CheckFailed(told, REPEATED if repeated else OTHER_LABELS if right[order < n].all() else APART)
    return order


def expect_shuffled(orders: Sequence[Integers], n: int) -> None:
    """Fail unless the first two orders, of one seed, are the same, the third is another, and all are shuffled."""
    first, again, other = orders
    attacked = first >= n
    halves = attacked[:n].all() or not attacked[:n].any()
    in_pairs = (first[::2] % n == first[1::2] % n).all()
    if halves or in_pairs:
        raise checks.CheckFailed("Clean and attacked images are not mixed at random.", UNSHUFFLED)
    if not np.array_equal(first, again):
        raise checks.CheckFailed("Two calls with the same seed give different orders.", OTHER_RUN)
    if np.array_equal(first, other):
        raise checks.CheckFailed("Two calls with different seeds give the same order.", SAME_FOR_ALL)


@test_case(name="Holds every image twice, as it is and attacked, with its label; takes tensors", points=1)
def test_contents(augment: Function) -> None:
    checks.expect_defined(augment, "augment", "week04")
    draw = Draw(1)
    model, x, y, attack = draw.linear_network(), draw.images(12), draw.labels(12), Dimming(size=0.8)
    order_from(checks.call(augment, model, x, y, attack, 1), model, x, y, attack)
    order_from(checks.call(augment, model, tf.constant(x), tf.constant(y), attack, 1), model, x, y, attack)


@test_case(name="Is shuffled, in an order that follows from the seed alone", points=0.5)
def test_order(augment: Function) -> None:
    checks.expect_defined(augment, "augment", "week04")
    draw = Draw(2)
    model, x, y, attack = draw.linear_network(), draw.images(12), draw.labels(12), Dimming(size=0.8)
    # 0 is a seed too.
    orders = [order_from(checks.call(augment, model, x, y, attack, s), model, x, y, attack) for s in (0, 0, 6)]
    expect_shuffled(orders, 12)


@test_case(name="Is right for a fresh network, and for one image", points=0.5, hidden=True, failure_message=ADVICE)
def test_fresh(augment: Function, reference: Reference, draw: Draw) -> None:
    # Of 2 · 16 images a random order keeps both halves apart once in 300 million times. The attack makes pixels
    # brighter, beyond 1, instead of darker.
    model, x, y, attack = draw.dense_network(), draw.images(16), draw.labels(16), Dimming(size=draw.number(-0.9, -0.5))
    seed = round(draw.number(10, 1000))
    orders = [order_from(checks.call(augment, model, x, y, attack, s), model, x, y, attack) for s in (seed, seed, 0)]
    expect_shuffled(orders, 16)
    x[3] = 0  # an image that the attack leaves as it is occurs twice all the same
    pair_from(checks.call(augment, model, x, y, attack, seed), 16)
    one, label = draw.images(1), draw.labels(1).astype(np.int32)
    order_from(checks.call(augment, model, one, label, attack, seed), model, one, label, attack)
