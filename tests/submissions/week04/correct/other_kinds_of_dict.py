# loses: nothing
"""Answers with what is a dict, a list or a tuple without looking like one: defaultdict, namedtuple, Keras' own."""

from collections import OrderedDict, defaultdict, namedtuple

import keras
import numpy as np
import tensorflow as tf

Augmented = namedtuple("Augmented", "images labels")


class Diary(keras.Model):
    """Keras makes its own kinds of dict and list of what a model holds."""

    def __init__(self, *headings):
        super().__init__()
        self.pages = {heading: [] for heading in headings}


def surprise(scores, labels):
    return -tf.gather(tf.nn.log_softmax(scores), tf.cast(labels, tf.int32), batch_dims=1)


def scores_of(model, images):
    return model(images, training=False) if isinstance(model, keras.Model) else model(images)


def share_read_right(model, images, labels):
    read = np.argmax(scores_of(model, images), axis=1)
    return np.count_nonzero(read == np.asarray(labels)) / len(read)


def adversarial_loss(model, x, y, attack, mix):
    enemy = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    weighted = [(1.0 - mix, tf.cast(x, tf.float32)), (mix, enemy)]
    terms = [share * tf.reduce_mean(surprise(model(images, training=True), y)) for share, images in weighted]
    return tf.add_n(terms)


def train_step(model, optimizer, x, y, attack, mix):
    weights = model.trainable_variables
    with tf.GradientTape() as tape:
        objective = adversarial_loss(model, x, y, attack, mix)
    slopes = tape.gradient(objective, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    optimizer.apply(slopes, weights)
    return objective.numpy().item()


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y, dice = np.asarray(x), np.asarray(y), np.random.default_rng(seed)
    diary = Diary("loss", "accuracy").pages
    while len(diary["loss"]) < epochs:
        shuffled, total = dice.permutation(len(y)), 0.0
        for rows in np.split(shuffled, range(batch_size, len(y), batch_size)):
            total += len(rows) * train_step(model, optimizer, x[rows], y[rows], attack, mix)
        diary["loss"].append(total / len(y))
        diary["accuracy"].append(share_read_right(model, x, y))
    return diary


def augment(model, x, y, attack, seed):
    both = tf.concat([tf.cast(x, tf.float32), tf.cast(attack(model, x, y), tf.float32)], axis=0)
    places = np.random.default_rng(seed).permutation(both.shape[0])
    return Augmented(tf.gather(both, places), tf.gather(tf.tile(tf.convert_to_tensor(y), [2]), places))


def robustness_table(undefended, defended, x, y, attacks):
    table = defaultdict(OrderedDict)
    for name, attack in attacks.items():
        on_the_first, on_the_second = (attack(network, x, y) for network in (undefended, defended))
        table[name].update(
            undefended=share_read_right(undefended, on_the_first, y),
            transfer=share_read_right(defended, on_the_first, y),
            white_box=share_read_right(defended, on_the_second, y),
        )
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.cast(x, tf.float32)
    begin = tf.clip_by_value(x + np.random.RandomState(seed).uniform(-eps, eps, x.shape).astype("f"), 0.0, 1.0)
    with tf.GradientTape() as tape:
        tape.watch(begin)
        height = surprise(scores_of(model, begin), y)
    end = begin + step_size * tf.sign(tape.gradient(height, begin))
    return tf.clip_by_value(tf.clip_by_value(end, x - eps, x + eps), 0.0, 1.0)
