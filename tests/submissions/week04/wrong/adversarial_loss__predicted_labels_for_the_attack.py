# loses: q1
# names: the attack gets predicted labels instead of y
"""The attack is told what the network predicts, not what is true."""

import numpy as np
import tensorflow as tf


def forward(model, x, training):
    x = tf.constant(np.asarray(x, np.float32))
    try:
        return model(x, training=training)
    except TypeError:
        return model(x)


def predicted(model, x):
    return np.asarray(forward(model, x, False)).argmax(axis=1)


def cross_entropy(y, logits):
    """Mean of -log softmax(logits)[y]."""
    log_p = tf.nn.log_softmax(logits)
    return -tf.reduce_mean(tf.reduce_sum(log_p * tf.one_hot(np.asarray(y), 10), axis=1))


def adversarial_loss(model, x, y, attack, mix):
    believed = predicted(model, x)
    x_adv = np.asarray(attack(model, x, believed))
    on_clean = cross_entropy(y, forward(model, x, True))
    on_attacked = cross_entropy(y, forward(model, x_adv, True))
    return (1 - mix) * on_clean + mix * on_attacked


def train_step(model, optimizer, x, y, attack, mix):
    tape = tf.GradientTape()
    with tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return float(loss.numpy())


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x), np.asarray(y)
    loss_by_epoch, accuracy_by_epoch = [], []
    for epoch in range(epochs):
        order = np.arange(len(y))
        np.random.default_rng([seed, epoch]).shuffle(order)
        batches = np.split(order, range(batch_size, len(y), batch_size))
        losses = [train_step(model, optimizer, x[b], y[b], attack, mix) for b in batches]
        loss_by_epoch.append(float(np.average(losses, weights=[len(b) for b in batches])))
        accuracy_by_epoch.append(float((predicted(model, x) == y).mean()))
    return {"loss": loss_by_epoch, "accuracy": accuracy_by_epoch}


def augment(model, x, y, attack, seed):
    x, y = np.asarray(x), np.asarray(y)
    pairs = list(zip(np.concatenate([x, np.asarray(attack(model, x, y))]), np.concatenate([y, y])))
    np.random.RandomState(seed).shuffle(pairs)
    images, labels = zip(*pairs)
    return np.stack(images).astype(np.float32), np.array(labels)


def robustness_table(undefended, defended, x, y, attacks):
    y = np.asarray(y)
    table = {name: {} for name in attacks}
    for name, attack in attacks.items():
        x_undefended = attack(undefended, x, y)
        x_defended = attack(defended, x, y)
        table[name]["undefended"] = np.mean(predicted(undefended, x_undefended) == y)
        table[name]["transfer"] = np.mean(predicted(defended, x_undefended) == y)
        table[name]["white_box"] = np.mean(predicted(defended, x_defended) == y)
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.array(x, dtype=np.float32)
    lowest, highest = np.maximum(x - np.float32(eps), 0), np.minimum(x + np.float32(eps), 1)
    noise = np.random.RandomState(seed).uniform(-eps, eps, size=x.shape).astype(np.float32)
    start = tf.constant(np.clip(x + noise, lowest, highest))
    with tf.GradientTape() as tape:
        tape.watch(start)
        loss = cross_entropy(y, forward_tensor(model, start))
    return np.clip(start.numpy() + np.float32(step_size) * np.sign(tape.gradient(loss, start).numpy()), lowest, highest)


def forward_tensor(model, x):
    try:
        return model(x, training=False)
    except TypeError:
        return model(x)
