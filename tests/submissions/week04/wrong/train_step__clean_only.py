# loses: q2
# names: the gradient is that of the clean loss only: trains on clean images
"""Reports the mixed loss and follows the clean one."""

import random

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, images):
    return model(images, training=False) if isinstance(model, keras.Model) else model(images)


def right(model, images, labels):
    logits = np.asarray(logits_of(model, tf.constant(np.asarray(images, np.float32))))
    return sum(int(np.argmax(row) == label) for row, label in zip(logits, np.asarray(labels)))


def losses(model, images, labels):
    logits = model(images, training=True)
    return tf.nn.softmax_cross_entropy_with_logits(labels=tf.one_hot(labels, logits.shape[-1]), logits=logits)


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.constant(np.array(attack(model, x, y)), tf.float32)
    sum_clean = tf.reduce_sum(losses(model, x, y))
    sum_attacked = tf.reduce_sum(losses(model, x_adv, y))
    return ((1 - mix) * sum_clean + mix * sum_attacked) / len(x)


def train_step(model, optimizer, x, y, attack, mix):
    loss = adversarial_loss(model, x, y, attack, mix)
    with tf.GradientTape() as tape:
        clean = tf.reduce_mean(losses(model, x, y))
    optimizer.apply_gradients(zip(tape.gradient(clean, model.trainable_weights), model.trainable_weights))
    return float(loss)


def shuffled(n, source):
    order = list(range(n))
    source.shuffle(order)
    return order


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.array(x), np.array(y)
    source = random.Random(seed)
    result = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        order, seen, total = shuffled(len(x), source), 0, 0.0
        while seen < len(order):
            batch = order[seen:seen + batch_size]
            total += train_step(model, optimizer, x[batch], y[batch], attack, mix) * len(batch)
            seen += len(batch)
        result["loss"].append(total / seen)
        result["accuracy"].append(right(model, x, y) / seen)
    return result


def augment(model, x, y, attack, seed):
    x, y = np.array(x), np.array(y)
    copies = np.array(attack(model, x, y))
    images, labels = [*x, *copies], [*y, *y]
    order = shuffled(len(images), random.Random(seed))
    return np.stack([images[i] for i in order]).astype(np.float32), np.stack([labels[i] for i in order])


def robustness_table(undefended, defended, x, y, attacks):
    def accuracy(model, images):
        return right(model, images, y) / len(x)

    table = {}
    for name, attack in attacks.items():
        from_undefended, from_defended = attack(undefended, x, y), attack(defended, x, y)
        table[name] = {"undefended": accuracy(undefended, from_undefended)}
        table[name]["transfer"] = accuracy(defended, from_undefended)
        table[name]["white_box"] = accuracy(defended, from_defended)
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    rng = np.random.default_rng(seed)
    results = []
    for image, label in zip(np.array(x, np.float32), np.array(y)):
        lowest, highest = np.maximum(image - np.float32(eps), 0), np.minimum(image + np.float32(eps), 1)
        start = np.clip(image + rng.uniform(-eps, eps, image.shape), lowest, highest)
        batch = tf.constant(start[None], tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(batch)
            loss = keras.losses.sparse_categorical_crossentropy(np.array([label]), logits_of(model, batch), from_logits=True)
        step = step_size * np.sign(tape.gradient(loss, batch).numpy()[0])
        results.append(np.clip(start + step, lowest, highest))
    return np.stack(results).astype(np.float32)
