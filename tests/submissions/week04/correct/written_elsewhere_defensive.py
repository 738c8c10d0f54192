"""Week 4. Everything is converted and checked on the way in and on the way out."""

import keras
import numpy as np
import tensorflow as tf


def cross_entropy(y, logits):
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def _checked(x, y):
    """Fresh NumPy copies, float32 images and int64 labels."""
    x = np.array(x, dtype=np.float32)
    y = np.array(y)
    assert x.ndim == 4, f"images must have four axes, not {x.ndim}"
    assert y.ndim == 1, f"labels must have one axis, not {y.ndim}"
    assert np.issubdtype(y.dtype, np.integer), f"labels must be integers, not {y.dtype}"
    assert len(x) == len(y), "as many labels as images, please"
    return x, y.astype(np.int64)


def _attack_images(attack, model, x, y):
    """The attack is given copies, and its answer must have the shape of x."""
    x_adv = attack(model, tf.constant(x), tf.constant(y))
    x_adv = np.array(x_adv, dtype=np.float32)
    assert x_adv.shape == x.shape, f"the attack returned {x_adv.shape} for {x.shape}"
    return x_adv


def _logits(model, x):
    assert callable(model)
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    if isinstance(model, keras.Model):
        return model(x, training=False)
    return tf.convert_to_tensor(model(x))


def _accuracy(model, x, y):
    logits = np.asarray(_logits(model, x))
    assert logits.ndim == 2 and len(logits) == len(y)
    return float(np.count_nonzero(logits.argmax(axis=1) == y)) / len(y)


def input_gradient(model, x, y):
    x, y = _checked(x, y)
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(cross_entropy(y, _logits(model, x)))
    gradient = tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert gradient.shape == x.shape
    return gradient


def adversarial_loss(model, x, y, attack, mix):
    assert isinstance(model, keras.Model), "training takes a Keras model"
    x, y = _checked(x, y)
    mix = float(mix)
    x_adv = _attack_images(attack, model, x, y)
    logits_clean = model(tf.constant(x), training=True)
    logits_adv = model(tf.constant(x_adv), training=True)
    loss = (1.0 - mix) * tf.reduce_mean(cross_entropy(y, logits_clean)) + mix * tf.reduce_mean(
        cross_entropy(y, logits_adv)
    )
    assert loss.shape == ()
    return loss


def train_step(model, optimizer, x, y, attack, mix):
    x, y = _checked(x, y)
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    variables = list(model.trainable_variables)
    assert variables, "this model has nothing to train"
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(list(zip(gradients, variables)))
    return float(loss.numpy())


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = _checked(x, y)
    epochs, batch_size = int(epochs), int(batch_size)
    assert batch_size > 0 and epochs >= 0
    n = len(x)
    history = {"loss": [], "accuracy": []}
    rng = np.random.Generator(np.random.PCG64(seed))
    for _ in range(epochs):
        order = np.arange(n)
        rng.shuffle(order)
        assert sorted(order) == list(range(n))
        seen, total = 0, 0.0
        for first in range(0, n, batch_size):
            index = order[first : first + batch_size]
            loss = train_step(model, optimizer, x[index], y[index], attack, mix)
            seen += len(index)
            total += len(index) * loss
        assert seen == n
        history["loss"].append(total / seen)
        history["accuracy"].append(_accuracy(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    x, y = _checked(x, y)
    x_adv = _attack_images(attack, model, x, y)
    x_all = np.vstack((x, x_adv))
    y_all = np.hstack((y, y))
    order = np.arange(len(x_all))
    np.random.Generator(np.random.PCG64(seed)).shuffle(order)
    x_all, y_all = x_all[order], y_all[order]
    assert x_all.dtype == np.float32 and x_all.shape[0] == y_all.shape[0] == 2 * len(x)
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    x, y = _checked(x, y)
    table = {}
    for name, attack in attacks.items():
        assert callable(attack), name
        x_from_undefended = _attack_images(attack, undefended, x, y)
        x_from_defended = _attack_images(attack, defended, x, y)
        row = {
            "undefended": _accuracy(undefended, x_from_undefended, y),
            "transfer": _accuracy(defended, x_from_undefended, y),
            "white_box": _accuracy(defended, x_from_defended, y),
        }
        assert all(0.0 <= value <= 1.0 for value in row.values())
        table[name] = row
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x, y = _checked(x, y)
    eps, step_size = float(eps), float(step_size)
    assert eps >= 0
    rng = np.random.Generator(np.random.PCG64(seed))
    start = x + rng.uniform(-eps, eps, size=x.shape).astype(np.float32)
    gradient = np.asarray(input_gradient(model, start, y))
    assert np.all(np.isfinite(gradient))
    x_adv = start + step_size * np.sign(gradient)
    x_adv = np.minimum(np.maximum(x_adv, x - eps), x + eps)
    x_adv = np.clip(x_adv, 0.0, 1.0).astype(np.float32)
    assert x_adv.shape == x.shape
    return x_adv
