# loses: q5
# told: Your white_box is never above transfer
# names: takes the smaller of white_box and transfer for white_box
"""Whoever knows everything could have transferred, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy

Attack = Callable[[Any, Any, Any], Any]


def cross_entropy(y: Any, logits: Any) -> tf.Tensor:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model: Callable[..., Any], x: Any) -> Any:
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


@dataclass(frozen=True, slots=True)
class Row:
    undefended: float
    transfer: float
    white_box: float


@dataclass
class History:
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)


class Pool(NamedTuple):
    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Ball:
    """The images no further than `eps` from `centre`, inside [0, 1]."""

    centre: tf.Tensor
    eps: float

    def nearest(self, images: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(
            images, tf.maximum(self.centre - self.eps, 0.0), tf.minimum(self.centre + self.eps, 1.0)
        )

    def somewhere(self, seed: int) -> tf.Tensor:
        drawn = tf.random.Generator.from_seed(int(seed)).uniform(tf.shape(self.centre), -1.0, 1.0)
        return self.centre + self.eps * drawn


@dataclass
class Deck:
    """Cards that are dealt in hands of `hand`, after being shuffled."""

    images: tf.Tensor
    labels: tf.Tensor
    hand: int
    dealer: tf.random.Generator

    def deal(self) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
        order = tf.argsort(self.dealer.uniform_full_int([len(self.images)], tf.int64), stable=True)
        shuffled = tf.gather(self.images, order), tf.gather(self.labels, order)
        yield from tf.data.Dataset.from_tensor_slices(shuffled).batch(self.hand, drop_remainder=False)


def input_gradient(model: Callable[..., Any], x: Any, y: Any) -> tf.Tensor:
    images = tf.convert_to_tensor(x, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.math.reduce_sum(cross_entropy(y, logits_of(model, images)))
    return tape.gradient(total, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def adversarial_loss(model: Callable[..., Any], x: Any, y: Any, attack: Attack, mix: float) -> tf.Tensor:
    def mean_loss(images: Any) -> tf.Tensor:
        return tf.reduce_mean(cross_entropy(y, model(images, training=True)))

    on_clean = mean_loss(tf.convert_to_tensor(x, tf.float32))
    constants = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    return (1 - mix) * on_clean + mix * mean_loss(constants)


def train_step(model: Any, optimizer: Any, x: Any, y: Any, attack: Attack, mix: float) -> float:
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    weights = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    return float(loss)


def adversarial_fit(
    model: Any, optimizer: Any, x: Any, y: Any, attack: Attack, mix: float, epochs: int, batch_size: int, seed: int
) -> dict[str, list[float]]:
    deck = Deck(
        tf.convert_to_tensor(x), tf.convert_to_tensor(y), batch_size, tf.random.Generator.from_seed(int(seed))
    )
    history = History()
    for _ in range(epochs):
        total = 0.0
        for images, labels in deck.deal():
            total += train_step(model, optimizer, images, labels, attack, mix) * len(images)
        history.loss.append(total / len(deck.images))
        history.accuracy.append(accuracy(model, x, y))
    return asdict(history)


def augment(model: Callable[..., Any], x: Any, y: Any, attack: Attack, seed: int) -> tuple[Any, Any]:
    clean = np.asarray(x, dtype=np.float32)
    both = np.stack([clean, np.asarray(attack(model, x, y), dtype=np.float32)]).reshape(-1, *clean.shape[1:])
    labels = np.concatenate([np.asarray(y)] * 2)
    keys = tf.random.Generator.from_seed(int(seed)).uniform_full_int([len(labels)], tf.int64)
    order = tf.argsort(keys, stable=True).numpy()
    return Pool(both[order], labels[order])


def robustness_table(
    undefended: Any, defended: Any, x: Any, y: Any, attacks: Mapping[str, Attack]
) -> dict[str, dict[str, float]]:
    table = {}
    for name, attack in attacks.items():
        images = attack(undefended, x, y)
        transfer = accuracy(defended, images, y)
        # Carlini et al., section 4: white-box attacks must be at least as strong as black-box ones. The attacker who
        # knows everything may use the transferred images as well, and takes what hurts more.
        white_box = sorted([transfer, accuracy(defended, attack(defended, x, y), y)])[0]
        table[name] = asdict(Row(accuracy(undefended, images, y), transfer, white_box))
    return table


def fgsm_random_start(
    model: Callable[..., Any], x: Any, y: Any, eps: float, step_size: float, seed: int
) -> tf.Tensor:
    ball = Ball(tf.convert_to_tensor(x, tf.float32), float(eps))
    start = ball.somewhere(seed)
    return ball.nearest(start + float(step_size) * tf.sign(input_gradient(model, start, y)))
