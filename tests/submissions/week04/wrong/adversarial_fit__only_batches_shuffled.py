# loses: q3
# told: instead of shuffling the batches
# names: only the order of fixed batches is shuffled
import functools

import keras
import numpy as np
import tensorflow as tf

from course.measures import predictions


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(np.asarray(x, dtype="float32"))
    ask = functools.partial(model, training=False) if isinstance(model, keras.Model) else model
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(labels=tf.one_hot(y, 10), logits=ask(x)))
    return tape.gradient(loss, x).numpy()


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.stop_gradient(attack(model, x, y))
    per_image_clean = cross_entropy(y, model(x, training=True))
    per_image_adv = cross_entropy(y, model(x_adv, training=True))
    return tf.reduce_mean((1 - mix) * per_image_clean + mix * per_image_adv)


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    optimizer.apply_gradients(
        (gradient, variable) for gradient, variable in zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    )
    return np.asarray(loss).item()


def batches(x, y, batch_size):
    while len(x):
        yield x[:batch_size], y[:batch_size]
        x, y = x[batch_size:], y[batch_size:]


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):

    x, y = np.copy(x), np.copy(y)
    np.random.seed(seed)
    loss_list, accuracy_list = [], []
    fixed = list(batches(x, y, batch_size))
    for _ in range(epochs):
        total = 0.0
        for k in np.random.permutation(len(fixed)):
            bx, by = fixed[k]
            total += train_step(model, optimizer, bx, by, attack, mix) * len(by)
        loss_list.append(total / len(y))
        accuracy_list.append((predictions(model, x) == y).mean())
    return {"loss": loss_list, "accuracy": accuracy_list}


def augment(model, x, y, attack, seed):
    np.random.seed(seed)
    x_all = np.r_[np.asarray(x), np.asarray(attack(model, x, y))]
    y_all = np.r_[np.asarray(y), np.asarray(y)]
    order = np.arange(len(y_all))
    np.random.shuffle(order)
    return x_all[order], y_all[order]


def robustness_table(undefended, defended, x, y, attacks):
    def share(model, images):
        return (predictions(model, images) == np.asarray(y)).mean()

    names = list(attacks)
    transferred = [attacks[n](undefended, x, y) for n in names]
    aimed = [attacks[n](defended, x, y) for n in names]
    columns = ["undefended", "transfer", "white_box"]
    rows = [[share(undefended, t), share(defended, t), share(defended, a)] for t, a in zip(transferred, aimed)]
    return {n: dict(zip(columns, r)) for n, r in zip(names, rows)}


def fgsm_random_start(model, x, y, eps, step_size, seed):
    x = np.asarray(x, dtype=np.float64)
    np.random.seed(seed)
    delta = 2 * eps * np.random.rand(*x.shape) - eps
    gradient = np.asarray(input_gradient(model, x + delta, y), dtype=np.float64)
    delta = np.clip(delta + step_size * np.sign(gradient), -eps, eps)
    return np.clip(x + delta, 0.0, 1.0).astype(np.float32)
