# loses: q2
# told: Your train_step puts back what is not trainable
# names: puts the averages of batch normalisation back after the step
"""Takes 'trainable weights' at its word."""

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def value_and_grad(function):
    def both(arguments):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            value = function(arguments)
        return value, tape.gradient(value, arguments, unconnected_gradients="zero")

    return both


def input_gradient(model, x, y):
    total = lambda images: tf.reduce_sum(cross_entropy(y, logits_of(model, images)))
    return value_and_grad(total)(tf.convert_to_tensor(x, tf.float32))[1]


def _forward(model, images):
    """The logits in training mode; what the pass moves (averages, states of generators) is put back."""
    if not isinstance(model, keras.Model):
        return model(images, training=True)
    held = model.non_trainable_variables
    logits, moved = model.stateless_call(
        [v.value for v in model.trainable_variables], [v.value for v in held], images, training=True
    )
    for variable, value in zip(held, moved):
        variable.assign(tf.stop_gradient(value))
    return logits


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.stop_gradient(tf.convert_to_tensor(attack(model, x, y)))
    losses_clean = cross_entropy(y, _forward(model, tf.convert_to_tensor(x, tf.float32)))
    losses_adv = cross_entropy(y, _forward(model, tf.cast(x_adv, tf.float32)))
    return tf.reduce_mean((1 - mix) * losses_clean + mix * losses_adv)


def train_step(model, optimizer, x, y, attack, mix):
    params = model.trainable_variables
    # "One update of the model's trainable weights": so whatever else the passes move is put back where it was.
    rest = model.non_trainable_variables
    kept = tf.nest.map_structure(lambda v: tf.identity(v.value), rest)
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    grads = tape.gradient(loss, params)
    optimizer.apply(grads, params)
    tf.nest.map_structure(lambda v, old: v.assign(old), rest, kept)
    return float(loss)


def _weights_value_and_grad(function, params):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([p.value for p in params])
        value = function()
    return value, tape.gradient(value, [p.value for p in params], unconnected_gradients="zero")


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    n = len(x)
    key = tf.constant([int(seed), 0], tf.int64)
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        key, subkey = tf.unstack(tf.random.split(key, 2)) if hasattr(tf.random, "split") else _split(key)
        order = tf.random.experimental.stateless_shuffle(tf.range(n), seed=subkey)
        totals = []
        for part in (order[i : i + batch_size] for i in range(0, n, batch_size)):
            totals.append(len(part) * train_step(model, optimizer, tf.gather(x, part), tf.gather(y, part), attack, mix))
        history["loss"].append(sum(totals) / n)
        history["accuracy"].append(accuracy(model, x, y))
    return history


def _split(key):
    return tf.unstack(tf.random.experimental.stateless_split(key, 2))


def augment(model, x, y, attack, seed):
    data = {"x": tf.concat([x, tf.cast(attack(model, x, y), tf.float32)], 0), "y": tf.concat([y, y], 0)}
    order = tf.random.experimental.stateless_shuffle(tf.range(len(data["y"])), seed=tf.constant([int(seed), 1], tf.int64))
    data = tf.nest.map_structure(lambda leaf: tf.gather(leaf, order), data)
    return data["x"], data["y"]


def robustness_table(undefended, defended, x, y, attacks):
    images = tf.nest.map_structure(np.asarray, {k: [f(undefended, x, y), f(defended, x, y)] for k, f in attacks.items()})
    return {
        k: {
            "undefended": accuracy(undefended, on_undefended, y),
            "transfer": accuracy(defended, on_undefended, y),
            "white_box": accuracy(defended, on_defended, y),
        }
        for k, (on_undefended, on_defended) in images.items()
    }


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    unit = tf.random.stateless_uniform(tf.shape(x), seed=tf.constant([int(seed), 2], tf.int64), minval=-1.0, maxval=1.0)
    start = tf.clip_by_value(x + eps * unit, 0.0, 1.0)
    stepped = start + step_size * tf.sign(input_gradient(model, start, y))
    inside = x + tf.clip_by_value(stepped - x, -eps, eps)
    return tf.clip_by_value(inside, 0.0, 1.0)
