# ruff: noqa: D103 - the name of a case says what it is
"""Question 3 of week 4: the training loop."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference
from course.batches import SAME_FOR_ALL, STALE, Batches, Witness, batches_of, expect_shuffled
from course.draw import Draw, Floats, Integers
from course.fit_by_hand import FitByHand, mean_losses
from course.histories import histories_differ, history_from
from course.known import listed
from course.normalising import normalising_network
from course.own_step import RATE, OwnStep, same_weights
from course.stand_ins import Dimming, Negative, Watched

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q3"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = (
    "Compare with the docstring: the loss is the mean over all images of what they were trained with, the accuracy "
    "that on the clean images once the epoch is over."
)
NOT_MOVED = "Your adversarial_fit leaves the model as it was: train the one that is given, in place."
KEPT_OTHERS = "The history is right, the weights that are left in the model are others."
NOT_KEPT = "Your adversarial_fit puts other weights into the model: leave those of the last update, not the best ones."
APART = "Your images and labels are shuffled apart: an image must keep its label."
MEAN_OF_MEANS = "Your loss is the mean of the batches' losses: a short batch counts by its images, which are fewer."
LAST_BATCH = "Your loss is that of the epoch's last batch: take the mean over all its images."
MANY = 40  # images, of which one may be read as another on another machine
UNDER_ATTACK = "Your accuracy is that on attacked images: measure it on the clean ones."
TOO_EARLY = "Your accuracy is measured while updates are still to come: measure it on all of x once the epoch is over."
NOT_RESET = "Your loss is the mean of all epochs so far, as that of a metric that is not reset: start each epoch anew."
ADDED_UP = "Your losses add up from epoch to epoch: start each epoch anew, from 0."
LATE = "Your loss is measured after the weights have moved: it is the mean of what the images were trained with."
LAST_ACCURACY = "Your accuracy is that of the epoch's last batch: measure it on all of x."


def judge(
    fit: Function, own: OwnStep, reference: Reference | None, expected: Any, *args: Any, left: list[Any] | None = None
) -> None:
    """Judge a history of training with all images in one batch, in which their order means nothing.

    `left` are the weights that it must leave in the model, where they are known.
    """
    model, optimizer, x, y, attack, mix, epochs, _batch_size, _seed = args
    differ = histories_differ(len(x))
    asked = Asked("adversarial_fit", args, differ, reference, [] if reference else [own.earlier], ADVICE)
    fitted = checks.Restoring(fit)
    history = history_from(asked.answer_of(fitted), epochs, "adversarial_fit")
    batches = [[np.arange(len(x))]] * epochs
    told = differ(history, listed(expected))
    if not told:
        expect_moved(fitted, own, mix)
        if not leaves_others(fitted, model, left):
            return
    if follows(reference, history, fitted.left, own, batches, model, optimizer, x, y, attack, mix):
        return
    asked.expect(history, listed(expected))
    raise checks.CheckFailed(KEPT_OTHERS, NOT_KEPT)


def expect_moved(fitted: checks.Restoring, own: OwnStep, mix: float = 0.5) -> None:
    if not fitted.moved and own.moves(mix):
        raise checks.CheckFailed("The weights are what they were.", NOT_MOVED)


def leaves_others(fitted: checks.Restoring, model: Any, expected: list[Any] | None) -> bool:
    """Whether a fit has left other weights in the model than those that are `expected`."""
    return expected is not None and fitted.moved and not same_weights(model.get_weights(), fitted.left, expected)


def follows(
    reference: Reference | None, history: Floats, left: list[Any], own: OwnStep, batches: Batches, *args: Any
) -> bool:
    """Whether history and weights are what the student's own train_step gives with these batches.

    Only the grader asks it.
    """
    if reference is None or not reference.builds_on("train_step", "adversarial_loss"):
        return False
    model, _optimizer, x, *_ = args
    try:
        expected, weights = own.fit(batches, *args)
    except Exception:  # whatever the student's function may raise: then nothing follows from it
        return False
    if histories_differ(len(x))(history, expected) or not same_weights(model.get_weights(), left, weights):
        return False
    return own.does_something


def telling(draw: Draw, size: float, mix: float) -> tuple[Any, Floats, Integers]:
    """A linear network with nine images whose accuracy moves in an epoch: else measuring it too early shows nothing.

    Of nine images one is left for the third batch of four: it counts like the others.
    """
    for _ in range(20):
        model, x, y = draw.linear_network(), draw.images(9), draw.labels(9)
        hand = FitByHand(model, RATE, size, mix)
        accuracies, _losses = hand.fit(x, y, [np.split(np.arange(9), [4, 8])] * 2)
        if np.abs(np.subtract(hand.too_early, accuracies)).max() > 0.15:
            break
    return model, x, y


def so_far(losses: list[float]) -> list[float]:
    return [float(np.mean(losses[: 1 + epoch])) for epoch in range(len(losses))]


def watch(fit: Function, own: OwnStep, reference: Reference | None, model: Any, *args: Any) -> None:
    """Watch a fit through its attack: which images it takes when; then judge its history for those batches."""
    x, y, size, mix, epochs, batch_size, seeds = args
    runs = []
    for seed in (seeds[1], seeds[0], seeds[0]):
        witness = Witness()
        attack = Watched(attack=Dimming(size=size), seen=witness)
        fitted, sgd = checks.Restoring(fit), keras.optimizers.SGD(RATE)
        answer = checks.call(fitted, model, sgd, x, y, attack, mix, epochs, batch_size, seed)
        history = history_from(answer, epochs, "adversarial_fit")
        if not witness.seen:
            return without_attack(fit, own, reference, (batch_size, seeds), model, x, y, Dimming(size=size), mix)
        runs.append(batches_of(witness.seen, x, epochs, batch_size))
    expect_shuffled(runs[::-1])
    hand = FitByHand(model, RATE, size, mix)
    accuracies, losses = hand.fit(x, y, runs[-1])
    differ = histories_differ(len(x), hand.undecided)
    told = differ(history, np.array(accuracies + mean_losses(losses, runs[-1])))
    if not told:
        expect_moved(fitted, own)
        if not leaves_others(fitted, model, hand.hand.weights):
            return None
    if follows(reference, history, fitted.left, own, runs[-1], model, sgd, x, y, Dimming(size=size), mix):
        return None
    if not told:
        raise checks.CheckFailed(KEPT_OTHERS, NOT_KEPT)
    mistaken = [
        (MEAN_OF_MEANS, accuracies + [float(np.mean(of_epoch)) for of_epoch in losses]),
        (LAST_BATCH, accuracies + [of_epoch[-1] for of_epoch in losses]),
        (NOT_RESET, accuracies + so_far(mean_losses(losses, runs[-1]))),
        (ADDED_UP, accuracies + np.cumsum(mean_losses(losses, runs[-1])).tolist()),
        (LAST_ACCURACY, hand.of_last_batch + mean_losses(losses, runs[-1])),
        (UNDER_ATTACK, hand.under_attack + mean_losses(losses, runs[-1])),
        (TOO_EARLY, hand.too_early + mean_losses(losses, runs[-1])),
        (TOO_EARLY, hand.before_each_step + mean_losses(losses, runs[-1])),
        (TOO_EARLY, hand.after_each_step + mean_losses(losses, runs[-1])),
        (LATE, accuracies + hand.afterwards),
    ]
    for when in ("once", "each epoch"):
        stale, stale_losses = FitByHand(model, RATE, size, mix).fit(x, y, runs[-1], when)
        mistaken.append((STALE, stale + mean_losses(stale_losses, runs[-1])))
    hints = {hint for hint, numbers in mistaken if not differ(history, np.array(numbers))}
    order = np.concatenate([batch for epoch in runs[-1] for batch in epoch])
    labels = np.concatenate([labels.ravel() for images, labels in witness.seen if len(images) < len(x)] or [order])
    apart = len(labels) == len(order) and not np.array_equal(labels, y[order])
    raise checks.CheckFailed(told, hints.pop() if len(hints) == 1 else APART if apart else ADVICE)


def without_attack(
    fit: Function,
    own: OwnStep,
    reference: Reference | None,
    in_batches: tuple[int, tuple[int, int]],
    model: Any,
    *args: Any,
) -> None:
    """A fit whose steps never attack can't be watched: is that so because the student's own train_step doesn't?

    Then a fit in one batch follows from that; and `in_batches`, of a size and with two seeds, it may follow in some
    order, and differs.
    """
    x, y, attack, mix = args
    epochs, (batch_size, seeds) = 2, in_batches
    fitted, sgd = checks.Restoring(fit), keras.optimizers.SGD(RATE)

    def history_of(size: int, seed: int) -> Floats:
        fresh = keras.optimizers.SGD(RATE)
        answer = checks.call(fitted, model, fresh, x, y, attack, mix, epochs, size, seed)
        return history_from(answer, epochs, "adversarial_fit")

    whole, batch = [[np.arange(len(x))]] * epochs, (x[:batch_size], y[:batch_size], attack, mix)
    history = history_of(len(x), 1)
    if own.attacks(model, *batch) or not follows(reference, history, fitted.left, own, whole, model, sgd, *args):
        raise checks.CheckFailed("The attack was never called.", "Your adversarial_fit never calls the attack.")
    first, second = (history_of(batch_size, seed) for seed in seeds)
    if own.moves(mix) and not histories_differ(len(x))(first, second):
        raise checks.CheckFailed("Two runs with different seeds have the same history.", SAME_FOR_ALL)
    assert reference is not None
    reference.builds_on("train_step")  # so that it does not remember these runs
    least, most = own.losses_in_any_order(epochs, batch_size, model, sgd, *args)
    for losses in (first[epochs:], second[epochs:]):
        if not np.all((least <= losses) & (losses <= most)):
            raise checks.CheckFailed("These are no losses of your train_step in batches of that size.", ADVICE)


def by_reference(reference: Reference, model: Any, *args: Any) -> Any:
    before = model.get_weights()
    answer = reference.answer("adversarial_fit", model, *args)
    model.set_weights(before)
    return answer


def read_in_training(model: Any, x: Floats) -> Integers:
    before = model.get_weights()
    y = np.asarray(model(x, training=True)).argmax(axis=1)
    model.set_weights(before)
    return y


@test_case(name="Agrees with training worked out by hand, all images in one batch; takes tensors", points=1)
def test_by_hand(adversarial_fit: Function, train_step: Function, reference: Reference | None) -> None:
    checks.expect_defined(adversarial_fit, "adversarial_fit", "week04")
    own = OwnStep(train_step)
    # The second one overshoots: of accuracies 0.5, 0.9, 0.5 the last weights count, not the best.
    for draw, rate in ((Draw(1), RATE), (Draw(2), 20 * RATE)):
        model, x, y = draw.linear_network(), draw.images(10), draw.labels(10)
        hand = FitByHand(model, rate, size=0.8, mix=0.3, momentum=0.9)
        accuracies, losses = hand.fit(x, y, [[np.arange(10)]] * 3)
        expected = {"accuracy": accuracies, "loss": [loss for [loss] in losses]}
        for images, labels in ((x, y), (tf.constant(x), tf.constant(y))):
            sgd = keras.optimizers.SGD(rate, momentum=0.9)
            args = (model, sgd, images, labels, Dimming(size=0.8), 0.3, 3, 16, 1)
            judge(adversarial_fit, own, reference, expected, *args, left=hand.hand.weights)


@test_case(name="Uses every image once an epoch, in an order that follows from the seed alone", points=1.5)
def test_order(adversarial_fit: Function, train_step: Function, reference: Reference | None) -> None:
    checks.expect_defined(adversarial_fit, "adversarial_fit", "week04")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(10), draw.labels(10)
    watch(adversarial_fit, OwnStep(train_step), reference, model, x, y, 0.8, 0.3, 2, 4, (0, 2))  # 0 is a seed too


@test_case(
    name="Is right for fresh networks, in one batch or in several", points=1.5, hidden=True, failure_message=ADVICE
)
def test_fresh(adversarial_fit: Function, train_step: Function, reference: Reference, draw: Draw) -> None:
    own, seed = OwnStep(train_step), round(draw.number(10, 1000))
    mix = draw.number(0.6, 0.9)
    watch(adversarial_fit, own, reference, *telling(draw, 0.6, mix), 0.6, mix, 2, 4, (seed, seed + 1000))
    model, x, y = draw.dense_network(), draw.images(MANY), draw.labels(MANY)
    args = (x, y, Dimming(size=0.7), draw.number(0.3, 0.7), 3, MANY, 1)
    expected = by_reference(reference, model, keras.optimizers.SGD(0.001), *args)
    judge(adversarial_fit, own, reference, expected, model, keras.optimizers.SGD(0.001), *args)


@test_case(
    name="Measures accuracy outside of training mode; works with one image, one epoch, mix 0 and 1",
    points=1,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(adversarial_fit: Function, train_step: Function, reference: Reference, draw: Draw) -> None:
    own, model, x = OwnStep(train_step), normalising_network(draw, 0.9, (0.6, 0.1, 12.0, 2.0)), draw.images(MANY) ** 2
    y = read_in_training(model, x)  # so that it reads much better in training mode
    args: tuple[Any, ...] = (x, y, Negative(), draw.number(0.3, 0.7), 2, MANY, 3)
    expected = by_reference(reference, model, keras.optimizers.SGD(RATE), *args)
    judge(adversarial_fit, own, reference, expected, model, keras.optimizers.SGD(RATE), *args)
    model, x, y = draw.linear_network(), draw.images(1), draw.labels(1).astype(np.int32)
    for mix in (0, 1):
        args = (x, y, Negative(), mix, 1, 4, 0)
        expected = by_reference(reference, model, keras.optimizers.SGD(0.001), *args)
        judge(adversarial_fit, own, reference, expected, model, keras.optimizers.SGD(0.001), *args)
