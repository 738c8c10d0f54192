# loses: q2
# names: two updates (one for clean, one for attacked images) instead of one
"""Updates for the clean half and then for the attacked half."""

import keras
import numpy as np
import tensorflow as tf


def classify(model, images, training=False):
    if isinstance(model, keras.Model):
        return model(images, training=training)
    return model(images)


def share_right(model, images, labels):
    predicted = tf.argmax(classify(model, tf.cast(images, tf.float32)), axis=1)
    return float(tf.reduce_mean(tf.cast(predicted == tf.cast(labels, tf.int64), tf.float32)))


def both_losses(model, x, x_adv, y):
    for images in (x, x_adv):
        logits = classify(model, images, training=True)
        yield tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    clean, attacked = both_losses(model, x, x_adv, y)
    return clean + mix * (attacked - clean)


def train_step(model, optimizer, x, y, attack, mix):
    weights, total = model.trainable_variables, 0.0
    x_adv = tf.cast(attack(model, x, y), tf.float32)
    for images, share in [(x, 1 - mix), (x_adv, mix)]:
        with tf.GradientTape() as tape:
            logits = classify(model, images, training=True)
            loss = share * tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        total += float(loss)
    return total


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    data = tf.data.Dataset.from_tensor_slices((np.asarray(x), np.asarray(y)))
    data = data.shuffle(len(x), seed=seed, reshuffle_each_iteration=True).batch(batch_size)
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        sums = [(train_step(model, optimizer, xb, yb, attack, mix) * len(yb), len(yb)) for xb, yb in data]
        losses, sizes = zip(*sums)
        history["loss"].append(sum(losses) / sum(sizes))
        history["accuracy"].append(share_right(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    clean = tf.data.Dataset.from_tensor_slices((np.asarray(x), np.asarray(y)))
    dirty = tf.data.Dataset.from_tensor_slices((np.asarray(attack(model, x, y), np.float32), np.asarray(y)))
    mixed = clean.concatenate(dirty).shuffle(2 * len(x), seed=seed).batch(2 * len(x))
    return mixed.get_single_element()


def robustness_table(undefended, defended, x, y, attacks):
    def row(attack):
        made_on_undefended, made_on_defended = attack(undefended, x, y), attack(defended, x, y)
        return {
            "white_box": share_right(defended, made_on_defended, y),
            "transfer": share_right(defended, made_on_undefended, y),
            "undefended": share_right(undefended, made_on_undefended, y),
        }

    return {name: row(attack) for name, attack in attacks.items()}


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.cast(x, tf.float32)
    delta = tf.random.stateless_uniform(tf.shape(x), (seed, 0), -eps, eps)
    delta = tf.clip_by_value(x + delta, 0.0, 1.0) - x
    with tf.GradientTape() as tape:
        tape.watch(delta)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=classify(model, x + delta))
    delta = tf.clip_by_value(delta + step_size * tf.sign(tape.gradient(loss, delta)), -eps, eps)
    return tf.clip_by_value(x + delta, 0.0, 1.0)
