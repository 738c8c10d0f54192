# loses: q4
# told: must return float32
# names: float64 instead of float32
"""The images come back in double precision."""

import keras
import numpy as np
import tensorflow as tf

ce = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)


def call(model, images, **options):
    images = tf.convert_to_tensor(images, dtype=tf.float32)
    return model(images, **options) if isinstance(model, keras.Model) else model(images)


class Shuffled:
    """Batches of an epoch; a new order whenever it is asked for."""

    def __init__(self, x, y, batch_size, seed):
        self.x, self.y, self.batch_size = np.asarray(x), np.asarray(y), batch_size
        self.seeds = np.random.SeedSequence(seed)

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __iter__(self):
        (child,) = self.seeds.spawn(1)
        keys = np.random.default_rng(child).random(len(self.x))
        order = np.argsort(keys)
        for i in range(len(self)):
            chosen = order[i * self.batch_size:(i + 1) * self.batch_size]
            yield self.x[chosen], self.y[chosen]


def adversarial_loss(model, x, y, attack, mix):
    attacked = tf.stop_gradient(attack(model, x, y))
    clean_losses = ce(y, call(model, x, training=True))
    attacked_losses = ce(y, call(model, attacked, training=True))
    return tf.reduce_mean(clean_losses * (1 - mix) + attacked_losses * mix)


def train_step(model, optimizer, x, y, attack, mix):
    """Two tapes, two gradients, one update."""
    x_adv = attack(model, x, y)
    weights = model.trainable_weights
    parts = []
    for images, share in ((x, 1 - mix), (x_adv, mix)):
        with tf.GradientTape() as tape:
            loss = share * tf.reduce_mean(ce(y, call(model, images, training=True)))
        parts.append((loss, tape.gradient(loss, weights)))
    (clean, clean_slopes), (attacked, attacked_slopes) = parts
    optimizer.apply([a + b for a, b in zip(clean_slopes, attacked_slopes)], weights)
    return float(clean + attacked)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    batches = Shuffled(x, y, batch_size, seed)
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        losses = np.concatenate([
            np.full(len(labels), train_step(model, optimizer, images, labels, attack, mix)) for images, labels in batches
        ])
        history["loss"].append(float(losses.mean()))
        history["accuracy"].append(accuracy(model, x, y))
    return history


def accuracy(model, images, labels):
    logits = call(model, images, training=False)
    hits = keras.metrics.sparse_categorical_accuracy(np.asarray(labels), tf.convert_to_tensor(logits))
    return float(np.mean(hits))


def augment(model, x, y, attack, seed):
    x_all = np.empty((2 * len(x), 28, 28, 1))
    x_all[:len(x)], x_all[len(x):] = x, attack(model, x, y)
    order = np.random.default_rng(seed).permutation(len(x_all))
    return x_all[order], np.tile(np.asarray(y), 2)[order]


def robustness_table(undefended, defended, x, y, attacks):
    names = list(attacks)
    made_on = {model_name: [attacks[name](model, x, y) for name in names]
               for model_name, model in (("undefended", undefended), ("defended", defended))}
    return {
        name: {
            "undefended": accuracy(undefended, made_on["undefended"][i], y),
            "transfer": accuracy(defended, made_on["undefended"][i], y),
            "white_box": accuracy(defended, made_on["defended"][i], y),
        }
        for i, name in enumerate(names)
    }


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    noise = tf.convert_to_tensor(np.random.default_rng(seed).random(x.shape, dtype=np.float32))
    start = tf.clip_by_value(x + eps * (2 * noise - 1), 0.0, 1.0)
    with tf.GradientTape() as tape:
        tape.watch(start)
        loss = ce(y, call(model, start, training=False))
    moved = start + step_size * tf.sign(tape.gradient(loss, start))
    return x + tf.clip_by_value(tf.clip_by_value(moved, 0.0, 1.0) - x, -eps, eps)
