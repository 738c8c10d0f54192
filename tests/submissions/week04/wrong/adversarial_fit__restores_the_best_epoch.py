# loses: q3
# told: puts other weights into the model
# names: the weights of the epoch with the highest accuracy are put back at the end
"""Keeps the weights of the epoch with the highest accuracy, as Keras' EarlyStopping may, and puts them back."""

import keras
import numpy as np
import tensorflow as tf

MEAN_LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
SUM_LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


class Shuffler:
    """Cuts a new random order of n numbers into batches every time it is iterated over."""

    def __init__(self, n, batch_size, seed):
        self.n = n
        self.batch_size = batch_size
        self.rng = np.random.default_rng(seed)

    def __iter__(self):
        order = self.rng.permutation(self.n)
        for i in range(0, self.n, self.batch_size):
            yield order[i : i + self.batch_size]


class RunningMean:
    def __init__(self):
        self.total = 0.0
        self.count = 0

    def add(self, value, times):
        self.total += value * times
        self.count += times

    def value(self):
        return self.total / self.count


class Ball:
    def __init__(self, centre, eps):
        self.centre = tf.convert_to_tensor(centre, dtype=tf.float32)
        self.eps = eps

    def sample(self, seed):
        rng = np.random.default_rng(seed)
        delta = rng.uniform(-self.eps, self.eps, size=tuple(self.centre.shape))
        return self.centre + tf.constant(delta, dtype=tf.float32)

    def project(self, images):
        delta = tf.clip_by_value(images - self.centre, -self.eps, self.eps)
        return tf.clip_by_value(self.centre + delta, 0.0, 1.0)


def _accuracy(model, x, y):
    metric = keras.metrics.SparseCategoricalAccuracy()
    metric.update_state(np.asarray(y), model(tf.convert_to_tensor(x, dtype=tf.float32), training=False))
    return float(metric.result())


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = SUM_LOSS(y, model(x, training=False))
    return tape.gradient(loss, x)


def adversarial_loss(model, x, y, attack, mix):
    x_adv = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    clean = MEAN_LOSS(y, model(x, training=True))
    adversarial = MEAN_LOSS(y, model(x_adv, training=True))
    return (1.0 - mix) * clean + mix * adversarial


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return float(loss)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y)
    shuffler = Shuffler(len(x), batch_size, seed)
    history = {"loss": [], "accuracy": []}
    best, best_weights = -1.0, None
    for epoch in range(epochs):
        mean = RunningMean()
        for batch in shuffler:
            loss = train_step(model, optimizer, x[batch], y[batch], attack, mix)
            mean.add(loss, len(batch))
        history["loss"].append(mean.value())
        history["accuracy"].append(_accuracy(model, x, y))
        if history["accuracy"][-1] > best:
            best, best_weights = history["accuracy"][-1], model.get_weights()
    model.set_weights(best_weights)
    return history


def augment(model, x, y, attack, seed):
    x_adv = np.asarray(attack(model, x, y), dtype=np.float32)
    pairs = list(zip(np.asarray(x, dtype=np.float32), np.asarray(y))) + list(zip(x_adv, np.asarray(y)))
    rng = np.random.default_rng(seed)
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    x_all = np.stack([image for image, label in pairs])
    y_all = np.array([label for image, label in pairs])
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    table = {}
    for name, attack in attacks.items():
        row = {}
        images = attack(undefended, x, y)
        row["undefended"] = _accuracy(undefended, images, y)
        row["transfer"] = _accuracy(defended, images, y)
        images = attack(defended, x, y)
        row["white_box"] = _accuracy(defended, images, y)
        table[name] = row
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    ball = Ball(x, eps)
    start = ball.sample(seed)
    gradient = input_gradient(model, start, y)
    return ball.project(start + step_size * tf.sign(gradient))
