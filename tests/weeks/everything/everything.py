"""The reference of a week that only the tests have: every kind of argument and answer."""

import numpy as np
import tensorflow as tf


def echo(value):
    """`value` itself."""
    # BEGIN SOLUTION
    return value
    # END SOLUTION


def train_step(model, optimizer, x, y, attack):
    """One update on `attack(model, x, y)`; returns the loss before it."""
    # BEGIN SOLUTION
    x_adv = tf.convert_to_tensor(attack(model, x, y))
    with tf.GradientTape() as tape:
        logits = model(x_adv, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return float(loss)
    # END SOLUTION


def defend(model, transform):
    """A callable that transforms, then classifies."""

    # BEGIN SOLUTION
    def defended(x):
        return model(tf.convert_to_tensor(transform(x)))

    return defended
    # END SOLUTION


def query_attack(oracle, x, budget):
    """The best of `budget` queries: random images, the one with the highest first logit."""
    # BEGIN SOLUTION
    random = np.random.default_rng(0)
    best, best_score = np.asarray(x), -np.inf
    for _ in range(budget):
        candidate = random.random(np.shape(x)).astype("float32")
        score = np.asarray(oracle(candidate))[:, 0].sum()
        if score > best_score:
            best, best_score = candidate, score
    return best
    # END SOLUTION


def gradient(model, x):
    """Gradient of the summed logits with respect to `x`."""
    # BEGIN SOLUTION
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(model(x))
    return tape.gradient(total, x)
    # END SOLUTION
