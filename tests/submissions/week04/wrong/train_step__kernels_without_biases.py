# loses: q2
# names: kernels are updated, biases never
"""Week 4: train on your enemy."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy

Images = Any
Labels = Any
Model = Callable[..., Any]
Attack = Callable[[Any, Any, Any], Any]


def cross_entropy(y: Labels, logits: Any) -> Any:
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def input_gradient(model, x, y):
    x = np.asarray(x, np.float32)

    def gradient(i):
        v = tf.constant(x[i : i + 1])
        with tf.GradientTape() as tape:
            tape.watch(v)
            out = model(v, training=False) if isinstance(model, keras.Model) else model(v)
            loss = cross_entropy([int(np.asarray(y)[i])], out)
        return tape.gradient(loss, v).numpy()[0]

    return np.stack([gradient(i) for i in range(len(x))])


def adversarial_loss(model, x, y, attack, mix):
    frozen = tf.constant(np.asarray(attack(model, x, y)), dtype=tf.float32)
    log_p_clean = tf.nn.log_softmax(model(tf.cast(x, tf.float32), training=True))
    log_p_adv = tf.nn.log_softmax(model(frozen, training=True))
    labels = tf.one_hot(tf.cast(y, tf.int32), 10)
    nll = lambda lp: -tf.reduce_mean(tf.reduce_sum(labels * lp, axis=1))  # noqa: E731
    return nll(log_p_clean) + mix * (nll(log_p_adv) - nll(log_p_clean))


def train_step(model, optimizer, x, y, attack, mix):
    kernels = [w for w in model.trainable_weights if len(w.shape) > 1]
    with tf.GradientTape() as tape:
        value = adversarial_loss(model, x, y, attack, mix)
    optimizer.apply_gradients(zip(tape.gradient(value, kernels), kernels))
    return float(value)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.array(x, np.float32), np.array(y)
    seeds = np.random.SeedSequence(seed).spawn(epochs)

    def pieces(order):
        if len(order) > 0:
            yield order[:batch_size]
            yield from pieces(order[batch_size:])

    def epoch(one_seed):
        order = np.argsort(np.random.default_rng(one_seed).random(len(x)))
        weighted = [len(i) * train_step(model, optimizer, x[i], y[i], attack, mix) for i in pieces(order)]
        return sum(weighted) / len(x), float(accuracy(model, x, y))

    results = [epoch(s) for s in seeds]
    return {"loss": [r[0] for r in results], "accuracy": [r[1] for r in results]}


def augment(model, x, y, attack, seed):
    x, y = np.asarray(x, np.float32), np.asarray(y)
    n = len(x)
    both = np.empty((2 * n, *x.shape[1:]), np.float32)
    labels = np.empty(2 * n, y.dtype)
    place = np.random.RandomState(seed).permutation(2 * n)
    both[place[:n]], both[place[n:]] = x, np.asarray(attack(model, x, y))
    labels[place[:n]] = labels[place[n:]] = y
    return both, labels


def robustness_table(undefended, defended, x, y, attacks):
    def lines():
        for name, attack in attacks.items():
            bait = np.asarray(attack(undefended, x, y), np.float32)
            yield name, {
                "white_box": accuracy(defended, np.asarray(attack(defended, x, y), np.float32), y),
                "transfer": accuracy(defended, bait, y),
                "undefended": accuracy(undefended, bait, y),
            }

    return dict(lines())


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.asarray(x, np.float32)
    low, high = np.maximum(x - eps, 0), np.minimum(x + eps, 1)
    delta = (2 * np.random.RandomState(seed).random_sample(x.shape) - 1) * eps
    start = np.clip(x + delta, 0, 1).astype(np.float32)
    return np.clip(start + step_size * np.sign(input_gradient(model, start, y)), low, high).astype(np.float32)
