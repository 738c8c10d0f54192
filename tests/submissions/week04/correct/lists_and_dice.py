# loses: nothing
"""Lists, the random module and plain loops."""
import random

import keras
import numpy as np
import tensorflow as tf


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def run(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def accuracy_of(model, x, y):
    z = np.array(run(model, np.array(x)))
    right = [1 if int(np.argmax(row)) == int(label) else 0 for row, label in zip(z, np.array(y))]
    return sum(right) / len(right)


def input_gradient(model, x, y):
    g = []
    for image, label in zip(np.array(x), np.array(y)):
        t = tf.constant(image[np.newaxis])
        with tf.GradientTape() as tape:
            tape.watch(t)
            loss = cross_entropy([label], run(model, t))
        g.append(tape.gradient(loss, t).numpy()[0])
    return np.array(g)


def adversarial_loss(model, x, y, attack, mix):
    x_adv = attack(model, x, y)
    x_adv = x_adv.numpy() if tf.is_tensor(x_adv) else x_adv
    n = len(y)
    clean = tf.reduce_sum(cross_entropy(y, model(x, training=True))) / n
    attacked = tf.reduce_sum(cross_entropy(y, model(x_adv, training=True))) / n
    return clean * (1.0 - mix) + attacked * mix


def train_step(model, optimizer, x, y, attack, mix):
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        value = adversarial_loss(model, x, y, attack, mix)
    before = float(value)
    optimizer.apply_gradients(list(zip(tape.gradient(value, variables), variables)))
    return before


def chunks(indices, size):
    if not indices:
        return []
    return [indices[:size]] + chunks(indices[size:], size)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.array(x), np.array(y)
    dice = random.Random(seed)
    indices = list(range(len(x)))
    history = dict(loss=[], accuracy=[])
    for epoch in range(1, epochs + 1):
        dice.shuffle(indices)
        losses = []
        for batch in chunks(indices, batch_size):
            losses += [train_step(model, optimizer, x[batch], y[batch], attack, mix)] * len(batch)
        history["loss"].append(sum(losses) / len(losses))
        history["accuracy"].append(accuracy_of(model, x, y))
        print(f"epoch {epoch}: loss {history['loss'][-1]:.4f}")
    return history


def augment(model, x, y, attack, seed):
    pairs = list(zip(np.array(x), np.array(y))) + list(zip(np.array(attack(model, x, y)), np.array(y)))
    random.Random(seed).shuffle(pairs)
    images, labels = zip(*pairs)
    return np.array(images, dtype=np.float32), np.array(labels)


def robustness_table(undefended, defended, x, y, attacks):
    table = {name: {} for name in attacks}
    for name, attack in attacks.items():
        for column, source, reader in (
            ("undefended", undefended, undefended),
            ("transfer", undefended, defended),
            ("white_box", defended, defended),
        ):
            table[name][column] = accuracy_of(reader, attack(source, x, y), y)
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.array(x)
    dice = random.Random(seed)
    delta = np.array([dice.uniform(-eps, eps) for _ in range(x.size)]).reshape(x.shape)
    start = (x + delta).astype(np.float32)
    x_adv = start + step_size * np.sign(input_gradient(model, start, y))
    x_adv = np.minimum(np.maximum(x_adv, x - eps), x + eps)
    return np.clip(x_adv, 0, 1).astype(np.float32)


if __name__ == "__main__":
    print(chunks(list(range(10)), 4))
