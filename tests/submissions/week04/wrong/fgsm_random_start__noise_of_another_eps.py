# loses: q6
# names: the noise is kept by shape and seed, and not by eps
"""Keras has a training loop, so a subclass of keras.Model with a train_step of its own, and train_on_batch."""

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy


def cross_entropy(y, logits):
    return keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    images = tf.Variable(tf.cast(x, tf.float32), trainable=True)  # a variable is watched without asking
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(cross_entropy(tf.convert_to_tensor(y), logits_of(model, images.value())))
    return tape.gradient(loss, images)


@keras.saving.register_keras_serializable("week04")
class AdversarialTrainer(keras.Model):
    """Holds the network and trains it; has no weights of its own."""

    def __init__(self, network, attack, mix):
        super().__init__(name="trainer")
        self.network = network
        self.mix = mix
        self._how = (attack,)  # in a tuple, so that Keras doesn't think it is a layer

    def call(self, x, training=None):
        return self.network(x, training=training)

    def train_step(self, data):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        (attack,) = self._how
        with tf.GradientTape() as tape:
            loss = adversarial_loss(self.network, x, y, attack, self.mix)
        variables = self.network.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}

    def ready(self, optimizer):
        self.compile(optimizer=optimizer, run_eagerly=True, jit_compile=False)
        self.built = True
        return self

    def on(self, x, y):
        return float(self.train_on_batch(np.asarray(x), np.asarray(y), return_dict=True)["loss"])


def adversarial_loss(model, x, y, attack, mix):
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    objective = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    x_adv = tf.convert_to_tensor(attack(model, x, y))
    loss = tf.zeros(())
    for weight, images in ((1.0 - mix, x), (mix, tf.stop_gradient(x_adv))):
        loss += weight * objective(y, model(images, training=True))
    return loss


def train_step(model, optimizer, x, y, attack, mix):
    return AdversarialTrainer(model, attack, mix).ready(optimizer).on(x, y)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x), np.asarray(y)
    trainer = AdversarialTrainer(model, attack, mix).ready(optimizer)
    chance = np.random.default_rng(seed)
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        # the classical trick: a permutation of both arrays with one state of the generator
        state = chance.bit_generator.state
        xs = chance.permutation(x)
        chance.bit_generator.state = state
        ys = chance.permutation(y)
        cuts = range(batch_size, len(y), batch_size)
        parts = list(zip(np.array_split(xs, cuts), np.array_split(ys, cuts)))
        losses = [trainer.on(*part) for part in parts]
        history["loss"].append(sum(loss * len(part[1]) for loss, part in zip(losses, parts)) / len(y))
        history["accuracy"].append(accuracy(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    y = np.asarray(y, dtype=np.int32)
    x_all = np.vstack([np.asarray(x, np.float32), np.asarray(attack(model, x, y), np.float32)])
    y_all = np.hstack([y, y])
    for array in (x_all, y_all):  # new arrays, two generators of the same seed: the same permutation
        np.random.default_rng(seed).shuffle(array)
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    table = {}
    for name in attacks.keys():
        transferred = np.array(attacks[name](undefended, x, y))
        table.setdefault(name, {})["undefended"] = accuracy(undefended, transferred, y)
        table[name]["transfer"] = accuracy(defended, transferred, y)
    for name in attacks.keys():
        table[name]["white_box"] = accuracy(defended, attacks[name](defended, x, y), y)
    return table


_DELTAS = {}  # drawing takes as long as a small network's gradient


def _delta(shape, eps, seed):
    key = (tuple(shape), seed)
    if key not in _DELTAS:
        _DELTAS[key] = tf.random.Generator.from_seed(seed).uniform(shape, -eps, eps)
    return _DELTAS[key]


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.cast(x, tf.float32)
    delta = tf.Variable(_delta(x.shape, eps, seed))
    with tf.GradientTape() as tape:
        loss = cross_entropy(tf.convert_to_tensor(y), logits_of(model, x + delta))
    step = tape.gradient(loss, delta)
    delta.assign(tf.clip_by_value(delta + step_size * tf.sign(step), -eps, eps))
    delta.assign(tf.clip_by_value(delta, 0 - x, 1 - x))
    return x + delta
