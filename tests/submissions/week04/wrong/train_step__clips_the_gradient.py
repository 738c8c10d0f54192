# loses: q2
# names: the gradient is clipped to a norm of 1 before the update
"""Clips the gradient's global norm, as a good habit from elsewhere."""

import numpy as np
import tensorflow as tf


def surprise(model, images, labels, **how):
    """log Σ exp(logits) − logit of the label, one number an image."""
    logits = model(tf.cast(images, tf.float32), **how)
    chosen = tf.stack([tf.range(len(logits)), tf.cast(labels, tf.int32)], axis=1)
    return tf.reduce_logsumexp(logits, axis=1) - tf.gather_nd(logits, chosen)


def reads(model, images):
    try:
        logits = model(images, training=False)
    except TypeError:
        logits = model(images)
    return tf.argmax(logits, axis=1)


def hit_rate(model, images, labels):
    hits = tf.equal(reads(model, tf.cast(images, tf.float32)), tf.cast(labels, tf.int64))
    return np.count_nonzero(hits) / hits.shape[0]


def adversarial_loss(model, x, y, attack, mix):
    worse = tf.stop_gradient(attack(model, x, y))
    at_x = tf.math.reduce_mean(surprise(model, x, y, training=True))
    at_worse = tf.math.reduce_mean(surprise(model, worse, y, training=True))
    return at_x - mix * (at_x - at_worse)


def train_step(model, optimizer, x, y, attack, mix):
    theta = list(model.trainable_variables)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for variable in theta:
            tape.watch(variable.value if hasattr(variable, "value") else variable)
        j = adversarial_loss(model, x, y, attack, mix)
    nabla = tape.gradient(j, [variable.value for variable in theta])
    nabla, _ = tf.clip_by_global_norm(nabla, 1.0)
    optimizer.apply(nabla, theta)
    return j.numpy().item()


def ranks(rng, n):
    return tf.constant(rng.random(n).argsort())


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    loss, accuracy = np.zeros(epochs), np.zeros(epochs)
    for t in range(epochs):
        order, used = ranks(rng, len(x)), 0
        for part in np.array_split(order, range(batch_size, len(x), batch_size)):
            j = train_step(model, optimizer, tf.gather(x, part), tf.gather(y, part), attack, mix)
            used += len(part)
            loss[t] += (j - loss[t]) * len(part) / used  # a running mean
        accuracy[t] = hit_rate(model, x, y)
    return dict(loss=loss.tolist(), accuracy=accuracy.tolist())


def augment(model, x, y, attack, seed):
    x = tf.cast(x, tf.float32)
    order = ranks(np.random.default_rng(seed), 2 * len(x))
    twice = tf.concat([x, tf.cast(attack(model, x, y), tf.float32)], axis=0)
    return tf.gather(twice, order), tf.gather(tf.tile(y, [2]), order)


def robustness_table(undefended, defended, x, y, attacks):
    rows = {}
    for name in attacks:
        weak_spot, hard_spot = (attacks[name](network, x, y) for network in (undefended, defended))
        cells = [(undefended, weak_spot), (defended, weak_spot), (defended, hard_spot)]
        rows[name] = dict(zip(("undefended", "transfer", "white_box"), [hit_rate(*cell, y) for cell in cells]))
    return rows


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.cast(x, tf.float32)
    lowest, highest = tf.nn.relu(x - eps), 1.0 - tf.nn.relu(1.0 - x - eps)
    u = np.random.RandomState(seed).random_sample(x.shape).astype(np.float32)
    z = tf.Variable(tf.clip_by_value(x + eps * (2.0 * u - 1.0), lowest, highest))
    how = {"training": False} if hasattr(model, "trainable_variables") else {}
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(surprise(model, z, y, **how))
    z.assign_add(step_size * tf.sign(tape.gradient(total, z)))
    return tf.minimum(tf.maximum(z, lowest), highest)
