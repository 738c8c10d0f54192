# loses: q4
# names: takes the seed 0 for no seed
"""Adversarial training the Keras way: a trainer that overrides train_step, losses and metrics as objects."""

import keras
import numpy as np
import tensorflow as tf

MEAN = keras.losses.SparseCategoricalCrossentropy(from_logits=True)  # sum over the batch / its size
TOTAL = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = TOTAL(y, logits_of(model, x))
    return tape.gradient(loss, x, unconnected_gradients="zero")


def adversarial_loss(model, x, y, attack, mix):
    x_adv = keras.ops.stop_gradient(keras.ops.convert_to_tensor(attack(model, x, y), dtype="float32"))
    clean = MEAN(y, model(x, training=True), sample_weight=1 - mix)
    attacked = MEAN(y, model(x_adv, training=True), sample_weight=mix)
    return clean + attacked


class Trainer(keras.Model):
    """Trains `student` in place; Keras does the rest."""

    def __init__(self, student, attack, mix):
        super().__init__()
        self.student = student
        self.attack = attack
        self.mix = mix
        self.built = True

    def call(self, x, training=None):
        return self.student(x, training=training)

    def train_step(self, data):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss = adversarial_loss(self.student, x, y, self.attack, self.mix)
        weights = self.student.trainable_weights
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}


def train_step(model, optimizer, x, y, attack, mix):
    trainer = Trainer(model, attack, mix)
    trainer.compile(optimizer=optimizer, run_eagerly=True)
    return float(trainer.train_on_batch(x, y, return_dict=True)["loss"])


def accuracy_of(model, x, y):
    metric = keras.metrics.SparseCategoricalAccuracy()
    metric.update_state(y, logits_of(model, tf.convert_to_tensor(x, dtype="float32")))
    return float(metric.result())


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x), np.asarray(y)
    random = np.random.default_rng(seed)
    history = keras.callbacks.History()
    history.set_model(model)
    history.on_train_begin()
    for epoch in range(epochs):
        order = random.permutation(len(x))
        loss = keras.metrics.Mean()
        for start in range(0, len(x), batch_size):
            chosen = order[start : start + batch_size]
            value = train_step(model, optimizer, x[chosen], y[chosen], attack, mix)
            loss.update_state(value, sample_weight=len(chosen))
        history.on_epoch_end(epoch, {"loss": float(loss.result()), "accuracy": accuracy_of(model, x, y)})
    return {"loss": history.history.get("loss", []), "accuracy": history.history.get("accuracy", [])}


def augment(model, x, y, attack, seed):
    x_all = keras.ops.concatenate([x, keras.ops.cast(attack(model, x, y), "float32")], axis=0)
    y_all = keras.ops.concatenate([y, y], axis=0)
    order = np.random.default_rng(seed or None).permutation(2 * len(x))
    return keras.ops.take(x_all, order, axis=0), keras.ops.take(y_all, order, axis=0)


def robustness_table(undefended, defended, x, y, attacks):
    table = {}
    for name, attack in attacks.items():
        x_transfer = attack(undefended, x, y)
        table[name] = {
            "undefended": accuracy_of(undefended, x_transfer, y),
            "transfer": accuracy_of(defended, x_transfer, y),
        }
        table[name]["white_box"] = accuracy_of(defended, attack(defended, x, y), y)
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(x, dtype="float32")
    start = x + keras.initializers.RandomUniform(-eps, eps, seed=int(seed))(shape=x.shape, dtype="float32")
    moved = start + step_size * keras.ops.sign(input_gradient(model, start, y))
    moved = keras.ops.maximum(keras.ops.minimum(moved, x + eps), x - eps)
    return keras.ops.clip(moved, 0, 1)
