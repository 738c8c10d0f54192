"""How each network is trained: everything its weights follow from, and one epoch of it."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

from course.measures import accuracy
from course.networks import BUILDERS
from course.training import Lesson
from solutions.reproduce.weeks import Weeks, table_attacks

WATCHED = ("clean", "FGSM 0.23", "MIM 0.3")  # measured after each epoch


@dataclass(frozen=True)
class Recipe:
    """One network's training. `attack` is the function it is trained on, "" for none; eps in units of [0, 1]."""

    name: str
    network: str  # a builder of course.networks
    epochs: int
    batch_size: int
    attack: str = ""
    eps: float = 0.0
    step_size: float = 0.0
    mix: float = 0.0  # share of the loss on attacked images
    warm_up: float = 0.0  # epochs over which eps grows from 0
    learning_rate: float = 0.001  # Adam's
    decays: bool = False  # the learning rate falls to 0 along a cosine
    seed: int = 1

    def key(self, lesson: Lesson) -> str:
        """What the weights are kept under: it changes with the recipe and with the images, and with nothing else."""
        recipe = json.dumps(asdict(self), sort_keys=True).encode()
        return hashlib.sha256(recipe + lesson.x_train.tobytes() + lesson.y_train.tobytes()).hexdigest()[:12]


def recipes(images: int, quick: bool) -> dict[str, Recipe]:
    """The three networks, by name. A small training set is gone through more often, in smaller batches.

    The undefended one learns for 30 epochs as the first author's did; each keeps its number of epochs whatever the
    test set says.
    """
    small = images < 20_000
    batch = 32 if small else 200
    longer = 3 if small else 1
    chosen = [
        Recipe("undefended", "seed_cnn", 30, batch),
        Recipe("trained on FGSM", "seed_cnn", 4 * longer, batch, "fgsm", 0.23, 0.23, 0.5),
        Recipe("fast adversarial training", "small_cnn", 5 * longer, batch, "fgsm_random_start", 0.3, 0.375, 1.0, 2.0),
    ]
    if quick:
        chosen = [Recipe(**{**asdict(recipe), "epochs": 1}) for recipe in chosen]
    return {recipe.name: recipe for recipe in chosen}


def start(recipe: Recipe, images: int) -> tuple[Any, Any]:
    """The untrained network and its optimizer."""
    rate: Any = recipe.learning_rate
    if recipe.decays:
        batches = recipe.epochs * -(-images // recipe.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(rate, batches)
    network, optimizer = BUILDERS[recipe.network](recipe.seed), keras.optimizers.Adam(rate)
    optimizer.build(network.trainable_variables)
    return network, optimizer


def learn_one_epoch(recipe: Recipe, epoch: int, network: Any, optimizer: Any, lesson: Lesson, weeks: Weeks) -> None:
    """Every image of `lesson` once. What is random follows from the recipe's seed and the number of the epoch."""
    x, y = lesson.x_train.astype(np.float32) / 255, lesson.y_train
    seed = 1000 * recipe.seed + epoch
    keras.utils.set_random_seed(seed)
    if not recipe.attack:
        if not network.compiled:
            network.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        network.fit(x, y, batch_size=recipe.batch_size, epochs=1, verbose=0)
        return
    attack = training_attack(recipe, epoch * -(-len(x) // recipe.batch_size), len(x), weeks)
    weeks.four.adversarial_fit(network, optimizer, x, y, attack, recipe.mix, 1, recipe.batch_size, seed)


def training_attack(recipe: Recipe, batches_before: int, images: int, weeks: Weeks) -> Any:
    """The attack `(model, x, y) -> images` of a recipe; its eps grows with each batch until the warm-up is over."""
    batches = itertools.count(batches_before)
    growing = recipe.warm_up * -(-images // recipe.batch_size)

    def attack(model: Any, x: Any, y: Any) -> Any:
        batch = next(batches)
        share = min(1.0, (batch + 1) / growing) if growing else 1.0
        if recipe.attack == "fgsm":
            return weeks.one.fgsm(model, x, y, share * recipe.eps)
        seed = 1_000_000 * recipe.seed + batch
        return weeks.four.fgsm_random_start(model, x, y, share * recipe.eps, share * recipe.step_size, seed)

    return attack


def watch(network: Any, weeks: Weeks, x: Any, y: Any) -> dict[str, float]:
    """Accuracy on the test images, as they are and attacked on the network itself."""
    attacks = table_attacks(weeks)
    return {name: accuracy(network, attacks[name](network, x, y), y) for name in WATCHED}
