"""Week 4 with a keras.Model whose train_step is the adversarial one, and with the metrics that Keras brings along."""

import keras
import numpy as np
import tensorflow as tf


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


mean_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum_over_batch_size")


class AdversariallyTrained(keras.Model):
    """Wraps a network for as long as it is trained. Has no weights but those of the network."""

    def __init__(self, network, attack, mix):
        super().__init__()
        self.network = network
        self.attack = attack
        self.mix = float(mix)

    def call(self, inputs, training=False):
        return self.network(inputs, training=training)

    def adversarial_loss(self, x, y):
        x_adv = tf.stop_gradient(tf.cast(self.attack(self.network, x, y), tf.float32))
        clean = mean_loss(y, self.network(x, training=True))
        attacked = mean_loss(y, self.network(x_adv, training=True))
        return (1.0 - self.mix) * clean + self.mix * attacked

    def train_step_with(self, optimizer, x, y):
        with tf.GradientTape() as tape:
            loss = self.adversarial_loss(x, y)
        weights = self.network.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss


def input_gradient(model, x, y):
    x = tf.cast(x, tf.float32)
    total_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = total_loss(tf.cast(y, tf.int32), logits_of(model, x))
    return tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def _tensors(x, y):
    return tf.cast(x, tf.float32), tf.cast(y, tf.int64)


def adversarial_loss(model, x, y, attack, mix):
    return AdversariallyTrained(model, attack, mix).adversarial_loss(*_tensors(x, y))


def train_step(model, optimizer, x, y, attack, mix):
    return float(AdversariallyTrained(model, attack, mix).train_step_with(optimizer, *_tensors(x, y)))


def _accuracy(model, x, y):
    metric = keras.metrics.Mean(dtype="float32")
    guesses = tf.argmax(logits_of(model, tf.cast(x, tf.float32)), axis=-1)
    metric.update_state(tf.cast(guesses == tf.cast(y, tf.int64), tf.float32))
    return float(metric.result())


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = _tensors(x, y)
    n = int(x.shape[0])
    random = np.random.default_rng(seed)
    history = {"loss": [], "accuracy": []}
    loss_tracker = keras.metrics.Mean(name="loss")
    for _ in range(epochs):
        loss_tracker.reset_state()
        order = random.permutation(n)
        for begin in range(0, n, batch_size):
            chosen = order[begin : begin + batch_size]
            loss = train_step(model, optimizer, tf.gather(x, chosen), tf.gather(y, chosen), attack, mix)
            loss_tracker.update_state(loss, sample_weight=float(len(chosen)))
        history["loss"].append(float(loss_tracker.result()))
        history["accuracy"].append(_accuracy(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    x, y = _tensors(x, y)
    both = tf.concat([x, tf.cast(attack(model, x, y), tf.float32)], axis=0)
    labels = tf.concat([y, y], axis=0)
    order = np.random.default_rng(seed).permutation(int(both.shape[0]))
    return tf.gather(both, order), tf.gather(labels, order)


def robustness_table(undefended, defended, x, y, attacks):
    table = {}
    for name, attack in attacks.items():
        from_undefended, from_defended = attack(undefended, x, y), attack(defended, x, y)
        table[name] = dict(
            undefended=_accuracy(undefended, from_undefended, y),
            transfer=_accuracy(defended, from_undefended, y),
            white_box=_accuracy(defended, from_defended, y),
        )
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x, y = _tensors(x, y)
    delta = np.random.default_rng(seed).uniform(-eps, eps, size=tuple(x.shape))
    start = x + tf.cast(delta, tf.float32)
    moved = start + step_size * tf.sign(input_gradient(model, start, y))
    return keras.ops.clip(keras.ops.clip(moved, x - eps, x + eps), 0.0, 1.0)
