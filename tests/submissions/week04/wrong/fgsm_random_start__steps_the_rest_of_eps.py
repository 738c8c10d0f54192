# loses: q6
# told: your step is what is left of eps
# names: the start takes step_size, the step the rest of eps
"""Week 4: train on your enemy."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy

Images = Any
Labels = Any
Model = Callable[..., Any]
Attack = Callable[[Any, Any, Any], Any]


def cross_entropy(y: Labels, logits: Any) -> Any:
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def input_gradient(model, x, y):
    @tf.function
    def compute(images, labels):
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = model(images, training=False) if isinstance(model, keras.Model) else model(images)
            loss = tf.reduce_sum(cross_entropy(labels, logits))
        return tape.gradient(loss, images)

    return compute(tf.convert_to_tensor(x, tf.float32), tf.convert_to_tensor(y))


def adversarial_loss(model, x, y, attack, mix):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.init_scope():
        pass
    x_adv = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    parts = []
    for images in (x, x_adv):
        parts.append(tf.math.reduce_mean(cross_entropy(y, model(images, training=True))))
    return tf.tensordot(tf.stack(parts), tf.constant([1.0 - mix, mix], tf.float32), 1)


def train_step(model, optimizer, x, y, attack, mix):
    variables = list(model.trainable_variables)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for v in variables:
            tape.watch(v.value)
        loss = adversarial_loss(model, x, y, attack, mix)
    grads = tape.gradient(loss, [v.value for v in variables])
    optimizer.apply_gradients(list(zip(grads, variables)))
    return float(loss.numpy())


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    y = tf.convert_to_tensor(y)
    n = len(x)
    data = tf.data.Dataset.from_tensor_slices((x, y))
    data = data.shuffle(n, seed=seed, reshuffle_each_iteration=True).batch(batch_size, drop_remainder=False)
    # one seed for both levels: nothing global is used
    out = {"loss": [], "accuracy": []}
    rng = np.random.RandomState(seed)
    for _ in range(epochs):
        data = tf.data.Dataset.from_tensor_slices((x, y)).take(n)
        index = tf.constant(rng.permutation(n))
        data = tf.data.Dataset.from_tensor_slices(index).batch(batch_size).map(lambda i: (tf.gather(x, i), tf.gather(y, i)))
        losses, sizes = zip(*[(train_step(model, optimizer, bx, by, attack, mix), len(bx)) for bx, by in data])
        out["loss"].append(float(np.average(losses, weights=sizes)))
        hits = tf.equal(tf.argmax(model(x, training=False), -1), tf.cast(y, tf.int64))
        out["accuracy"].append(float(tf.reduce_mean(tf.cast(hits, tf.float64))))
    return out


def augment(model, x, y, attack, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    y = tf.convert_to_tensor(y)
    both = tf.concat([x, tf.cast(attack(model, x, y), tf.float32)], 0)
    labels = tf.concat([y, y], 0)
    order = tf.argsort(tf.random.stateless_uniform([2 * len(x)], seed=[seed, 7]))
    return tf.gather(both, order), tf.gather(labels, order)


def robustness_table(undefended, defended, x, y, attacks):
    columns = {}
    for name in attacks:
        made = {id(net): tf.convert_to_tensor(attacks[name](net, x, y)) for net in (undefended, defended)}
        columns[name] = {
            "undefended": float(accuracy(undefended, made[id(undefended)], y)),
            "transfer": float(accuracy(defended, made[id(undefended)], y)),
            "white_box": float(accuracy(defended, made[id(defended)], y)),
        }
    return columns


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    step_size = min(step_size, eps)
    noise = tf.random.stateless_uniform(tf.shape(x), seed=(seed, 0), minval=-1.0, maxval=1.0)
    start = tf.clip_by_value(x + step_size * noise, 0.0, 1.0)
    moved = start + (eps - step_size) * tf.sign(input_gradient(model, start, y))
    return tf.clip_by_value(tf.clip_by_value(moved, x - eps, x + eps), 0.0, 1.0)
