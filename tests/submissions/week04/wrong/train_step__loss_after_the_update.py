# loses: q2
# names: the loss is computed after the update instead of before
"""Returns the loss that is left after the update."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def accuracy(model, x, y):
    return float(np.mean(np.argmax(logits_of(model, x), axis=-1) == np.asarray(y)))


def mean_loss(model, x, y):
    logits = model(x, training=True) if isinstance(model, keras.Model) else model(x)
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.stop_gradient(tf.convert_to_tensor(attack(model, x, y), tf.float32))
    clean = mean_loss(model, x, y)
    attacked = mean_loss(model, x_adv, y)
    return (1 - mix) * clean + mix * attacked


def train_step(model, optimizer, x, y, attack, mix):
    weights = model.trainable_variables
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return float(adversarial_loss(model, x, y, attack, mix))


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x), np.asarray(y)
    rng = np.random.default_rng(seed)
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for start in range(0, len(x), batch_size):
            batch = order[start:start + batch_size]
            total += len(batch) * train_step(model, optimizer, x[batch], y[batch], attack, mix)
        history["loss"].append(total / len(x))
        history["accuracy"].append(accuracy(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    x_all = np.concatenate([np.asarray(x), np.asarray(attack(model, x, y))]).astype(np.float32)
    y_all = np.concatenate([np.asarray(y), np.asarray(y)])
    order = np.random.default_rng(seed).permutation(len(x_all))
    return x_all[order], y_all[order]


def robustness_table(undefended, defended, x, y, attacks):
    table = {}
    for name, attack in attacks.items():
        on_undefended = attack(undefended, x, y)
        table[name] = {
            "undefended": accuracy(undefended, on_undefended, y),
            "transfer": accuracy(defended, on_undefended, y),
            "white_box": accuracy(defended, attack(defended, x, y), y),
        }
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    noise = np.random.default_rng(seed).uniform(-eps, eps, x.shape)
    start = tf.clip_by_value(x + noise.astype(np.float32), 0.0, 1.0)
    with tf.GradientTape() as tape:
        tape.watch(start)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, start))
    stepped = start + step_size * tf.sign(tape.gradient(loss, start))
    return tf.clip_by_value(tf.clip_by_value(stepped, x - eps, x + eps), 0.0, 1.0)
