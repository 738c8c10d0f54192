"""The student's own `train_step`, by which their training loop is judged where the step is not right.

No gradient flows to the grader, so that nothing can stand in for a step: the loop is right if it does with this one
what a loop must do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np

from course import checks
from course.asked import Earlier
from course.batches import Batches, Witness
from course.differences import ROUNDING
from course.draw import Draw, Floats, Integers
from course.measures import accuracy
from course.stand_ins import Negative, Watched

RATE = 0.01
ORDERS = 16  # of the images, by which a loop whose own order can't be seen is judged


class OwnStep:
    """The student's own `train_step(model, optimizer, x, y, attack, mix)`, whatever it is. Models stay as they were."""

    def __init__(self, train_step: Callable[..., Any]) -> None:
        easy = Draw(1)
        batch = (easy.images(2), easy.labels(2), Negative(), 0.5)
        self.probe, self.of_another = (
            (network, keras.optimizers.SGD(RATE), *batch) for network in (easy.linear_network(), easy.linear_network())
        )
        self.step = checks.Restoring(train_step)
        self.earlier = Earlier("train_step", self.step, self.probe)

    @cached_property
    def does_something(self) -> bool:
        """Whether it returns more than a number that never changes, and another one for another network."""
        if not self.earlier.does_something():
            return False
        try:
            one, other = (float(self.step(*args)) for args in (self.probe, self.of_another))
        except Exception:  # whatever the student's function may raise: then no loop can be built on it
            return False
        return not np.allclose(one, other, atol=ROUNDING)

    def attacks(self, model: Any, x: Floats, y: Integers, attack: Any, mix: float) -> bool:
        """Whether it calls the attack on these images."""
        witness = Witness()
        with contextlib.suppress(Exception):  # whatever the student's function may raise: it has its own question
            self.step(model, keras.optimizers.SGD(RATE), x, y, Watched(attack=attack, seen=witness), mix)
        return bool(witness.seen)

    def moves(self, mix: float = 0.5) -> bool:
        """Whether it moves the weights with this `mix`: without that no loop does."""
        try:
            self.step(*self.probe[:-1], mix)
        except Exception:  # whatever the student's function may raise: it has its own question
            return False
        return self.step.moved

    def fit(self, batches: Batches, model: Any, optimizer: Any, x: Any, y: Any, *more: Any) -> tuple[Floats, list[Any]]:
        """The accuracies and the losses of a loop that makes these steps, and the weights that it leaves.

        `optimizer` says which kind is taken anew; `more` are the attack and the mix.
        """
        images, labels = np.asarray(x), np.asarray(y)
        fresh = type(optimizer).from_config(optimizer.get_config())
        before = model.get_weights()
        accuracies, losses = [], []
        try:
            for epoch in batches:
                of_epoch = []
                for batch in epoch:
                    answer = self.step(model, fresh, images[batch], labels[batch], *more)
                    of_epoch.append(checks.array_from(answer, (), "train_step"))
                    model.set_weights(self.step.left)
                losses.append(np.average(of_epoch, weights=[len(batch) for batch in epoch]))
                accuracies.append(accuracy(model, images, labels))
            return np.array(accuracies + losses), model.get_weights()
        finally:
            model.set_weights(before)

    def losses_in_any_order(self, epochs: int, batch_size: int, *args: Any) -> tuple[Floats, Floats]:
        """The least and the most that a loop of these steps may have lost in each epoch, whatever the order of images.

        They lie as far outside of what some orders give as these lie apart. `args` are those of `fit` after its first.
        Raises `CheckFailed` if the same order gives two losses: by steps that depend on chance nothing can be judged.
        """
        random, n = np.random.default_rng(1), len(args[2])
        ends = range(batch_size, n, batch_size)
        orders = [[np.split(random.permutation(n), ends) for _ in range(epochs)] for _ in range(ORDERS)]
        tried = np.array([self.fit(order, *args)[0][epochs:] for order in orders])
        if not np.allclose(self.fit(orders[0], *args)[0][epochs:], tried[0], rtol=1e-4, atol=ROUNDING):
            raise checks.CheckFailed("Your train_step depends on chance.")
        least, most = tried.min(axis=0), tried.max(axis=0)
        apart = most - least + ROUNDING
        return least - apart, most + apart


def same_weights(before: list[Any], found: list[Any], expected: list[Any]) -> bool:
    """Whether training led from `before` to `expected` weights, up to a hundredth of the way in each variable.

    Measured: float32 moves them by less than a thousandth of it.
    """
    ways = [np.abs(right - start).max(initial=0) for start, right in zip(before, expected, strict=True)]
    errors = [np.abs(array - right).max(initial=0) for array, right in zip(found, expected, strict=True)]
    return all(error <= 0.01 * way + ROUNDING for error, way in zip(errors, ways, strict=True))
