# loses: q2
# names: ignores the parameter mix and always trains half and half
"""Week 4, briefly. Cross-entropy as logsumexp minus the true logit; the attack in terms of delta."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

cross_entropy = lambda y, z: tf.reduce_logsumexp(z, axis=-1) - tf.reduce_sum(z * tf.one_hot(y, z.shape[-1]), axis=-1)
_use = lambda model, x: model(x, training=False) if isinstance(model, keras.Model) else model(x)
_f32 = lambda x: tf.cast(x, tf.float32)
_hits = lambda model, x, y: float(np.mean(np.argmax(_use(model, _f32(x)), axis=-1) == np.asarray(y)))


def _mixture(model, x, y, attack, mix):
    x, x_adv = _f32(x), tf.stop_gradient(_f32(attack(model, x, y)))
    clean, adv = (tf.reduce_mean(cross_entropy(y, model(images, training=True))) for images in (x, x_adv))
    return (1 - mix) * clean + mix * adv


def _descend(model, optimizer, loss_function):
    with tf.GradientTape() as tape:
        loss = loss_function()
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return float(loss)


def input_gradient(model, x, y):
    x = _f32(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = cross_entropy(y, _use(model, x))
    return tape.gradient(losses, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def adversarial_loss(model, x, y, attack, mix):
    return _mixture(model, x, y, attack, mix)


def train_step(model, optimizer, x, y, attack, mix):
    return _descend(model, optimizer, partial(_mixture, model, x, y, attack, 0.5))


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y, rng = np.asarray(x, np.float32), np.asarray(y), np.random.default_rng(seed)
    history = {"loss": [], "accuracy": []}
    for order in (rng.permutation(len(x)) for _ in range(epochs)):
        batches = np.split(order, range(batch_size, len(x), batch_size))
        total = sum(
            len(b) * _descend(model, optimizer, partial(_mixture, model, x[b], y[b], attack, mix)) for b in batches
        )
        history["loss"].append(total / len(x))
        history["accuracy"].append(_hits(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    order = np.random.default_rng(seed).permutation(2 * len(x))
    x_all = np.concatenate([np.asarray(x), np.asarray(attack(model, x, y))]).astype(np.float32)
    return x_all[order], np.tile(np.asarray(y), 2)[order]


def robustness_table(undefended, defended, x, y, attacks):
    def row(attack):
        on_undefended, on_defended = (attack(model, x, y) for model in (undefended, defended))
        return {
            "undefended": _hits(undefended, on_undefended, y),
            "transfer": _hits(defended, on_undefended, y),
            "white_box": _hits(defended, on_defended, y),
        }

    return {name: row(attack) for name, attack in attacks.items()}


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = _f32(x)
    delta = _f32(np.random.default_rng(seed).uniform(-eps, eps, x.shape))
    delta = delta + step_size * tf.sign(input_gradient(model, x + delta, y))
    delta = tf.clip_by_value(delta, tf.maximum(-eps, -x), tf.minimum(eps, 1 - x))
    return tf.clip_by_value(x + delta, 0, 1)
