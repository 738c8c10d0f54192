# loses: q5
# names: the accuracies are rounded to two decimals
"""Week 4, object-oriented: a classifier, a trainer, a source of batches; the functions only put them together."""

import keras
import numpy as np
import tensorflow as tf


def cross_entropy(y, logits):
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


class Classifier:
    """A model that is used, not trained."""

    def __init__(self, model):
        self.model = model
        self.options = {"training": False} if isinstance(model, keras.Model) else {}

    def logits(self, x):
        return self.model(x, **self.options)

    def accuracy(self, x, y):
        x = tf.cast(tf.convert_to_tensor(x), tf.float32)
        guess = np.asarray(self.logits(x)).argmax(axis=1)
        return float((guess == np.asarray(y)).mean())

    def gradient(self, x, y):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            losses = cross_entropy(y, self.logits(x))
        return tape.gradient(losses, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


class Trainer:
    """Adversarial training of one model."""

    def __init__(self, model, optimizer, attack, mix):
        self.model = model
        self.optimizer = optimizer
        self.attack = attack
        self.mix = mix

    def mean_loss(self, x, y):
        return tf.reduce_mean(cross_entropy(y, self.model(x, training=True)))

    def loss(self, x, y):
        x = tf.convert_to_tensor(x, dtype=tf.float32)
        y = tf.convert_to_tensor(y)
        clean = self.mean_loss(x, y)
        x_adv = tf.stop_gradient(tf.cast(self.attack(self.model, x, y), tf.float32))
        adversarial = self.mean_loss(x_adv, y)
        return clean + self.mix * (adversarial - clean)

    def step(self, x, y):
        with tf.GradientTape() as tape:
            loss = self.loss(x, y)
        weights = self.model.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return float(loss)


class ShuffledBatches:
    """Iterate over it once for each epoch; every time the order is another one."""

    def __init__(self, n, batch_size, seed):
        self.n = n
        self.batch_size = batch_size
        self.rng = np.random.default_rng(seed)

    def __iter__(self):
        order = self.rng.permutation(self.n)
        for begin in range(0, self.n, self.batch_size):
            yield order[begin : begin + self.batch_size]


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    return Classifier(model).gradient(x, tf.convert_to_tensor(y))


def adversarial_loss(model, x, y, attack, mix):
    return Trainer(model, None, attack, mix).loss(x, y)


def train_step(model, optimizer, x, y, attack, mix):
    return Trainer(model, optimizer, attack, mix).step(x, y)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x, np.float32), np.asarray(y)
    trainer = Trainer(model, optimizer, attack, mix)
    batches = ShuffledBatches(len(x), batch_size, seed)
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        losses, sizes = [], []
        for index in batches:
            losses.append(trainer.step(x[index], y[index]))
            sizes.append(len(index))
        history["loss"].append(float(np.average(losses, weights=sizes)))
        history["accuracy"].append(Classifier(model).accuracy(x, y))
    return history


def augment(model, x, y, attack, seed):
    x, y = np.asarray(x, np.float32), np.asarray(y)
    x_adv = np.asarray(attack(model, x, y), np.float32)
    order = np.random.default_rng(seed).permutation(2 * len(x))
    return np.concatenate([x, x_adv])[order], np.concatenate([y, y])[order]


def robustness_table(undefended, defended, x, y, attacks):
    weak, strong = Classifier(undefended), Classifier(defended)
    table = {}
    for name, attack in attacks.items():
        x_weak = attack(undefended, x, y)
        x_strong = attack(defended, x, y)
        table[name] = {
            "undefended": round(weak.accuracy(x_weak, y), 2),
            "transfer": round(strong.accuracy(x_weak, y), 2),
            "white_box": round(strong.accuracy(x_strong, y), 2),
        }
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.asarray(x, np.float32)
    noise = np.random.default_rng(seed).uniform(-eps, eps, size=x.shape)
    start = tf.constant(np.clip(x + noise, 0.0, 1.0), dtype=tf.float32)
    direction = tf.sign(Classifier(model).gradient(start, tf.convert_to_tensor(y)))
    x_adv = start + step_size * direction
    low, high = np.maximum(x - eps, 0.0), np.minimum(x + eps, 1.0)
    return tf.clip_by_value(x_adv, tf.cast(low, tf.float32), tf.cast(high, tf.float32))
