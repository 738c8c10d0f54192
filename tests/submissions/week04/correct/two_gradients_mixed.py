"""Week 4 with two gradients from one persistent tape that are mixed afterwards, and a tf.data pipeline."""

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        logits = model(x, training=False) if isinstance(model, keras.Model) else model(x)
        losses = cross_entropy(y, logits)
    return tape.gradient(losses, x)


def two_losses(model, x, y, attack):
    """The clean loss and that of the attacked images, which are made before any tape of ours could see it."""
    with tf.init_scope():  # tapes pause in here
        x_adv = tf.convert_to_tensor(attack(model, x, y))
    x_adv = tf.stop_gradient(x_adv)
    clean = tf.math.reduce_mean(cross_entropy(y, model(x, training=True)))
    attacked = tf.math.reduce_mean(cross_entropy(y, model(x_adv, training=True)))
    return clean, attacked


def adversarial_loss(model, x, y, attack, mix):
    clean, attacked = two_losses(model, x, y, attack)
    return tf.add(tf.multiply(1 - mix, clean), tf.multiply(mix, attacked))


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape(persistent=True) as tape:
        clean, attacked = two_losses(model, x, y, attack)
    variables = model.trainable_variables
    of_clean = tape.gradient(clean, variables)
    of_attacked = tape.gradient(attacked, variables)
    del tape
    mixed = [(1 - mix) * a + mix * b for a, b in zip(of_clean, of_attacked)]
    optimizer.apply_gradients(list(zip(mixed, variables)))
    return float((1 - mix) * clean + mix * attacked)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = tf.convert_to_tensor(x, tf.float32), tf.convert_to_tensor(y)
    n = x.shape[0]
    history = {"loss": [], "accuracy": []}
    for epoch in range(epochs):
        order = np.random.RandomState((1000 * seed + epoch) % 2**32).permutation(n)
        data = tf.data.Dataset.from_tensor_slices((tf.gather(x, order), tf.gather(y, order))).batch(batch_size)
        loss = keras.metrics.Mean()
        for images, labels in data.prefetch(1):
            loss.update_state(train_step(model, optimizer, images, labels, attack, mix), sample_weight=len(images))
        history["loss"].append(float(loss.result()))
        history["accuracy"].append(accuracy(model, x, y))
    return history


def augment(model, x, y, attack, seed):
    x, y = tf.convert_to_tensor(x, tf.float32), tf.convert_to_tensor(y)
    x_adv = tf.cast(attack(model, x, y), tf.float32)
    data = tf.data.Dataset.from_tensor_slices((x, y)).concatenate(tf.data.Dataset.from_tensor_slices((x_adv, y)))
    everything = list(data.as_numpy_iterator())
    order = np.random.RandomState(seed).permutation(len(everything))
    return np.stack([everything[i][0] for i in order]), np.array([everything[i][1] for i in order])


def robustness_table(undefended, defended, x, y, attacks):
    columns = {"undefended": (undefended, undefended), "transfer": (undefended, defended), "white_box": (defended, defended)}
    return {
        name: {column: accuracy(reader, attack(maker, x, y), y) for column, (maker, reader) in columns.items()}
        for name, attack in attacks.items()
    }


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    source = tf.random.Generator.from_seed(seed)
    start = x + source.uniform(x.shape, -eps, eps)
    x_adv = start + tf.cast(step_size, tf.float32) * tf.math.sign(input_gradient(model, start, y))
    return tf.clip_by_value(x_adv, tf.maximum(x - eps, 0.0), tf.minimum(x + eps, 1.0))
