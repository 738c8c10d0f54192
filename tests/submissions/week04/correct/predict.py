"""Reads the accuracies off model.predict."""
import numpy as np
import tensorflow as tf


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def _prep(x, y):
    return tf.constant(np.asarray(x, dtype=np.float32)), tf.constant(np.asarray(y), dtype=tf.int64)


def _loss(model, x, y, training):
    """Mean cross-entropy"""
    x, y = _prep(x, y)
    return tf.reduce_mean(cross_entropy(y, model(x, training=training)))


def _acc(model, x, y):
    x, y = _prep(x, y)
    out = model.predict(x, verbose=0)
    return float(np.mean(out.argmax(1) == y.numpy()))


def _order(n, seed, epoch=0):
    """A permutation of 0 ... n-1 which depends on the seed and the epoch"""
    return np.random.default_rng([seed, epoch]).permutation(n)


def input_gradient(model, x, y):
    x, y = _prep(x, y)
    with tf.GradientTape() as t:
        t.watch(x)
        total = tf.reduce_sum(cross_entropy(y, model(x, training=False)))
    return t.gradient(total, x)


def adversarial_loss(model, x, y, attack, mix):
    x_adv = np.asarray(attack(model, x, y))
    l_clean = _loss(model, x, y, training=True)
    l_adv = _loss(model, x_adv, y, training=True)
    return (1 - mix) * l_clean + mix * l_adv


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as t:
        l = adversarial_loss(model, x, y, attack, mix)
    w = model.trainable_variables
    g = t.gradient(l, w)
    optimizer.apply_gradients(zip(g, w))
    return float(l)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x, dtype=np.float32), np.asarray(y)
    n = x.shape[0]
    losses = np.zeros(epochs)
    accs = np.zeros(epochs)
    for e in range(epochs):
        idx = _order(n, seed, e)
        xs, ys = x[idx], y[idx]
        for i in range(0, n, batch_size):
            xb, yb = xs[i:i+batch_size], ys[i:i+batch_size]
            l = train_step(model, optimizer, xb, yb, attack, mix)
            losses[e] += l * len(xb) / n
        accs[e] = _acc(model, x, y)
    return {"loss": losses.tolist(), "accuracy": accs.tolist()}


def augment(model, x, y, attack, seed):
    x, y = np.asarray(x, dtype=np.float32), np.asarray(y)
    n = len(x)
    x_all = np.empty((2 * n,) + x.shape[1:], dtype=np.float32)
    y_all = np.empty(2 * n, dtype=np.int64)
    x_all[:n] = x
    x_all[n:] = np.asarray(attack(model, x, y))
    y_all[:n] = y
    y_all[n:] = y
    idx = _order(2 * n, seed)
    return x_all[idx], y_all[idx]


def robustness_table(undefended, defended, x, y, attacks):
    out = {}
    for k, a in attacks.items():
        xu = a(undefended, x, y)
        xd = a(defended, x, y)
        out[k] = {"undefended": _acc(undefended, xu, y)}
        out[k]["transfer"] = _acc(defended, xu, y)
        out[k]["white_box"] = _acc(defended, xd, y)
    return out


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.asarray(x, dtype=np.float32)
    d = np.random.default_rng(seed).random(x.shape, dtype=np.float32)
    d = 2 * eps * d - eps
    g = input_gradient(model, x + d, y).numpy()
    d = d + step_size * np.sign(g)
    d = np.clip(d, -eps, eps)
    return np.clip(x + d, 0, 1).astype(np.float32)
