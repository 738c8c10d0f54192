# loses: q4
# told: Your x_all has fewer than 2n images
# names: leaves out attacked copies that equal their clean image
"""A statistician: a duplicate weighs an image twice."""

import numbers

import keras
import numpy as np
import scipy.stats
import tensorflow as tf

from course.measures import accuracy, logits as measured_logits


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _checked(x, y, model=None, attack=None):
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 4 or x.shape[0] == 0:
        raise ValueError(f"x must be a batch of images, got {x.shape}")
    if x.dtype.kind != "f":
        raise TypeError(f"x must be floating-point, got {x.dtype}")
    if y.shape != x.shape[:1]:
        raise ValueError(f"need one label per image, got {y.shape} for {x.shape}")
    if y.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, got {y.dtype}")
    for thing in (model, attack):
        if thing is not None and not callable(thing):
            raise TypeError(f"{thing!r} cannot be called")
    return x.astype(np.float32), y.astype(np.int64)  # copies


def _whole(number, name, least):
    if not isinstance(number, numbers.Integral) or number < least:
        raise ValueError(f"{name} must be a whole number >= {least}, got {number!r}")
    return int(number)


def _real(number, name, least=-np.inf):
    if not np.isfinite(number) or number < least:
        raise ValueError(f"{name} must be a finite number >= {least}, got {number!r}")
    return float(number)


def _attacked(attack, model, x, y):
    x_adv = np.asarray(attack(model, x, y))
    if x_adv.shape != x.shape:
        raise ValueError(f"the attack answered with {x_adv.shape} for {x.shape}")
    return x_adv.astype(np.float32)


def input_gradient(model, x, y):
    x, y = _checked(x, y, model)
    images = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(images)
        losses = cross_entropy(y, logits_of(model, images))
    if losses.shape != y.shape:
        raise ValueError("the model does not answer with one row per image")
    gradient = tape.gradient(losses, images)
    return np.zeros_like(x) if gradient is None else gradient.numpy()


def adversarial_loss(model, x, y, attack, mix):
    x, y = _checked(x, y, model, attack)
    mix = _real(mix, "mix")
    x_adv = _attacked(attack, model, x.copy(), y.copy())
    clean = tf.reduce_mean(cross_entropy(y, model(x, training=True)))
    attacked = tf.reduce_mean(cross_entropy(y, model(x_adv, training=True)))
    return tf.add_n([(1 - mix) * clean, mix * attacked])


def train_step(model, optimizer, x, y, attack, mix):
    if not isinstance(model, keras.Model):
        raise TypeError("only a Keras model can be trained")
    x, y = _checked(x, y, model, attack)
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    gradients = tape.gradient(loss, model.trainable_variables)
    known = [(g, v) for g, v in zip(gradients, model.trainable_variables, strict=True) if g is not None]
    optimizer.apply_gradients(known)
    return float(loss)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = _checked(x, y, model, attack)
    epochs, batch_size = _whole(epochs, "epochs", 0), _whole(batch_size, "batch_size", 1)
    random = np.random.default_rng(_whole(seed, "seed", 0))
    n = len(x)
    plan = random.permuted(np.tile(np.arange(n), (epochs, 1)), axis=1)  # all epochs at once
    history = {"loss": [], "accuracy": []}
    for order in plan:
        assert np.array_equal(np.bincount(order, minlength=n), np.ones(n))
        parts = [order[start : start + batch_size] for start in range(0, n, batch_size)]
        losses = [train_step(model, optimizer, x[part], y[part], attack, mix) for part in parts]
        history["loss"].append(float(np.average(losses, weights=[len(part) for part in parts])))
        history["accuracy"].append(accuracy(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    x, y = _checked(x, y, model, attack)
    x_adv = _attacked(attack, model, x.copy(), y)
    distances = np.linalg.norm((x_adv - x).reshape(len(x), -1), axis=1)
    moved = np.flatnonzero(distances)  # an exact duplicate adds no information and would weigh its image double
    images, labels = np.concatenate([x, x_adv[moved]]), np.concatenate([y, y[moved]])
    keys = scipy.stats.uniform.rvs(size=len(labels), random_state=_whole(seed, "seed", 0))
    order = scipy.stats.rankdata(keys, method="ordinal") - 1  # where each one goes
    x_all, y_all = np.empty_like(images), np.empty_like(labels)
    x_all[order], y_all[order] = images, labels
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    x, y = _checked(x, y)

    def share(model, images):
        return float(np.count_nonzero(measured_logits(model, images).argmax(axis=1) == y) / y.size)

    table = {}
    for name, attack in attacks.items():
        if not callable(attack):
            raise TypeError(f"the attack {name!r} cannot be called")
        there, here = _attacked(attack, undefended, x.copy(), y), _attacked(attack, defended, x.copy(), y)
        table[name] = {
            "undefended": share(undefended, there),
            "transfer": share(defended, there),
            "white_box": share(defended, here),
        }
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x, y = _checked(x, y, model)
    eps, step_size = _real(eps, "eps", 0), _real(step_size, "step_size")
    seed = _whole(seed, "seed", 0)
    if eps == 0:  # SciPy has no uniform distribution without width
        return np.clip(x, 0, 1)
    delta = scipy.stats.uniform(loc=-eps, scale=2 * eps).rvs(size=x.shape, random_state=np.random.default_rng(seed))
    delta = np.clip(x + delta, 0, 1) - x
    delta += step_size * np.sign(input_gradient(model, (x + delta).astype(np.float32), y))
    x_adv = np.clip(x + np.clip(delta, -eps, eps), 0, 1).astype(np.float32)
    assert np.abs(x_adv - x).max() <= eps + 1e-6
    return x_adv
