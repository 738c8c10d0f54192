# loses: q5
# names: the table is nested the other way round (columns outside, attacks inside)
"""A dict of columns with a number for each attack."""

import keras
import numpy as np
import tensorflow as tf


def predict(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def mixed_loss(model, x, x_adv, y, mix):
    clean = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=model(x, training=True))
    attacked = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=model(x_adv, training=True))
    return tf.reduce_mean((1.0 - mix) * clean + mix * attacked)


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.convert_to_tensor(attack(model, x, y), tf.float32)
    return mixed_loss(model, tf.cast(x, tf.float32), tf.stop_gradient(x_adv), y, mix)


def make_update(model, optimizer, mix):
    optimizer.build(model.trainable_variables)

    def update(x, x_adv, y):
        with tf.GradientTape() as tape:
            loss = mixed_loss(model, x, x_adv, y, mix)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    return update


def train_step(model, optimizer, x, y, attack, mix):
    x = tf.cast(x, tf.float32)
    return float(make_update(model, optimizer, mix)(x, tf.cast(attack(model, x, y), tf.float32), y))


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = tf.convert_to_tensor(x, tf.float32), tf.convert_to_tensor(y)
    update = tf.function(make_update(model, optimizer, mix), reduce_retracing=True)
    rng = np.random.RandomState(seed)
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        order = rng.permutation(len(x))
        losses = np.zeros(len(x))
        for start in range(0, len(x), batch_size):
            chosen = order[start:start + batch_size]
            images, labels = tf.gather(x, chosen), tf.gather(y, chosen)
            attacked = tf.convert_to_tensor(attack(model, images, labels), tf.float32)
            losses[start:start + batch_size] = float(update(images, attacked, labels))
        history["loss"].append(losses.mean())
        history["accuracy"].append(np.mean(np.argmax(predict(model, x), axis=1) == y.numpy()))
    return history


def augment(model, x, y, attack, seed):
    x_adv = tf.convert_to_tensor(attack(model, x, y), tf.float32)
    source = np.random.RandomState(seed).permutation(2 * len(x))
    return tf.gather(tf.concat([x, x_adv], axis=0), source), tf.gather(tf.concat([y, y], axis=0), source)


def robustness_table(undefended, defended, x, y, attacks):
    y = np.asarray(y)
    result = {"undefended": {}, "transfer": {}, "white_box": {}}

    def accuracy(model, images):
        return float(np.mean(np.argmax(predict(model, tf.cast(images, tf.float32)), axis=1) == y))

    for name, attack in attacks.items():
        borrowed = attack(undefended, x, y)
        result["undefended"][name] = accuracy(undefended, borrowed)
        result["transfer"][name] = accuracy(defended, borrowed)
        result["white_box"][name] = accuracy(defended, attack(defended, x, y))
    return result


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.cast(x, tf.float32)

    @tf.function
    def gradient(images):
        return tf.gradients(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=predict(model, images)), images)[0]

    tf.random.set_seed(seed)
    delta = tf.random.uniform(x.shape, -eps, eps)
    delta = delta + step_size * tf.sign(gradient(x + delta))
    delta = tf.clip_by_value(delta, -eps, eps)
    return tf.clip_by_value(x + delta, 0.0, 1.0)
