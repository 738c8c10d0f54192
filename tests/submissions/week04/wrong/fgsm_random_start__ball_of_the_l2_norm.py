# loses: q6
# told: The ball of your start is that of the L2 norm
# names: the ball is that of the L2 norm
"""Week 4: train on your enemy."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy

Images = Any
Labels = Any
Model = Callable[..., Any]
Attack = Callable[[Any, Any, Any], Any]


def cross_entropy(y: Labels, logits: Any) -> Any:
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


import dataclasses


@dataclasses.dataclass
class Batches:
    x: Any
    y: Any
    size: int
    random: Any

    def __iter__(self):
        order = np.arange(len(self.x))
        self.random.shuffle(order)
        while len(order):
            now, order = order[: self.size], order[self.size :]
            yield self.x[now], self.y[now]


class MeanOfImages:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value, n):
        self.total += value * n
        self.count += n

    def value(self):
        return self.total / self.count


class Objective:
    def __init__(self, model, attack, mix):
        self.model, self.attack, self.mix = model, attack, mix

    def part(self, images, labels):
        per_image = cross_entropy(labels, self.model(images, training=True))
        return tf.reduce_sum(per_image) / tf.cast(tf.size(per_image), tf.float32)

    def __call__(self, x, y):
        enemy = np.array(self.attack(self.model, x, y), dtype=np.float32)
        return (1.0 - self.mix) * self.part(x, y) + self.mix * self.part(enemy, y)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(np.asarray(x), tf.float32)
    call = (lambda z: model(z, training=False)) if isinstance(model, keras.Model) else model
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(cross_entropy(y, call(x)))
    return tape.gradient(loss, x)


def adversarial_loss(model, x, y, attack, mix):
    return Objective(model, attack, mix)(x, y)


def train_step(model, optimizer, x, y, attack, mix):
    objective = Objective(model, attack, mix)
    with tf.GradientTape() as tape:
        loss = objective(x, y)
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return float(loss)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    batches = Batches(np.asarray(x, np.float32), np.asarray(y), batch_size, np.random.default_rng(seed))
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        mean = MeanOfImages()
        for images, labels in batches:
            mean.add(train_step(model, optimizer, images, labels, attack, mix), len(images))
        history["loss"].append(mean.value())
        history["accuracy"].append(accuracy(model, batches.x, batches.y))
    return history


def augment(model, x, y, attack, seed):
    x_adv = np.asarray(attack(model, x, y), np.float32)
    pairs = [(a, b) for a, b in zip(np.asarray(x, np.float32), np.asarray(y))] + [(a, b) for a, b in zip(x_adv, np.asarray(y))]
    import random

    random.Random(seed).shuffle(pairs)
    images, labels = zip(*pairs)
    return np.stack(images), np.array(labels, np.int64)


def robustness_table(undefended, defended, x, y, attacks):
    @dataclasses.dataclass
    class Row:
        undefended: float
        transfer: float
        white_box: float

    def row(attack):
        fooling = attack(undefended, x, y)
        return Row(accuracy(undefended, fooling, y), accuracy(defended, fooling, y), accuracy(defended, attack(defended, x, y), y))

    return {name: dataclasses.asdict(row(attack)) for name, attack in attacks.items()}


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(np.asarray(x), tf.float32)
    start = x + tf.random.Generator.from_seed(seed).uniform(x.shape, -eps, eps)
    end = start + step_size * tf.sign(input_gradient(model, start, y))
    return tf.clip_by_value(x + tf.clip_by_norm(end - x, eps, axes=[1, 2, 3]), 0.0, 1.0)
