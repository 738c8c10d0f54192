"""Question 3 of week 4: the training loop."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.batches import STALE, Batches, batches_of, expect_shuffled
from course.differences import losses_differ
from course.draw import Draw, Floats, Integers
from course.known import listed
from course.measures import accuracy
from course.stand_ins import Dimming, Negative, Watched

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q3"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = (
    "Compare with the docstring: the loss is the mean over all images of what they were trained with, the accuracy "
    "that on the clean images once the epoch is over."
)
NOT_MOVED = "Your adversarial_fit leaves the model as it was: train the one that is given, in place."
APART = "Your images and labels are shuffled apart: an image must keep its label."
MEAN_OF_MEANS = "Your loss is the mean of the batches' losses: a short batch counts by its images, which are fewer."
LAST_BATCH = "Your loss is that of the epoch's last batch: take the mean over all its images."
UNDER_ATTACK = "Your accuracy is that on attacked images: measure it on the clean ones."
LAST_ACCURACY = "Your accuracy is that of the epoch's last batch: measure it on all of x."


def history_from(answer: Any, epochs: int) -> Floats:
    """The accuracies and then the losses of a history, if it is one."""
    if not isinstance(answer, dict) or not {"loss", "accuracy"} <= set(answer):
        got = f"a dict with {', '.join(map(str, answer))}" if isinstance(answer, dict) else f"a {type(answer).__name__}"
        hint = "adversarial_fit returns a dict with two lists, named loss and accuracy."
        raise checks.CheckFailed(f"Got {got}.", hint)
    lists = [checks.array_from(answer[key], (epochs,), f"adversarial_fit, in {key},") for key in ("accuracy", "loss")]
    if lists[0].min() < 0 or lists[0].max() > 1:
        hint = "Your accuracies are no shares: return numbers between 0 and 1, not percentages or counts."
        raise checks.CheckFailed(f"Got accuracies from {lists[0].min():g} to {lists[0].max():g}.", hint)
    return np.concatenate(lists)


def histories_differ(answer: Floats, expected: Floats) -> str:
    """How two histories differ; accuracies on a few images must be the same."""
    epochs = len(expected) // 2
    if np.abs(answer[:epochs] - expected[:epochs]).max() > 1e-6:
        return f"Your accuracies are {answer[:epochs].round(3)}, they should be {expected[:epochs].round(3)}."
    return losses_differ(answer[epochs:], expected[epochs:])


def judge(fit: Function, train_step: Function, reference: Reference | None, expected: Any, *args: Any) -> None:
    """Judge a history of training with all images in one batch, in which their order means nothing."""
    model, optimizer, x, y, attack, mix, epochs, _batch_size, _seed = args
    own = own_step(train_step)
    asked = Asked("adversarial_fit", args, histories_differ, reference, [] if reference else [own], ADVICE)
    fitted = checks.Restoring(fit)
    history = history_from(asked.answer_of(fitted), epochs)
    try:
        asked.expect(history, listed(expected))
    except checks.CheckFailed:
        batches = [[np.arange(len(x))]] * epochs
        if reference is None or not follows(history, own, batches, model, optimizer, x, y, attack, mix):
            raise
        return
    expect_moved(model, fitted)


def expect_moved(model: Any, fitted: checks.Restoring) -> None:
    if all(np.array_equal(old, new) for old, new in zip(model.get_weights(), fitted.left, strict=True)):
        raise checks.CheckFailed("The weights are what they were.", NOT_MOVED)


def own_step(train_step: Function) -> Earlier:
    """The student's own step, on which the loop may be built."""
    easy = Draw(1)
    probe = (easy.linear_network(), keras.optimizers.SGD(0.01), easy.images(2), easy.labels(2), Negative(), 0.5)
    return Earlier("train_step", checks.Restoring(train_step), probe, np.zeros((), np.float32))


def follows(history: Floats, own: Earlier, batches: Batches, model: Any, optimizer: Any, *args: Any) -> bool:
    """Whether the history is what the student's own train_step gives with these batches, whatever that is."""
    if not own.does_something():
        return False
    x, y, attack, mix = args
    optimizer, step = type(optimizer).from_config(optimizer.get_config()), own.function
    before = model.get_weights()
    losses, accuracies = [], []
    try:
        for epoch in batches:
            answers = []
            for batch in epoch:
                answers.append(checks.array_from(step(model, optimizer, x[batch], y[batch], attack, mix), (), own.name))
                model.set_weights(step.left)  # type: ignore[attr-defined]
            losses.append(np.average(answers, weights=[len(batch) for batch in epoch]))
            accuracies.append(accuracy(model, x, y))
    except Exception:  # whatever the student's function may raise: then nothing follows from it
        return False
    finally:
        model.set_weights(before)
    return not histories_differ(history, np.array(accuracies + losses))


class ByHand:
    """A network without hidden layers that learns in NumPy, from images and from their dimmed copies."""

    def __init__(self, model: Any, size: float, mix: float, rate: float, momentum: float = 0.0) -> None:
        self.weights = [weight.astype(np.float64) for weight in model.get_weights()]
        self.speeds: list[Any] = [0.0, 0.0]
        self.size, self.mix, self.rate, self.momentum = size, mix, rate, momentum
        self.of_last_batch: list[float] = []
        self.under_attack: list[float] = []

    def read(self, x: Any) -> Any:
        """The probabilities of all classes."""
        logits = x.reshape(len(x), -1) @ self.weights[0] + self.weights[1]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def dim(self, x: Any, y: Integers) -> Any:
        """What the attack `Dimming` answers."""
        return x * (1 - self.size * self.read(x)[np.arange(len(y)), y])[:, None, None, None]

    def step(self, x: Any, y: Integers, x_adv: Any) -> float:
        """One update; the loss before it."""
        loss, slopes = 0.0, [0.0, 0.0]
        for share, images in ((1 - self.mix, x), (self.mix, x_adv)):
            p = self.read(images)
            loss -= share * float(np.log(p[np.arange(len(y)), y]).mean())
            error = share * (p - np.eye(10)[y]) / len(y)
            slopes = [slopes[0] + images.reshape(len(y), -1).T @ error, slopes[1] + error.sum(axis=0)]
        self.speeds = [self.momentum * v - self.rate * g for v, g in zip(self.speeds, slopes, strict=True)]
        self.weights = [weight + v for weight, v in zip(self.weights, self.speeds, strict=True)]
        return loss

    def fit(self, x: Any, y: Integers, batches: Batches, attacked: str = "each batch") -> tuple[Any, list[list[float]]]:
        """The accuracy after each epoch, and the losses of its batches; `attacked` says when the images are made."""
        accuracies: list[float] = []
        losses: list[list[float]] = []
        x_adv = self.dim(x, y)
        for epoch in batches:
            x_adv = x_adv if attacked == "once" else self.dim(x, y)
            losses.append([])
            for batch in epoch:
                images = self.dim(x[batch], y[batch]) if attacked == "each batch" else x_adv[batch]
                losses[-1].append(self.step(x[batch], y[batch], images))
            right = self.read(x).argmax(axis=1) == y
            accuracies.append(float(np.mean(right)))
            self.of_last_batch.append(float(np.mean(right[epoch[-1]])))
            self.under_attack.append(float(np.mean(self.read(self.dim(x, y)).argmax(axis=1) == y)))
        return accuracies, losses


def mean_losses(losses: list[list[float]], batches: Batches) -> list[float]:
    return [
        float(np.average(of_epoch, weights=[len(batch) for batch in epoch]))
        for of_epoch, epoch in zip(losses, batches, strict=True)
    ]


def watch(fit: Function, train_step: Function, reference: Reference | None, model: Any, *args: Any) -> None:
    """Watch a fit through its attack: which images it takes when; then judge its history for those batches."""
    x, y, size, mix, epochs, batch_size, seeds = args
    own, runs = own_step(train_step), []
    for seed in (seeds[1], seeds[0], seeds[0]):
        seen: list[tuple[Any, Any]] = []
        attack = Watched(
            attack=Dimming(size=size), seen=lambda *b, seen=seen: seen.append((np.asarray(b[0]), np.asarray(b[1])))
        )
        fitted, sgd = checks.Restoring(fit), keras.optimizers.SGD(0.01)
        history = history_from(checks.call(fitted, model, sgd, x, y, attack, mix, epochs, batch_size, seed), epochs)
        if not seen:
            return without_attack(fit, own, reference, model, x, y, Dimming(size=size), mix)
        runs.append(batches_of(seen, x, epochs, batch_size))
    expect_shuffled(runs[::-1])
    hand = ByHand(model, size, mix, 0.01)
    accuracies, losses = hand.fit(x, y, runs[-1])
    told = histories_differ(history, np.array(accuracies + mean_losses(losses, runs[-1])))
    if not told:
        return expect_moved(model, fitted)
    if reference is not None and follows(history, own, runs[-1], model, sgd, x, y, Dimming(size=size), mix):
        return None
    mistaken = [
        (MEAN_OF_MEANS, accuracies + [float(np.mean(of_epoch)) for of_epoch in losses]),
        (LAST_BATCH, accuracies + [of_epoch[-1] for of_epoch in losses]),
        (LAST_ACCURACY, hand.of_last_batch + mean_losses(losses, runs[-1])),
        (UNDER_ATTACK, hand.under_attack + mean_losses(losses, runs[-1])),
    ]
    for when in ("once", "each epoch"):
        stale, stale_losses = ByHand(model, size, mix, 0.01).fit(x, y, runs[-1], when)
        mistaken.append((STALE, stale + mean_losses(stale_losses, runs[-1])))
    hints = [hint for hint, numbers in mistaken if not histories_differ(history, np.array(numbers))]
    order = np.concatenate([batch for epoch in runs[-1] for batch in epoch])
    labels = np.concatenate([labels.ravel() for images, labels in seen if len(images) < len(x)] or [order])
    apart = len(labels) == len(order) and not np.array_equal(labels, y[order])
    raise checks.CheckFailed(told, hints[0] if hints else APART if apart else ADVICE)


def without_attack(fit: Function, own: Earlier, reference: Reference | None, model: Any, *args: Any) -> None:
    """A fit whose steps never attack can't be watched: is that so because the student's own train_step doesn't?"""
    x, y, attack, mix = args
    sgd, epochs = keras.optimizers.SGD(0.01), 2
    answer = checks.call(checks.Restoring(fit), model, sgd, x, y, attack, mix, epochs, len(x), 1)
    history = history_from(answer, epochs)
    if reference is None or not follows(history, own, [[np.arange(len(x))]] * epochs, model, sgd, *args):
        raise checks.CheckFailed("The attack was never called.", "Your adversarial_fit never calls the attack.")


@test_case(name="Agrees with training worked out by hand, all images in one batch", points=1)
def test_by_hand(adversarial_fit: Function, train_step: Function, reference: Reference | None) -> None:
    checks.expect_defined(adversarial_fit, "adversarial_fit", "week04")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(10), draw.labels(10)
    hand = ByHand(model, size=0.8, mix=0.3, rate=0.01, momentum=0.9)
    accuracies, losses = hand.fit(x, y, [[np.arange(10)]] * 4)
    expected = {"accuracy": accuracies, "loss": [loss for [loss] in losses]}
    sgd = keras.optimizers.SGD(0.01, momentum=0.9)
    args = (model, sgd, x, y, Dimming(size=0.8), 0.3, 4, 16, 1)
    judge(adversarial_fit, train_step, reference, expected, *args)


@test_case(name="Uses every image once an epoch, in an order that follows from the seed alone", points=1.5)
def test_order(adversarial_fit: Function, train_step: Function, reference: Reference | None) -> None:
    checks.expect_defined(adversarial_fit, "adversarial_fit", "week04")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(10), draw.labels(10)
    watch(adversarial_fit, train_step, reference, model, x, y, 0.8, 0.3, 2, 4, (1, 2))
