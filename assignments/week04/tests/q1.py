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
from course.draw import Draw
from course.stand_ins import Dimming, Negative, Watched

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
