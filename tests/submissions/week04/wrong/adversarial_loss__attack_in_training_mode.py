# loses: q1
# names: the attack is given the network in training mode
"""Week 4 with keras.ops and keras.random."""
import keras
import numpy as np
import tensorflow as tf
from keras import ops


def _x(images):
    return ops.cast(ops.convert_to_tensor(images), "float32")


def _y(labels):
    return ops.cast(ops.convert_to_tensor(labels), "int32")


def _read(model, images):
    return model(images, training=False) if isinstance(model, keras.Model) else model(images)


def _losses(logits, labels):
    picked = ops.sum(ops.one_hot(labels, 10) * logits, axis=-1)
    return ops.logsumexp(logits, axis=-1) - picked


def _accuracy(model, images, labels):
    guess = ops.convert_to_numpy(ops.argmax(_read(model, _x(images)), axis=-1))
    return float(np.mean(guess == ops.convert_to_numpy(labels)))


def adversarial_loss(model, x, y, attack, mix):
    images, labels = _x(x), _y(y)
    def network(batch, training=True):
        return model(batch, training=True)

    attacked = ops.stop_gradient(_x(attack(network, images, labels)))
    clean_logits = model(images, training=True)
    attacked_logits = model(attacked, training=True)
    weights = ops.convert_to_tensor([1.0 - mix, mix], dtype="float32")
    means = ops.stack([ops.mean(_losses(clean_logits, labels)), ops.mean(_losses(attacked_logits, labels))])
    return ops.sum(weights * means)


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    variables = model.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
    return float(ops.convert_to_numpy(loss))


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    images, labels = _x(x), _y(y)
    n = int(images.shape[0])
    generator = keras.random.SeedGenerator(int(seed))
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        order = keras.random.shuffle(ops.arange(n), seed=generator)
        total = 0.0
        for start in range(0, n, batch_size):
            rows = order[start : start + batch_size]
            loss = train_step(model, optimizer, ops.take(images, rows, 0), ops.take(labels, rows, 0), attack, mix)
            total += loss * int(rows.shape[0])
        history["loss"].append(total / n)
        history["accuracy"].append(_accuracy(model, images, labels))
    return history


def augment(model, x, y, attack, seed):
    images, labels = _x(x), _y(y)
    attacked = _x(attack(model, images, labels))
    order = keras.random.shuffle(ops.arange(2 * int(images.shape[0])), seed=keras.random.SeedGenerator(int(seed)))
    x_all = ops.take(ops.concatenate([images, attacked], axis=0), order, axis=0)
    y_all = ops.take(ops.concatenate([labels, labels], axis=0), order, axis=0)
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    images, labels = _x(x), _y(y)
    made_on_undefended = {name: attack(undefended, images, labels) for name, attack in attacks.items()}
    made_on_defended = {name: attack(defended, images, labels) for name, attack in attacks.items()}
    return {
        name: {
            "undefended": _accuracy(undefended, made_on_undefended[name], labels),
            "transfer": _accuracy(defended, made_on_undefended[name], labels),
            "white_box": _accuracy(defended, made_on_defended[name], labels),
        }
        for name in attacks
    }


def fgsm_random_start(model, x, y, eps, step_size, seed):
    images, labels = _x(x), _y(y)
    delta = keras.random.uniform(tuple(images.shape), minval=-eps, maxval=eps, seed=int(seed))
    start = ops.clip(images + delta, 0.0, 1.0)
    with tf.GradientTape() as tape:
        tape.watch(start)
        loss = _losses(_read(model, start), labels)
    gradient = tape.gradient(loss, start)
    moved = start + step_size * ops.sign(gradient)
    moved = ops.minimum(ops.maximum(moved, images - eps), images + eps)
    return ops.convert_to_numpy(ops.clip(moved, 0.0, 1.0))
