# loses: q1
# names: the gradient flows through the attack (stop_gradient is missing)
"""The attack is part of what is differentiated."""

from functools import partial

import keras
import tensorflow as tf


def on(model, training):
    return partial(model, training=training) if isinstance(model, keras.Model) else model


def xent(logits, y):
    return tf.nn.compute_average_loss(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits), global_batch_size=len(y)
    )


def accuracy(model, x, y):
    right = tf.math.in_top_k(tf.cast(y, tf.int32), tf.cast(on(model, False)(tf.cast(x, tf.float32)), tf.float32), k=1)
    return float(tf.math.count_nonzero(right) / len(y))


def adversarial_loss(model, x, y, attack, mix):
    predict = on(model, True)
    clean = xent(predict(x), y)
    attacked = xent(predict(tf.cast(attack(model, x, y), tf.float32)), y)
    return (1.0 - mix) * clean + mix * attacked


def train_step(model, optimizer, x, y, attack, mix):
    weights = model.trainable_variables
    with tf.GradientTape() as tape:
        tape_loss = adversarial_loss(model, x, y, attack, mix)
    optimizer.apply_gradients(list(zip(tape.gradient(tape_loss, weights), weights)))
    return float(tape_loss)


def order_of(n, seed, epoch):
    return tf.argsort(tf.random.stateless_uniform([n], seed=[seed, epoch]))


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = tf.cast(x, tf.float32), tf.convert_to_tensor(y)

    def one_epoch(epoch):
        order = order_of(len(x), seed, epoch)
        total = 0.0
        while len(order):
            batch, order = order[:batch_size], order[batch_size:]
            total += len(batch) * train_step(model, optimizer, tf.gather(x, batch), tf.gather(y, batch), attack, mix)
        return total / len(x), accuracy(model, x, y)

    epochs_done = list(map(one_epoch, range(epochs)))
    return {"loss": [loss for loss, _ in epochs_done], "accuracy": [right for _, right in epochs_done]}


def augment(model, x, y, attack, seed):
    order = order_of(2 * len(x), seed, 0)
    twice = (tf.concat([tf.cast(x, tf.float32), tf.cast(attack(model, x, y), tf.float32)], 0), tf.concat([y, y], 0))
    return tuple(tf.gather(part, order) for part in twice)


def robustness_table(undefended, defended, x, y, attacks):
    def cells(attack):
        borrowed = attack(undefended, x, y)
        yield "undefended", accuracy(undefended, borrowed, y)
        yield "transfer", accuracy(defended, borrowed, y)
        yield "white_box", accuracy(defended, attack(defended, x, y), y)

    return {name: dict(cells(attack)) for name, attack in attacks.items()}


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.cast(x, tf.float32)
    project = lambda image: tf.clip_by_value(image, tf.maximum(0.0, x - eps), tf.minimum(1.0, x + eps))
    start = project(x + eps * (2.0 * tf.random.stateless_uniform(tf.shape(x), seed=[seed, 2]) - 1.0))
    with tf.GradientTape() as tape:
        tape.watch(start)
        loss = xent(on(model, False)(start), y)
    return project(start + step_size * tf.sign(tape.gradient(loss, start)))
