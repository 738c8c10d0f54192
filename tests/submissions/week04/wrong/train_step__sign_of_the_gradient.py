# loses: q2
# names: steps along the gradient's sign
"""The step is compiled once a model; the attack runs outside."""
import keras
import numpy as np
import tensorflow as tf

from course import measures


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def call(model, x, training=False):
    return model(x, training=training) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    @tf.function
    def g(x, y):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = cross_entropy(y, call(model, x))
        return tape.gradient(loss, x)

    return g(tf.convert_to_tensor(x, dtype=tf.float32), tf.convert_to_tensor(y))


def mixed(model, x, x_adv, y, mix):
    clean = tf.reduce_mean(cross_entropy(y, call(model, x, True)))
    attacked = tf.reduce_mean(cross_entropy(y, call(model, x_adv, True)))
    return (1.0 - mix) * clean + mix * attacked


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.stop_gradient(attack(model, x, y))
    return mixed(model, tf.convert_to_tensor(x), tf.cast(x_adv, tf.float32), y, mix)


def make_step(model, optimizer, mix):
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(x, x_adv, y):
        with tf.GradientTape() as tape:
            loss = mixed(model, x, x_adv, y, mix)
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        return loss

    return step


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    grads = [tf.sign(g) for g in tape.gradient(loss, model.trainable_variables)]
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return float(loss)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = np.asarray(x), np.asarray(y)
    step = make_step(model, optimizer, mix)
    history = {"loss": np.zeros(epochs), "accuracy": np.zeros(epochs)}
    state = np.random.RandomState(seed)
    for e in range(epochs):
        order = state.permutation(len(x))
        for batch in np.array_split(order, range(batch_size, len(x), batch_size)):
            bx, by = tf.constant(x[batch]), tf.constant(y[batch])
            history["loss"][e] += step(bx, tf.cast(attack(model, bx, by), tf.float32), by).numpy() * len(batch)
        history["loss"][e] /= len(x)
        history["accuracy"][e] = measures.accuracy(model, x, y)
    return {k: v.tolist() for k, v in history.items()}


def augment(model, x, y, attack, seed):
    x_all = np.append(np.asarray(x), np.asarray(attack(model, x, y)), axis=0)
    y_all = np.append(np.asarray(y), np.asarray(y))
    for a in (x_all, y_all):
        np.random.RandomState(seed).shuffle(a)
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    return {
        name: {
            "undefended": measures.robust_accuracy(undefended, attack, x, y),
            "transfer": measures.accuracy(defended, attack(undefended, x, y), y),
            "white_box": measures.robust_accuracy(defended, attack, x, y),
        }
        for name, attack in attacks.items()
    }


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = tf.convert_to_tensor(x, tf.float32)
    generator = tf.random.Generator.from_seed(seed)
    start = x + generator.uniform(tf.shape(x), -eps, eps)
    moved = start + step_size * tf.sign(input_gradient(model, start, y))
    low, high = tf.maximum(x - eps, 0.0), tf.minimum(x + eps, 1.0)
    return tf.clip_by_value(moved, low, high)
