"""Week 4, with loops over the images where a loop is easier to read."""

import random

import keras
import numpy as np
import tensorflow as tf


def cross_entropy(y, logits):
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of_one(model, image):
    batch = tf.expand_dims(image, 0)
    if isinstance(model, keras.Model):
        return model(batch, training=False)
    return model(batch)


def count_right(model, x, y):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    right = 0
    for image, label in zip(x, y):
        if int(np.argmax(logits_of_one(model, image))) == int(label):
            right += 1
    return right


def input_gradient(model, x, y):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    gradients = []
    for i in range(len(x)):
        image = tf.constant(x[i])
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = cross_entropy(y[i : i + 1], logits_of_one(model, image))
        gradient = tape.gradient(loss, image)
        if gradient is None:
            gradient = tf.zeros_like(image)
        gradients.append(gradient)
    return tf.stack(gradients)


def adversarial_loss(model, x, y, attack, mix):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    y = tf.convert_to_tensor(y)
    x_adv = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    clean_logits = model(x, training=True)
    adv_logits = model(x_adv, training=True)
    n = int(x.shape[0])
    clean, adv = 0.0, 0.0
    for i in range(n):
        clean += cross_entropy(y[i], clean_logits[i])
        adv += cross_entropy(y[i], adv_logits[i])
    return (1.0 - mix) * clean / n + mix * adv / n


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    return float(loss)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    dice = random.Random(seed)
    history = {"loss": [], "accuracy": []}
    for epoch in range(epochs):
        waiting = list(range(len(x)))
        dice.shuffle(waiting)
        loss_of_images = []
        while waiting:
            batch, waiting = waiting[:batch_size], waiting[batch_size:]
            loss = train_step(model, optimizer, x[batch], y[batch], attack, mix)
            for _ in batch:
                loss_of_images.append(loss)
        history["loss"].append(sum(loss_of_images) / len(loss_of_images))
        history["accuracy"].append(count_right(model, x, y) / len(x))
    return history


def augment(model, x, y, attack, seed):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    x_adv = np.asarray(attack(model, x, y))
    pairs = []
    for i in range(len(x)):
        pairs.append((x[i], y[i]))
        pairs.append((x_adv[i], y[i]))
    random.Random(seed).shuffle(pairs)
    x_all = np.zeros((len(pairs),) + x.shape[1:], dtype=np.float32)
    y_all = np.zeros(len(pairs), dtype=y.dtype)
    for i, (image, label) in enumerate(pairs):
        x_all[i] = image
        y_all[i] = label
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    n = len(x)
    table = {}
    for name, attack in attacks.items():
        x_undefended = attack(undefended, x, y)
        x_defended = attack(defended, x, y)
        row = {}
        row["undefended"] = count_right(undefended, x_undefended, y) / n
        row["transfer"] = count_right(defended, x_undefended, y) / n
        row["white_box"] = count_right(defended, x_defended, y) / n
        table[name] = row
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    rng = np.random.default_rng(seed)
    out = np.zeros_like(x)
    for i in range(len(x)):
        noise = rng.uniform(-eps, eps, size=x[i].shape).astype(np.float32)
        start = x[i] + noise
        gradient = input_gradient(model, start[None], y[i : i + 1])[0]
        moved = start + step_size * np.sign(np.asarray(gradient))
        moved = np.clip(moved, x[i] - eps, x[i] + eps)
        out[i] = np.clip(moved, 0.0, 1.0)
    return out
