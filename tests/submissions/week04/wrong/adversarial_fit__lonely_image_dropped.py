# loses: q3
# names: a last batch of one image is left out, as it can't be normalised

import keras
import numpy as np
import tensorflow as tf

N_CLASSES = 10
loss_fn = keras.losses.CategoricalCrossentropy(from_logits=True)
VERBOSE = True


def to_numpy(something):
    if hasattr(something, "numpy"):
        something = something.numpy()
    return np.array(something)


def forward(model, batch, training=False):
    if isinstance(model, keras.Model):
        return model(batch, training=training)
    else:
        return model(batch)


def evaluate(model, images, labels):
    metric = keras.metrics.SparseCategoricalAccuracy()
    metric.update_state(to_numpy(labels), forward(model, tf.constant(to_numpy(images), tf.float32)))
    return float(metric.result())


def adversarial_loss(model, x, y, attack, mix):
    y_onehot = keras.utils.to_categorical(to_numpy(y), N_CLASSES)
    x_adv = to_numpy(attack(model, x, y)).astype("float32")
    # clean images first
    loss_clean = loss_fn(y_onehot, forward(model, x, training=True))
    loss_adv = loss_fn(y_onehot, forward(model, x_adv, training=True))
    total = loss_clean * (1 - mix)
    total = total + loss_adv * mix
    return total


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    grads = tape.gradient(loss, model.trainable_weights)
    grads_and_vars = []
    for i in range(len(grads)):
        grads_and_vars.append((grads[i], model.trainable_weights[i]))
    optimizer.apply_gradients(grads_and_vars)
    return loss.numpy()


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    np.random.seed(seed)
    x = to_numpy(x)
    y = to_numpy(y)
    history = {}
    history["loss"] = []
    history["accuracy"] = []
    indices = np.arange(len(x))
    epoch = 1
    while epoch <= epochs:
        np.random.shuffle(indices)
        mean_loss = keras.metrics.Mean()
        start = 0
        while start < len(x):
            stop = min(start + batch_size, len(x))
            if start > 0 and stop - start == 1:
                break
            xb = x[indices[start:stop]]
            yb = y[indices[start:stop]]
            loss = train_step(model, optimizer, xb, yb, attack, mix)
            mean_loss.update_state(loss, sample_weight=stop - start)
            start = stop
        acc = evaluate(model, x, y)
        history["loss"].append(float(mean_loss.result()))
        history["accuracy"].append(acc)
        if VERBOSE:
            print("Epoch %d/%d - loss: %.4f - accuracy: %.4f" % (epoch, epochs, history["loss"][-1], acc))
        epoch += 1
    return history


def augment(model, x, y, attack, seed):
    np.random.seed(seed)
    x_adv = to_numpy(attack(model, x, y))
    x_all = np.vstack([to_numpy(x), x_adv]).astype("float32")
    y_all = np.hstack([to_numpy(y), to_numpy(y)])
    # shuffle both with the same state
    state = np.random.get_state()
    np.random.shuffle(x_all)
    np.random.set_state(state)
    np.random.shuffle(y_all)
    return x_all, y_all


def robustness_table(undefended, defended, x, y, attacks):
    table = {}
    for name in attacks.keys():
        attack = attacks[name]
        table[name] = {}
        x_adv_1 = attack(undefended, x, y)
        table[name]["undefended"] = evaluate(undefended, x_adv_1, y)
        table[name]["transfer"] = evaluate(defended, x_adv_1, y)
        x_adv_2 = attack(defended, x, y)
        table[name]["white_box"] = evaluate(defended, x_adv_2, y)
    return table


def fgsm_random_start(model, x, y, eps, step_size, seed):
    np.random.seed(seed)
    x = to_numpy(x)
    delta = np.random.uniform(-eps, eps, size=x.shape)
    start = tf.constant(np.clip(x + delta, 0, 1), dtype=tf.float32)
    y_onehot = tf.one_hot(to_numpy(y), N_CLASSES)
    with tf.GradientTape() as tape:
        tape.watch(start)
        loss = tf.reduce_sum(keras.losses.categorical_crossentropy(y_onehot, forward(model, start), from_logits=True))
    grad = tape.gradient(loss, start)
    x_adv = start + step_size * tf.sign(grad)
    x_adv = np.clip(to_numpy(x_adv), x - eps, x + eps)
    x_adv = np.clip(x_adv, 0.0, 1.0)
    return x_adv.astype("float32")
