# loses: q2
# names: the given optimizer is not used (an optimizer of its own)
"""Makes an optimizer of its own."""

import keras
import tensorflow as tf
from keras import ops

cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def measure(model, x, y):
    metric = keras.metrics.SparseCategoricalAccuracy()
    x = ops.convert_to_tensor(x, dtype="float32")
    metric.update_state(y, model(x, training=False) if isinstance(model, keras.Model) else model(x))
    return float(metric.result())


def adversarial_loss(model, x, y, attack, mix):
    clean = cross_entropy(y, model(ops.convert_to_tensor(x), training=True))
    adversarial = ops.stop_gradient(ops.convert_to_tensor(attack(model, x, y), dtype="float32"))
    return (1.0 - mix) * clean + mix * cross_entropy(y, model(adversarial, training=True))


def train_step(model, optimizer, x, y, attack, mix):
    optimizer = keras.optimizers.SGD()
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    optimizer.apply(tape.gradient(loss, model.trainable_weights), model.trainable_weights)
    return float(loss)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x = ops.convert_to_tensor(x, dtype="float32")
    y = ops.convert_to_tensor(y)
    source = keras.random.SeedGenerator(seed)
    losses, accuracies = [], []
    for _ in range(epochs):
        order = keras.random.shuffle(ops.arange(len(x)), seed=source)
        mean = keras.metrics.Mean()
        for start in range(0, len(x), batch_size):
            batch = order[start:start + batch_size]
            loss = train_step(model, optimizer, ops.take(x, batch, axis=0), ops.take(y, batch, axis=0), attack, mix)
            mean.update_state(loss, sample_weight=len(batch))
        losses.append(float(mean.result()))
        accuracies.append(measure(model, x, y))
    return {"loss": losses, "accuracy": accuracies}


def augment(model, x, y, attack, seed):
    x_all = ops.concatenate([x, ops.convert_to_tensor(attack(model, x, y), dtype="float32")])
    y_all = ops.concatenate([y, y])
    order = keras.random.shuffle(ops.arange(len(x_all)), seed=seed)
    return ops.take(x_all, order, axis=0), ops.take(y_all, order, axis=0)


def robustness_table(undefended, defended, x, y, attacks):
    rows = {}
    for name in attacks:
        borrowed = attacks[name](undefended, x, y)
        own = attacks[name](defended, x, y)
        rows[name] = dict(
            undefended=measure(undefended, borrowed, y),
            transfer=measure(defended, borrowed, y),
            white_box=measure(defended, own, y),
        )
    return rows


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = ops.convert_to_tensor(x, dtype="float32")
    start = ops.clip(x + keras.random.uniform(ops.shape(x), -eps, eps, seed=seed), 0.0, 1.0)
    with tf.GradientTape() as tape:
        tape.watch(start)
        logits = model(start, training=False) if isinstance(model, keras.Model) else model(start)
        loss = cross_entropy(y, logits)
    x_adv = start + step_size * ops.sign(tape.gradient(loss, start))
    return ops.clip(x_adv, ops.maximum(x - eps, 0.0), ops.minimum(x + eps, 1.0))
