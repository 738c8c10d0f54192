# ruff: noqa: D103 - the name of a case says what it is
"""Question 2 of week 4: one update of the weights."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.batches import Witness
from course.by_hand import ByHand
from course.differences import losses_differ
from course.draw import Draw, Floats, Integers
from course.normalising import normalising_network
from course.stand_ins import Dimming, MadeOn, Negative, Trail, TrailedNetwork, Watched

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q2"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = (
    "These are the losses of several calls in a row, so they tell of the updates too. Compare with the docstring: "
    "the gradient of the adversarial loss, applied once by the optimizer that is given, and the loss before that."
)
NOT_MOVED = "Your train_step leaves the weights as they are: apply the gradients to the variables of the model itself."
NOT_ALL = "Your train_step moves some of the trainable weights alone: update all of model.trainable_variables."
TWICE = (
    "Your train_step computes the loss more than once: it attacks more than once, and batch normalisation sees each "
    "image again. Return the loss that you took the gradient of."
)
PUT_BACK = (
    "Your train_step puts back what is not trainable: the averages of batch normalisation move with each pass in "
    "training mode, and stay moved."
)
NOT_TRAINABLE = "Your train_step changes weights that are not trainable: update model.trainable_variables."


class InARow:
    """Calls `train_step` several times, each time on the weights that the call before has left.

    It answers the losses; `path` are the weights before the first call and after each. The model gets its own back.
    """

    def __init__(self, train_step: Function) -> None:
        self.step = checks.Restoring(train_step)
        self.path: list[list[Floats]] = []
        self.changed: list[str] = []

    def __call__(self, model: Any, optimizer: Any, x: Any, y: Any, attack: Any, mix: float, times: int) -> Any:
        """The losses that the calls answer."""
        start = model.get_weights()
        self.path, losses = [start], []
        for _ in range(times):
            model.set_weights(self.path[-1])
            try:
                answer = self.step(model, optimizer, x, y, attack, mix)
            finally:
                model.set_weights(start)
                self.changed += self.step.changed
            losses.append(checks.array_from(answer, (), "train_step"))
            self.path.append(self.step.left)
        return np.array(losses)


@contextmanager
def holding(model: Any, weights: list[Floats]) -> Iterator[None]:
    """These weights in the model, which gets its own back."""
    before = model.get_weights()
    model.set_weights(weights)
    try:
        yield
    finally:
        model.set_weights(before)


class OwnLoss:
    """The student's own adversarial_loss, on which their step may be built, whatever it is."""

    def __init__(self, adversarial_loss: Function) -> None:
        easy = Draw(1)
        self._probe = (easy.linear_network(), easy.images(2), easy.labels(2), Negative(), 0.5)
        self._loss = checks.Restoring(adversarial_loss)
        self.earlier = Earlier("adversarial_loss", self._loss, self._probe)

    def at(self, weights: list[Floats], model: Any, *args: Any) -> float:
        """The loss with these weights in the model, which keeps its own."""
        with holding(model, weights):
            return float(checks.array_from(self._loss(model, *args), (), "adversarial_loss"))

    @functools.cached_property
    def does_something(self) -> bool:
        """Whether it is more than a number that never changes."""
        return self.earlier.does_something()

    def agrees(self, reference: Reference) -> bool:
        """Whether it is the reference's where the two losses that it mixes are far apart.

        Elsewhere a wrong one may agree by chance: once in fifty draws.
        """
        model, x, y, _, _ = self._probe
        args = (model, x, y, Dimming(size=0.8), 0.3)
        before, agreed = model.get_weights(), []
        for weights in (before, [weight / 2 for weight in before]):  # of other weights it may not have heard yet
            with holding(model, weights):
                answers = self._loss(*args), reference.answer("adversarial_loss", *args)
            agreed.append(not losses_differ(*map(np.asarray, answers)))
        return all(agreed)

    @functools.cached_property
    def lets_gradient_through(self) -> bool:
        """Whether a gradient flows through the attack in it."""
        model, x, y, _, mix = self._probe
        network = TrailedNetwork(model=model)
        trailed, plain = (self._loss.function(network, x, y, attack, mix) for attack in (Trail(), Negative()))
        return abs(float(np.asarray(trailed)) - float(np.asarray(plain))) > 1e-4


def judge(train_step: Function, own: OwnLoss, reference: Reference | None, expected: Any, *args: Any) -> None:
    """Judge the losses of as many calls in a row as the last argument says; the others are train_step's."""
    steps = InARow(train_step)
    asked = Asked("train_step", args, losses_differ, reference, [] if reference else [own.earlier], ADVICE)
    losses = checks.array_from(asked.answer_of(steps), np.shape(expected), "train_step")
    right = np.asarray(expected, np.float32)
    if reference is None or not losses_differ(losses, right) or not follows(own, steps, losses, right, args, reference):
        asked.expect(losses, right)


def follows(own: OwnLoss, steps: InARow, losses: Floats, right: Floats, args: Any, reference: Reference) -> bool:
    """Whether the steps are right for the student's own adversarial_loss, where that is not the right one.

    Each answer must be its value; and as its gradient stays on the other side of a wire, its slope is measured along
    the way that the last step goes down.
    """
    if not reference.builds_on("adversarial_loss"):
        return False
    model, optimizer, x, y, attack, mix, _times = args
    try:
        values = np.array([own.at(weights, model, x, y, attack, mix) for weights in steps.path[:-1]])
        is_right = not losses_differ(values[:1], right[:1]) and own.agrees(reference) and not own.lets_gradient_through
        if is_right or losses_differ(losses, values) or not own.does_something:
            return False
        if not own.lets_gradient_through:
            twin = keras.models.clone_model(model)
            twin.set_weights(steps.path[-2])
            attack = MadeOn(attack=attack, model=twin)  # a constant, for who moves the weights of the model
        loss = lambda weights: own.at(weights, model, x, y, attack, mix)  # noqa: E731
        return goes_down(loss, steps.path[-3:], model, optimizer) or makes_one_mistake(
            values[0], losses, args, reference
        )
    except Exception:  # whatever the student's function may raise: then nothing can follow from it
        return False


def makes_one_mistake(value: Any, losses: Floats, args: tuple[Any, ...], reference: Reference) -> bool:
    """Whether one known mistake explains both the steps and the `value` of the student's own adversarial_loss.

    It need not have a slope then: a loss that takes logits for probabilities jumps.
    """
    model, _optimizer, x, y, attack, mix, _times = args
    of_step = {told for told, answer in reference.mistakes("train_step", *args) if not losses_differ(losses, answer)}
    of_loss = reference.mistakes("adversarial_loss", model, x, y, attack, mix)
    return any(told in of_step and not losses_differ(value, np.asarray(answer)) for told, answer in of_loss)


def goes_down(loss: Callable[..., float], path: list[list[Floats]], model: Any, optimizer: Any) -> bool:
    """Whether the last step on the `path` of weights goes along the gradient of `loss`, as far as SGD does.

    Then the slope along it, one unit long in each variable, is the sum of the gradient's lengths; and where the step
    does not move, there is no slope. One that moves nowhere is no step.
    """
    along, nowhere = ([np.zeros_like(weight) for weight in path[-1]] for _ in range(2))
    steepness, random = 0.0, np.random.default_rng(1)
    for i in (i for i, weight in enumerate(model.weights) if weight.trainable):
        before_last, before, after = (weights[i].astype(np.float64) for weights in path)
        down = after - before - optimizer.momentum * (before - before_last)  # -learning_rate times the gradient
        length = float(np.linalg.norm(down))
        if length:
            along[i] = down / length
            steepness -= length / float(optimizer.learning_rate)
        else:
            nowhere[i] = random.normal(size=down.shape)
    if any(direction.any() for direction in nowhere) and abs(slope(loss, path[-2], nowhere, 1.0)) > 1e-3:
        return False
    # Measured: rounding changes the slope by 0.1 % at most.
    return steepness < 0 and abs(slope(loss, path[-2], along, steepness) - steepness) <= 0.01 * abs(steepness)


def slope(loss: Callable[..., float], weights: list[Floats], along: list[Any], expected: float) -> float:
    """The slope of `loss` in a direction, from a difference that is large enough to see in float32."""
    size = min(0.002, 0.002 / abs(expected))
    ahead, behind = ([w + sign * size * way for w, way in zip(weights, along, strict=True)] for sign in (1, -1))
    return (loss(ahead) - loss(behind)) / (2 * size)


def expect_one_attack(train_step: Function, adversarial_loss: Function, *args: Any) -> None:
    """Fail if a step attacks more often than the student's own adversarial_loss does. `args` are train_step's."""
    model, optimizer, x, y, attack, mix = args

    def attacks(call: Callable[[Any], Any]) -> int:
        witness = Witness()
        call(Watched(attack=attack, seen=witness))
        return len(witness.seen)

    made = attacks(lambda watched: checks.Restoring(train_step)(model, optimizer, x, y, watched, mix))
    if made <= 1:
        return
    try:
        of_the_loss = attacks(lambda watched: checks.Restoring(adversarial_loss)(model, x, y, watched, mix))
    except Exception:  # it fails in another way, which is question 1's business
        of_the_loss = 0
    if made > of_the_loss:
        raise checks.CheckFailed(f"The attack was called {made} times in a step.", TWICE)


def expect_averages_move(train_step: Function, adversarial_loss: Function, *args: Any) -> None:
    """Fail if a step undoes what batch normalisation saw, which the student's own adversarial_loss leaves."""
    model, optimizer, x, y, attack, mix = args
    of_step, of_loss = checks.Restoring(train_step), checks.Restoring(adversarial_loss)
    of_step(model, optimizer, x, y, attack, mix)
    averages = [i for i, weight in enumerate(model.weights) if not weight.trainable]
    before = model.get_weights()
    if not all(np.array_equal(of_step.left[i], before[i]) for i in averages):
        return
    try:
        of_loss(model, x, y, attack, mix)
    except Exception:  # it fails in another way, which is question 1's business
        return
    if not all(np.array_equal(of_loss.left[i], before[i]) for i in averages):
        raise checks.CheckFailed("The averages of batch normalisation are what they were before the step.", PUT_BACK)


def descent_by_hand(model: Any, x: Floats, y: Integers, size: float, mix: float, rate: float, momentum: float) -> Any:
    """The loss before each of three updates of a network without hidden layers, with images dimmed anew each time."""
    hand = ByHand(model, rate, momentum)
    return [hand.step([(1 - mix, x), (mix, hand.dimmed(x, y, size))], y) for _ in range(3)]


def by_reference(reference: Reference, model: Any, rate: float, *args: Any) -> list[float]:
    """The losses that the reference returns in three calls in a row; each has a new optimizer, without momentum."""
    before = model.get_weights()
    answer = [reference.answer("train_step", model, keras.optimizers.SGD(rate), *args) for _ in range(3)]
    model.set_weights(before)
    return answer


@test_case(name="Agrees with updates worked out by hand, for a network without hidden layers", points=1)
def test_by_hand(train_step: Function, adversarial_loss: Function, reference: Reference | None) -> None:
    checks.expect_defined(train_step, "train_step", "week04")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    expected = descent_by_hand(model, x, y, size=0.8, mix=0.3, rate=0.01, momentum=0.9)
    sgd = keras.optimizers.SGD(0.01, momentum=0.9)
    own = OwnLoss(adversarial_loss)
    judge(train_step, own, reference, expected, model, sgd, x, y, Dimming(size=0.8), 0.3, 3)


@test_case(name="Takes tensors, returns one number, moves the weights that are trainable and no others", points=0.5)
def test_trainable(train_step: Function) -> None:
    checks.expect_defined(train_step, "train_step", "week04")
    draw = Draw(1)
    x, y = draw.images(3), draw.labels(3)
    features = keras.layers.Dense(12, activation="tanh", trainable=False)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), features, keras.layers.Dense(10)])
    random = np.random.default_rng(1)
    before = [random.normal(0, 0.1, weight.shape).astype(np.float32) for weight in model.get_weights()]
    model.set_weights(before)
    steps = InARow(train_step)
    args = (model, keras.optimizers.SGD(0.1), tf.constant(x), tf.constant(y), Negative(), 0.5, 1)
    checks.call(steps, *args)
    same = [np.array_equal(old, new) for old, new in zip(before, steps.path[-1], strict=True)]
    if not all(same[:2]):
        raise checks.CheckFailed("The first layer's weights, which are not trainable, have changed.", NOT_TRAINABLE)
    if any(same[2:]):
        still = " and ".join(what for what, unmoved in zip(("kernel", "bias"), same[2:], strict=True) if unmoved)
        raise checks.CheckFailed(f"The last layer's {still} has not changed.", NOT_MOVED if all(same[2:]) else NOT_ALL)


@test_case(name="Is right for a fresh network, step after step", points=1, hidden=True, failure_message=ADVICE)
def test_fresh(train_step: Function, adversarial_loss: Function, reference: Reference, draw: Draw) -> None:
    own, rate = OwnLoss(adversarial_loss), 0.001
    for n in (4, 10, 40):  # as many as in question 3, where a step must not be another one
        model, x, y = draw.dense_network(), draw.images(n), draw.labels(n)
        args = (x, y, Dimming(size=draw.number(0.6, 0.9)), draw.number(0.6, 0.9))
        expected = by_reference(reference, model, rate, *args)
        judge(train_step, own, reference, expected, model, keras.optimizers.SGD(rate), *args, 3)
    expect_one_attack(train_step, adversarial_loss, model, keras.optimizers.SGD(rate), *args)


@test_case(
    name="Trains a network with batch normalisation, and on one image with mix 0 and 1",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(train_step: Function, adversarial_loss: Function, reference: Reference, draw: Draw) -> None:
    model, x, y = normalising_network(draw, 0.5, (0.6, 0.1, 0.2, 0.4)), draw.images(7) ** 2, draw.labels(7)
    own, args = OwnLoss(adversarial_loss), (x, y, Negative(), draw.number(0.3, 0.7))
    expected = by_reference(reference, model, 0.003, *args)
    judge(train_step, own, reference, expected, model, keras.optimizers.SGD(0.003), *args, 3)
    expect_averages_move(train_step, adversarial_loss, model, keras.optimizers.SGD(0.003), *args)
    model, x, y = draw.linear_network(), draw.images(1), draw.labels(1).astype(np.int32)
    for mix in (0, 1):
        args = (x, y, Negative(), mix)
        expected = by_reference(reference, model, 0.001, *args)
        judge(train_step, own, reference, expected, model, keras.optimizers.SGD(0.001), *args, 3)
