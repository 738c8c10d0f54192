"""Question 2 of week 4: one update of the weights."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Earlier, Reference
from course.differences import losses_differ
from course.draw import Draw, Floats, Integers
from course.stand_ins import Dimming, Negative, Trail, TrailedNetwork

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q2"

Function = Callable[..., Any]  # one that the student wrote
ADVICE = (
    "These are the losses of several calls in a row, so they tell of the updates too. Compare with the docstring: "
    "the gradient of the adversarial loss, applied once by the optimizer that is given, and the loss before that."
)
NOT_MOVED = "Your train_step leaves the weights as they are: apply the gradients to the variables of the model itself."
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


def judge(
    train_step: Function, adversarial_loss: Function, reference: Reference | None, expected: Any, *args: Any
) -> None:
    """Judge the losses of as many calls in a row as the last argument says; the others are train_step's."""
    easy = Draw(1)
    probe = (easy.linear_network(), easy.images(2), easy.labels(2), Negative(), 0.5)
    own = Earlier("adversarial_loss", checks.Restoring(adversarial_loss), probe, np.zeros((), np.float32))
    steps = InARow(train_step)
    asked = Asked("train_step", args, losses_differ, reference, [] if reference else [own], ADVICE)
    losses = asked.answer_of(steps)
    try:
        asked.expect(losses, expected)
    except checks.CheckFailed:
        if reference is None or not (
            own.does_something() and goes_down_own_loss(adversarial_loss, steps, losses, args)
        ):
            raise


def goes_down_own_loss(adversarial_loss: Function, steps: InARow, losses: Floats, args: tuple[Any, ...]) -> bool:
    """Whether the steps are right for the student's own adversarial_loss, whatever that may be.

    Its gradient stays on the other side of a wire, so its slope is measured: along each step, in each variable.
    """
    model, optimizer, x, y, attack, mix, _times = args
    through_attack = lets_gradient_through(adversarial_loss)
    images = attack

    def own_loss(weights: list[Floats]) -> float:
        before = model.get_weights()
        model.set_weights(weights)
        try:
            answer = checks.Restoring(adversarial_loss)(model, x, y, images, mix)
            return float(checks.array_from(answer, (), "adversarial_loss"))
        finally:
            model.set_weights(before)

    trained = [i for i, weight in enumerate(model.weights) if weight.trainable]
    last = [np.zeros_like(weight) for weight in steps.path[0]]
    for before, after, loss in zip(steps.path, steps.path[1:], losses, strict=False):
        if not through_attack:
            images = frozen(model, before, x, y, attack)
        moved = [new - old for new, old in zip(after, before, strict=True)]
        try:
            if abs(own_loss(before) - loss) > 1e-4 * abs(loss):
                return False
            for i in trained:
                down = moved[i] - optimizer.momentum * last[i]  # -learning_rate times the gradient
                if not down.any():  # right only where there is no slope
                    anywhere = np.random.default_rng(1).normal(size=down.shape).astype(np.float32)
                    if abs(slope(own_loss, before, i, anywhere, 1.0)) > 1e-3:
                        return False
                    continue
                steepness = -float(np.sum(down.astype(np.float64) ** 2)) / float(optimizer.learning_rate)
                if abs(slope(own_loss, before, i, down, steepness) - steepness) > 0.02 * abs(steepness) + 1e-9:
                    return False
        except Exception:  # whatever the student's function may raise: then nothing can follow from it
            return False
        last = moved
    return True


def slope(
    loss: Callable[[list[Floats]], float], weights: list[Floats], i: int, along: Floats, expected: float
) -> float:
    """The slope of `loss` along a direction in variable `i`, from a difference large enough to see in float32."""
    size = 0.01 / max(abs(expected), 1e-9)
    there = [[w + sign * size * along if k == i else w for k, w in enumerate(weights)] for sign in (1, -1)]
    return (loss(there[0]) - loss(there[1])) / (2 * size)


def frozen(model: Any, weights: list[Floats], x: Any, y: Any, attack: Any) -> Function:
    """An attack that answers what `attack` does while the network has these weights."""
    before = model.get_weights()
    model.set_weights(weights)
    images = np.asarray(attack(model, x, y))
    model.set_weights(before)
    return lambda *_: images


def lets_gradient_through(adversarial_loss: Function) -> bool:
    """Whether a gradient flows through the attack in the student's own adversarial_loss."""
    easy = Draw(1)
    network, x, y = TrailedNetwork(model=easy.linear_network()), easy.images(2), easy.labels(2)
    try:
        trailed, plain = (float(np.asarray(adversarial_loss(network, x, y, a, 0.5))) for a in (Trail(), Negative()))
    except Exception:  # whatever the student's function may raise
        return False
    return abs(trailed - plain) > 1e-4


def descent_by_hand(model: Any, x: Floats, y: Integers, size: float, mix: float, rate: float, momentum: float) -> Any:
    """The loss before each of four updates of a network without hidden layers, with images dimmed anew each time."""
    kernel, bias = (weight.astype(np.float64) for weight in model.get_weights())
    speeds: list[Any] = [0.0, 0.0]
    losses = []
    for _ in range(4):
        p = softmax(x.reshape(len(x), -1) @ kernel + bias)
        dimmed = x * (1 - size * p[np.arange(len(y)), y])[:, None, None, None]
        loss, slopes = 0.0, [0.0, 0.0]
        for share, images in ((1 - mix, x), (mix, dimmed)):
            flat = images.reshape(len(x), -1)
            p = softmax(flat @ kernel + bias)
            loss += share * float(-np.log(p[np.arange(len(y)), y]).mean())
            error = share * (p - np.eye(10)[y]) / len(x)
            slopes = [slopes[0] + flat.T @ error, slopes[1] + error.sum(axis=0)]
        losses.append(loss)
        speeds = [momentum * speed - rate * g for speed, g in zip(speeds, slopes, strict=True)]
        kernel, bias = kernel + speeds[0], bias + speeds[1]
    return losses


def softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@test_case(name="Agrees with updates worked out by hand, for a network without hidden layers", points=1)
def test_by_hand(train_step: Function, adversarial_loss: Function, reference: Reference | None) -> None:
    checks.expect_defined(train_step, "train_step", "week04")
    draw = Draw(1)
    model, x, y = draw.linear_network(), draw.images(), draw.labels()
    expected = descent_by_hand(model, x, y, size=0.8, mix=0.3, rate=0.01, momentum=0.9)
    sgd = keras.optimizers.SGD(0.01, momentum=0.9)
    judge(train_step, adversarial_loss, reference, expected, model, sgd, x, y, Dimming(size=0.8), 0.3, 4)


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
        raise checks.CheckFailed("The last layer's weights have not changed.", NOT_MOVED)
