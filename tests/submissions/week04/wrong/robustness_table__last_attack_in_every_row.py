# loses: q5
# names: closure: every row is of the last attack
from __future__ import annotations

import collections
import itertools

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def as_images(x):
    x = tf.convert_to_tensor(x)
    return x if x.dtype == tf.float32 else tf.cast(x, tf.float32)


def as_labels(y):
    return tf.reshape(tf.cast(tf.convert_to_tensor(y), tf.int32), [-1])


def input_gradient(model, x, y):
    images = as_images(x)
    with tf.GradientTape() as tape:
        tape.watch(images)
        answers = model(images, training=False) if isinstance(model, keras.Model) else model(images)
        losses = cross_entropy(as_labels(y), answers)
    gradient = tape.gradient(losses, images)
    if gradient is None:
        raise RuntimeError("the model does not depend on its input")
    return gradient


def adversarial_loss(model, x, y, attack, mix):
    if not 0 <= mix <= 1:
        raise ValueError("mix must be a share")
    frozen = as_images(attack(model, x, y)).numpy()
    labels = as_labels(y)
    clean_logits = model(as_images(x), training=True)
    attacked_logits = model(frozen, training=True)
    losses = tf.concat([cross_entropy(labels, clean_logits), cross_entropy(labels, attacked_logits)], axis=0)
    n = len(labels)
    weights = tf.constant([(1 - mix) / n] * n + [mix / n] * n, tf.float32)
    return tf.reduce_sum(weights * losses)


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape(persistent=True) as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    gradients = [tape.gradient(loss, weight) for weight in model.trainable_weights]
    del tape
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
    return float(loss)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = as_images(x).numpy(), as_labels(y).numpy()
    history = collections.defaultdict(list)
    for epoch in range(epochs):
        order = iter(np.random.default_rng([seed, epoch]).permutation(len(x)).tolist())
        losses, sizes = [], []
        while batch := list(itertools.islice(order, batch_size)):
            losses.append(train_step(model, optimizer, x[batch], y[batch], attack, mix))
            sizes.append(len(batch))
        history["loss"].append(float(np.average(losses, weights=sizes)))
        history["accuracy"].append(accuracy(model, x, y))
    history.setdefault("loss", [])
    history.setdefault("accuracy", [])
    return dict(history)


def augment(model, x, y, attack, seed):
    x_adv = as_images(attack(model, x, y)).numpy()
    x, y = as_images(x).numpy(), np.asarray(y)
    rng = np.random.default_rng(seed)
    x_all = np.stack([x, x_adv], axis=1).reshape(-1, *x.shape[1:])
    y_all = np.repeat(y, 2)
    shuffled = rng.permutation(2 * len(x))
    return x_all.take(shuffled, axis=0), y_all.take(shuffled)


def robustness_table(undefended, defended, x, y, attacks):
    rows = {}
    for name, attack in attacks.items():
        rows[name] = lambda source, reader: accuracy(reader, attack(source, x, y), y)
    return {
        name: {
            "undefended": row(undefended, undefended),
            "transfer": row(undefended, defended),
            "white_box": row(defended, defended),
        }
        for name, row in rows.items()
    }


def fgsm_random_start(model, x, y, eps, step_size, seed):
    clean = as_images(x).numpy()
    low, high = np.maximum(clean - np.float32(eps), 0), np.minimum(clean + np.float32(eps), 1)
    delta = np.random.default_rng(seed).random(clean.shape, dtype=np.float32) * np.float32(2 * eps) - np.float32(eps)
    start = np.clip(clean + delta, low, high)
    gradient = input_gradient(model, start, y).numpy()
    return np.clip(start + np.float32(step_size) * np.sign(gradient), low, high)
