# loses: q2
# told: computes the loss more than once
# names: the loss that is returned is computed by a second call, so the attack runs twice
"""Week 4: train on your enemy."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy

Images = Any  # NumPy array or tensor, float32, shape (n, 28, 28, 1)
Labels = Any  # NumPy array or tensor of integers, shape (n,)
Model = Callable[..., Any]
Attack = Callable[[Any, Any, Any], Any]  # (model, x, y) -> images of x's shape


def cross_entropy(y: Labels, logits: Any) -> Any:
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def losses_64(logits, y):
    """The cross-entropy of each image in double precision."""
    logits = tf.cast(logits, tf.float64)
    y = tf.cast(y, tf.int64)
    return tf.reduce_logsumexp(logits, axis=1) - tf.gather(logits, y, axis=1, batch_dims=1)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = model(x, training=False) if isinstance(model, keras.Model) else model(x)
        loss = cross_entropy(y, logits)
    return tape.gradient(loss, x)


def adversarial_loss(model: Model, x: Images, y: Labels, attack: Attack, mix: float) -> Any:
    x_adv = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    clean = tf.reduce_mean(losses_64(model(x, training=True), y))
    attacked = tf.reduce_mean(losses_64(model(x_adv, training=True), y))
    return tf.cast((1.0 - mix) * clean + mix * attacked, tf.float32)


def train_step(model: Any, optimizer: Any, x: Images, y: Labels, attack: Attack, mix: float) -> float:
    loss_before = float(adversarial_loss(model, x, y, attack, mix))
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss_before


def adversarial_fit(
    model: Any,
    optimizer: Any,
    x: Images,
    y: Labels,
    attack: Attack,
    mix: float,
    epochs: int,
    batch_size: int,
    seed: int,
) -> dict[str, list[float]]:
    x, y = np.asarray(x, dtype=np.float32), np.asarray(y)
    rng = np.random.default_rng(seed)
    history = {"loss": [], "accuracy": []}
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            total += len(batch) * train_step(model, optimizer, x[batch], y[batch], attack, mix)
        history["loss"].append(total / len(x))
        history["accuracy"].append(accuracy(model, x, y))
    return history


def augment(model: Model, x: Images, y: Labels, attack: Attack, seed: int) -> tuple[Any, Any]:
    x_adv = np.asarray(attack(model, x, y), dtype=np.float32)
    x_all = np.concatenate([np.asarray(x, dtype=np.float32), x_adv])
    y_all = np.concatenate([np.asarray(y), np.asarray(y)])
    order = np.random.default_rng(seed).permutation(len(x_all))
    return x_all[order], y_all[order]


def robustness_table(
    undefended: Model, defended: Model, x: Images, y: Labels, attacks: Mapping[str, Attack]
) -> dict[str, dict[str, float]]:
    made = {name: (attack(undefended, x, y), attack(defended, x, y)) for name, attack in attacks.items()}
    return {
        name: {
            "undefended": accuracy(undefended, black, y),
            "transfer": accuracy(defended, black, y),
            "white_box": accuracy(defended, white, y),
        }
        for name, (black, white) in made.items()
    }


def fgsm_random_start(model: Model, x: Images, y: Labels, eps: float, step_size: float, seed: int) -> Any:
    x64 = np.asarray(x, dtype=np.float64)
    delta = np.random.default_rng(seed).uniform(-eps, eps, size=x64.shape)
    start = x64 + delta
    g = np.asarray(input_gradient(model, start.astype(np.float32), y))
    x_adv = start + step_size * np.sign(g)
    x_adv = np.clip(x_adv, x64 - eps, x64 + eps)
    return np.clip(x_adv, 0.0, 1.0).astype(np.float32)
