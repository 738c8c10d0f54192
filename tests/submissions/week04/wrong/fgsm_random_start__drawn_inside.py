# loses: q6
# told: Your start is not the projection of x + u
# names: draws from the part of the ball that lies in [0, 1] instead of clipping
"""Generators for what comes one after the other, and the course's own helpers for whatever is measured."""

from itertools import chain, islice, repeat

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy, predictions, robust_accuracy


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    return next(_gradients(model, iter([(x, y)])))


def _gradients(model, batches):
    for x, y in batches:
        x = tf.cast(x, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = cross_entropy(y, logits_of(model, x))
        yield tape.gradient(loss, x, unconnected_gradients="zero")


def _images_to_train_on(model, x, y, attack):
    """The clean ones, and only when the next ones are asked for, the attacked ones."""
    yield x
    yield tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))


def adversarial_loss(model, x, y, attack, mix):
    shares = 1 - mix, mix
    return sum(
        share * tf.reduce_mean(cross_entropy(y, model(images, training=True)))
        for share, images in zip(shares, _images_to_train_on(model, x, y, attack))
    )


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    pairs = ((g, v) for g, v in zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    optimizer.apply_gradients(pairs)
    return float(loss)


def _epochs(n, seed):
    for stream in _streams(seed):
        yield np.random.default_rng(stream).permutation(n).tolist()


def _streams(seed):
    parent = np.random.SeedSequence(seed)
    while True:
        yield from parent.spawn(1)


def _batches(order, batch_size):
    places = iter(order)
    while batch := list(islice(places, batch_size)):
        yield batch


def _losses(model, optimizer, x, y, attack, mix, order, batch_size):
    """The loss that each image was trained with, image by image."""
    for batch in _batches(order, batch_size):
        loss = train_step(model, optimizer, x[batch], y[batch], attack, mix)
        yield from repeat(loss, len(batch))


def _training(model, optimizer, x, y, attack, mix, batch_size, seed):
    for order in _epochs(len(x), seed):
        losses = list(_losses(model, optimizer, x, y, attack, mix, order, batch_size))
        yield sum(losses) / len(losses), accuracy(model, x, y)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x), np.asarray(y)
    told = list(islice(_training(model, optimizer, x, y, attack, mix, batch_size, seed), epochs))
    return {"loss": [loss for loss, _ in told], "accuracy": [share for _, share in told]}


def augment(model, x, y, attack, seed):
    x_adv = np.asarray(attack(model, x, y), np.float32)
    pairs = chain(zip(np.asarray(x, np.float32), np.asarray(y)), zip(x_adv, np.asarray(y)))
    pool = list(pairs)
    order = next(_epochs(len(pool), seed))
    return np.stack([pool[i][0] for i in order]), np.stack([pool[i][1] for i in order])


def robustness_table(undefended, defended, x, y, attacks):
    def rows():
        for name, attack in attacks.items():
            images = attack(undefended, x, y)
            yield name, {
                "undefended": float((predictions(undefended, images) == np.asarray(y)).mean()),
                "transfer": accuracy(defended, images, y),
                "white_box": robust_accuracy(defended, attack, x, y),
            }

    return dict(rows())


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.asarray(x, np.float32)
    random = np.random.default_rng(seed)
    low, high = np.maximum(x - eps, 0), np.minimum(x + eps, 1)
    start = np.stack([random.uniform(*ends) for ends in zip(low, high)]).astype(np.float32)
    step = step_size * np.sign(input_gradient(model, start, y))
    return np.clip(start + step, low, high).astype(np.float32)
