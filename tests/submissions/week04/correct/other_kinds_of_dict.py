# loses: nothing
"""Answers with what is a dict, a list or a tuple without looking like one: defaultdict, namedtuple, Keras' own."""

from collections import OrderedDict, defaultdict, namedtuple

import keras
import numpy as np
import tensorflow as tf

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def cross_entropy(y, logits):
    return keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)


def logits(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.Variable(tf.cast(x, tf.float32))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(cross_entropy(y, logits(model, x)))
    return tf.convert_to_tensor(tape.gradient(loss, x))


def adversarial_loss(model, x, y, attack, mix):
    x_adv = np.array(attack(model, x, y))
    loss_clean = loss_fn(y, model(x, training=True))
    loss_adv = loss_fn(y, model(x_adv, training=True))
    return loss_clean + mix * (loss_adv - loss_clean)


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    gradient = tape.gradient(loss, model.trainable_variables)
    pairs = [(g, v) for g, v in zip(gradient, model.trainable_variables) if g is not None]
    optimizer.apply_gradients(pairs)
    return float(loss.numpy())


class Trainer(keras.Model):
    def __init__(self):
        super().__init__()
        self.log = {"loss": [], "accuracy": []}


Pair = namedtuple("Pair", "x_all y_all")


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    keras.utils.set_random_seed(seed)
    dataset = tf.data.Dataset.from_tensor_slices((x, y))
    dataset = dataset.shuffle(len(x), seed=seed, reshuffle_each_iteration=True).batch(batch_size)
    trainer = Trainer()
    history = trainer.log  # Keras makes its own kinds of dict and list of what a model holds
    mean = keras.metrics.Mean()
    right = keras.metrics.SparseCategoricalAccuracy()
    for epoch in range(epochs):
        mean.reset_state()
        right.reset_state()
        for bx, by in dataset:
            mean.update_state(train_step(model, optimizer, bx, by, attack, mix), sample_weight=len(by))
        right.update_state(y, logits(model, x))
        history["loss"].append(float(mean.result()))
        history["accuracy"].append(float(right.result()))
    return history


def augment(model, x, y, attack, seed):
    x_adv = attack(model, x, y)
    dataset = tf.data.Dataset.from_tensor_slices((np.vstack([x, x_adv]), np.hstack([y, y])))
    dataset = dataset.shuffle(2 * len(x), seed=seed, reshuffle_each_iteration=False)
    return Pair(*next(iter(dataset.batch(2 * len(x)))))


def robustness_table(undefended, defended, x, y, attacks):
    def right(model, images):
        return float(np.mean(keras.ops.convert_to_numpy(logits(model, images)).argmax(-1) == np.array(y)))

    result = defaultdict(OrderedDict)
    for key in attacks:
        x_u = attacks[key](undefended, x, y)
        result[key]["undefended"] = right(undefended, x_u)
        result[key]["transfer"] = right(defended, x_u)
        del x_u
        result[key]["white_box"] = right(defended, attacks[key](defended, x, y))
    return result


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.cast(x, "float32")
    noise = keras.random.uniform(x.shape, -eps, eps, seed=keras.random.SeedGenerator(seed))
    start = keras.ops.clip(x + noise, 0, 1)
    out = start + step_size * keras.ops.sign(input_gradient(model, start, y))
    return keras.ops.clip(keras.ops.clip(out, x - eps, x + eps), 0, 1)
