"""How each network is trained: everything its weights follow from, and one epoch of it."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy
from course.networks import BUILDERS, robust_cnn
from course.training import Lesson
from solutions.reproduce.weeks import Weeks, table_attacks

Step = Callable[[Any, Any, Any, Any], None]

NETWORKS = {**BUILDERS, "robust_cnn": robust_cnn}
WATCHED = ("clean", "FGSM 0.23", "MIM 0.3")


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

    The undefended one learns for 30 epochs, as long as the one whose accuracies were reported. The last one is trained
    a little beyond the eps it is tested with, and its eps grows over the first half of its training: at once, training
    collapses (it learns to withstand one step, and nothing else).
    """
    small = images < 20_000
    batch = 32 if small else 200
    fast = Recipe(
        "fast adversarial training",
        "robust_cnn",
        epochs=20 if small else 6,
        batch_size=64 if small else 128,
        attack="fgsm_random_start",
        eps=0.4,
        step_size=0.4,
        mix=1.0,
        warm_up=10.0 if small else 3.0,
        learning_rate=0.005,
        decays=True,
    )
    chosen = [
        Recipe("undefended", "seed_cnn", 30, batch),
        Recipe("trained on FGSM", "seed_cnn", 12 if small else 4, batch, "fgsm", 0.23, 0.23, 0.5),
        fast,
    ]
    if quick:
        chosen = [replace(recipe, epochs=1) for recipe in chosen]
    return {recipe.name: recipe for recipe in chosen}


def start(recipe: Recipe, images: int) -> tuple[Any, Any]:
    """The untrained network and its optimizer."""
    rate: Any = recipe.learning_rate
    if recipe.decays:
        batches = recipe.epochs * -(-images // recipe.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(rate, batches)
    network, optimizer = NETWORKS[recipe.network](recipe.seed), keras.optimizers.Adam(rate)
    optimizer.build(network.trainable_variables)
    network.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return network, optimizer


def learn_one_epoch(recipe: Recipe, epoch: int, network: Any, step: Step, lesson: Lesson) -> None:
    """Every image of `lesson` once. What is random follows from the recipe's seed and the number of the epoch."""
    x, y = lesson.x_train.astype(np.float32) / 255, lesson.y_train
    seed = 1000 * recipe.seed + epoch
    keras.utils.set_random_seed(seed)
    if not recipe.attack:
        network.fit(x, y, batch_size=recipe.batch_size, epochs=1, verbose=0)
        return
    order = np.random.default_rng(seed).permutation(len(x))
    batches = [order[start : start + recipe.batch_size] for start in range(0, len(x), recipe.batch_size)]
    growing = recipe.warm_up * len(batches)
    for done, batch in enumerate(batches, epoch * len(batches) + 1):
        share = min(1.0, done / growing) if growing else 1.0
        step(x[batch], y[batch], tf.constant(share, tf.float32), tf.constant(1_000_000 * recipe.seed + done))


def training_step(recipe: Recipe, network: Any, optimizer: Any, weeks: Weeks) -> Step:
    """One update of the network, `step(x, y, share, seed)`, with the attack at `share` of its eps.

    It is week 4's `train_step`, compiled: that takes a third of the time.
    """

    def attack(model: Any, x: Any, y: Any, share: Any, seed: Any) -> Any:
        if recipe.attack == "fgsm":
            return weeks.one.fgsm(model, x, y, share * recipe.eps)
        return weeks.four.fgsm_random_start(model, x, y, share * recipe.eps, share * recipe.step_size, seed)

    @tf.function(reduce_retracing=True)
    def step(x: Any, y: Any, share: Any, seed: Any) -> None:
        with tf.GradientTape() as tape:
            if recipe.mix < 1:
                now = functools.partial(attack, share=share, seed=seed)
                loss = weeks.four.adversarial_loss(network, x, y, now, recipe.mix)
            else:  # the loss on the clean images counts nothing: half of the work
                logits = network(tf.stop_gradient(attack(network, x, y, share, seed)), training=True)
                loss = tf.reduce_mean(weeks.four.cross_entropy(y, logits))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    return step


def watch(recipe: Recipe, network: Any, weeks: Weeks, x: Any, y: Any) -> dict[str, float]:
    """Accuracy on the test images after an epoch; of the undefended network also when they are attacked on it."""
    attacks = table_attacks(weeks)
    titles = ("clean",) if recipe.attack else WATCHED
    return {title: accuracy(network, attacks[title](network, x, y), y) for title in titles}
