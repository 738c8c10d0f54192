# ruff: noqa: D103 - the name of a case says what it is
"""Question 1 of week 4: the loss of adversarial training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.batches import Witness
from course.by_hand import ByHand
from course.differences import losses_differ
from course.draw import Draw, unlikely_labels
from course.normalising import normalising_network
from course.stand_ins import Dimming, Negative, Trail, TrailedNetwork, Watched

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q1"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = "Compare with the docstring: which mean is weighted with mix, and how the network is called."
TWICE = "Your adversarial_loss calls the attack more than once: call it once and keep its images."
PLAIN = (
    "Your adversarial_loss returns a plain number, through which no gradient flows back to the weights: return the "
    "scalar that TensorFlow computed, without float() or .numpy()."
)
NEVER = "Your adversarial_loss never calls the attack."
GIVEN = "Give the attack the images and the labels as they are, all at once: attack(model, x, y)."
ORDER = (
    "Your attacked images run through the network before the clean ones: let the clean ones go first. The order shows "
    "in the moving averages of batch normalisation."
)
PASSES = (
    "Your adversarial_loss must run the network in training mode exactly twice, on the clean images and on the "
    "attacked ones: each run moves the averages of batch normalisation."
)


def ask(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of adversarial_loss."""
    return Asked("adversarial_loss", args, losses_differ, reference, advice=ADVICE)


@test_case(name="Agrees with a loss worked out by hand, for a network without hidden layers", points=1.5)
def test_by_hand(adversarial_loss: Function, reference: Reference | None) -> None:
    checks.expect_defined(adversarial_loss, "adversarial_loss", "week04")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    hand = ByHand(model)
    expected = hand.step([(0.7, x), (0.3, hand.dimmed(x, y, size=0.8))], y)
    ask(reference, model, x, y, Dimming(size=0.8), 0.3).expect_from(adversarial_loss, expected)


@test_case(name="Takes tensors, returns one scalar, calls the attack once, on the images with their labels", points=0.5)
def test_calls(adversarial_loss: Function, reference: Reference | None) -> None:
    checks.expect_defined(adversarial_loss, "adversarial_loss", "week04")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    witness = Witness()
    watched = Watched(attack=Negative(), seen=witness)
    answer = checks.call(adversarial_loss, model, tf.constant(x), tf.constant(y), watched, 0.3)
    checks.array_from(answer, (), "adversarial_loss")
    # What comes to the grader as an array was a tensor.
    if isinstance(answer, (float, np.generic)) or (reference is None and isinstance(answer, np.ndarray)):
        raise checks.CheckFailed(f"Got a {type(answer).__name__}.", PLAIN)
    if len(witness.seen) != 1:
        raise checks.CheckFailed(f"The attack was called {len(witness.seen)} times.", TWICE if witness.seen else NEVER)
    images, labels = witness.seen[0]
    if images.shape != x.shape or not np.allclose(images, x, atol=1e-6):
        raise checks.CheckFailed("The attack was given other images.", GIVEN)
    if labels.shape != y.shape or not np.array_equal(labels, y):
        raise checks.CheckFailed("The attack was given other labels.", GIVEN)


@test_case(
    name="Is right for fresh networks, sure or not, and lets no gradient through the attack",
    points=1,
    hidden=True,
    failure_message=ADVICE,
)
def test_fresh(adversarial_loss: Function, reference: Reference, draw: Draw) -> None:
    model, x, y, mix = draw.dense_network(), draw.images(7), draw.labels(7), draw.number(0.6, 0.9)
    trailed = (TrailedNetwork(model=model), x, y, Trail(), mix)
    expected = reference.answer("adversarial_loss", *trailed)
    ask(reference, *trailed).expect_from(adversarial_loss, expected)
    sure = draw.dense_network(spread=12)
    args = (sure, x, unlikely_labels(sure, x), Dimming(size=draw.number(0.2, 0.4)), mix)
    for _ in range(2):
        expected = reference.answer("adversarial_loss", *args)
        ask(reference, *args).expect_from(adversarial_loss, expected)
        sure.set_weights([weight / 2 for weight in sure.get_weights()])  # a step later: its attacked images are others


@test_case(
    name="Runs the network in training mode, but not for the attack, clean images first; works on one image, with mix "
    "0 and 1",
    points=1,
    hidden=True,
    failure_message=ADVICE,
)
def test_training_mode(adversarial_loss: Function, reference: Reference, draw: Draw) -> None:
    model, x, y = normalising_network(draw, 0.5, (0.6, 0.1, 0.2, 0.4)), draw.images(7) ** 2, draw.labels(7)
    before = model.get_weights()
    means = [float(np.mean(images)) for images in (x, 1 - x)]
    right, swapped = (before[2][0] / 4 + first / 4 + second / 2 for first, second in (means, means[::-1]))
    for mix in (draw.number(0.3, 0.7), 0, 1):  # both passes are made even if one of them has no weight
        kept = checks.Restoring(adversarial_loss)
        args = (model, x, y, Negative(), mix)
        expected = reference.answer("adversarial_loss", *args)
        model.set_weights(before)
        ask(reference, *args).expect_from(kept, expected)
        mean = float(kept.left[2][0])
        if abs(mean - right) > 1e-4:
            raise checks.CheckFailed("The moving averages differ.", ORDER if abs(mean - swapped) <= 1e-4 else PASSES)
    for _ in range(2):  # the loss is one number: once in some hundred networks a wrong one agrees by chance
        still = normalising_network(draw, 1.0, (0.6, 0.1, 0.2, 0.4))  # its moving averages stay: so order means nothing
        attacked = (still, x, draw.labels(7), Dimming(size=0.8), 0.5)
        expected = reference.answer("adversarial_loss", *attacked)
        ask(reference, *attacked).expect_from(adversarial_loss, expected)
    one = (draw.dense_network(), draw.images(1), draw.labels(1).astype(np.int32), Dimming(size=0.5))
    for mix in (0, 1, 1.0):
        expected = reference.answer("adversarial_loss", *one, mix)
        ask(reference, *one, mix).expect_from(adversarial_loss, expected)
