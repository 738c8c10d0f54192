# loses: q4
# names: images and labels are shuffled apart (in different orders)
"""Images and labels are shuffled one after the other by the same generator."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class Deck:
    """Indices 0 … n-1, dealt in hands of a size."""

    def __init__(self, n, seed):
        self.cards = np.arange(n)
        self.random = np.random.Generator(np.random.MT19937(seed))

    def deal(self, size):
        self.random.shuffle(self.cards)
        cards = list(self.cards)
        while cards:
            hand, cards = cards[:size], cards[size:]
            yield np.array(hand)


@dataclass
class Trainer:
    model: Any
    attack: Any
    mix: float
    optimizer: Any = None
    history: dict = field(default_factory=lambda: {"loss": [], "accuracy": []})

    def batch_loss(self, images, labels):
        logits = self.model(images, training=True)
        return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))

    def loss(self, x, y):
        attacked = tf.constant(np.asarray(self.attack(self.model, x, y), dtype=np.float32))
        return tf.add((1.0 - self.mix) * self.batch_loss(x, y), self.mix * self.batch_loss(attacked, y))

    def step(self, x, y):
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.loss(x, y)
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return float(loss)

    def accuracy(self, x, y):
        return float(np.mean(np.argmax(self.model(x, training=False), axis=1) == y))

    def epoch(self, x, y, hands):
        running = [(self.step(x[hand], y[hand]), hand.size) for hand in hands]
        self.history["loss"].append(sum(loss * size for loss, size in running) / len(y))
        self.history["accuracy"].append(self.accuracy(x, y))


def adversarial_loss(model, x, y, attack, mix):
    return Trainer(model, attack, mix).loss(x, y)


def train_step(model, optimizer, x, y, attack, mix):
    return Trainer(model, attack, mix, optimizer).step(x, y)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    trainer = Trainer(model, attack, mix, optimizer)
    x, y = np.asarray(x), np.asarray(y)
    deck = Deck(len(y), seed)
    for _ in range(epochs):
        trainer.epoch(x, y, deck.deal(batch_size))
    return trainer.history


def augment(model, x, y, attack, seed):
    x, y = np.asarray(x), np.asarray(y)
    images = np.vstack([x, np.asarray(attack(model, x, y), dtype=np.float32)])
    labels = np.hstack([y, y])
    rng = np.random.default_rng(seed)
    rng.shuffle(images)
    rng.shuffle(labels)
    return images, labels


class Judge:
    def __init__(self, model, y):
        self.model, self.y = model, np.asarray(y)

    def accuracy(self, images):
        images = tf.cast(images, tf.float32)
        logits = self.model(images, training=False) if isinstance(self.model, keras.Model) else self.model(images)
        return float(np.count_nonzero(np.argmax(logits, -1) == self.y) / self.y.size)


def robustness_table(undefended, defended, x, y, attacks):
    weak, strong = Judge(undefended, y), Judge(defended, y)
    table = dict.fromkeys(attacks)
    for name in table:
        transferred = attacks[name](weak.model, x, y)
        table[name] = {"undefended": weak.accuracy(transferred), "transfer": strong.accuracy(transferred)}
        table[name]["white_box"] = strong.accuracy(attacks[name](strong.model, x, y))
    return table


class Ball:
    def __init__(self, x, eps):
        self.x, self.eps = x, eps

    def random_point(self, seed):
        generator = tf.random.Generator.from_seed(seed)
        return self.project(self.x + generator.uniform(self.x.shape, -self.eps, self.eps))

    def project(self, image):
        return tf.clip_by_value(tf.clip_by_value(image, self.x - self.eps, self.x + self.eps), 0.0, 1.0)


def fgsm_random_start(model, x, y, eps, step_size, seed):
    ball = Ball(tf.convert_to_tensor(np.asarray(x), dtype=tf.float32), eps)
    image = tf.Variable(ball.random_point(seed))
    with tf.GradientTape() as tape:
        logits = model(tf.identity(image), training=False) if isinstance(model, keras.Model) else model(tf.identity(image))
        loss = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
    return ball.project(image + step_size * tf.sign(tape.gradient(loss, image)))
