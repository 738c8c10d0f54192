# loses: nothing
# week 2, in chunks with logging and checks
import logging
import math
import random as pyrandom
import numpy as np
import tensorflow as tf
import keras

logging.basicConfig(level=logging.INFO)
CHUNK = 3


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def chunked(attack):
    def whole(model, x, y, *rest):
        x, y = np.asarray(x, dtype=np.float32), np.asarray(y)
        assert x.ndim == 4 and y.ndim == 1 and len(x) == len(y)
        out = [np.asarray(attack(model, x[i : i + CHUNK], y[i : i + CHUNK], *rest)) for i in range(0, len(x), CHUNK)]
        logging.info("%s: %d images", attack.__name__, len(x))
        return np.concatenate(out)

    return whole


@chunked
def input_gradient(model, x, y):
    t = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(t)
        l = [
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=z)
            for z, label in zip(tf.unstack(logits_of(model, t)), y)
        ]
        loss = tf.add_n(l)
    return tape.gradient(loss, t)


def project_linf(x_adv, x, eps):
    assert eps >= 0
    x_adv, x = np.asarray(x_adv, np.float32), np.asarray(x, np.float32)
    r = x_adv.copy()
    hi, lo = x + np.float32(eps), x - np.float32(eps)
    r[r > hi] = hi[r > hi]
    r[r < lo] = lo[r < lo]
    r[r > 1] = 1
    r[r < 0] = 0
    return r


@chunked
def bim(model, x, y, eps, step_size, steps):
    a = x
    for _ in range(steps):
        a = project_linf(a + np.float32(step_size) * np.sign(input_gradient(model, a, y)), x, eps)
    return a


def pgd(model, x, y, eps, step_size, steps, seed):
    x, y = np.asarray(x, np.float32), np.asarray(y)
    r = pyrandom.Random(seed)
    u = np.array([r.uniform(-eps, eps) for _ in range(x.size)], np.float32).reshape(x.shape)
    a = project_linf(x + u, x, eps)
    for _ in range(steps):
        a = project_linf(a + np.float32(step_size) * np.sign(input_gradient(model, a, y)), x, eps)
    return a


@chunked
def mim(model, x, y, eps, step_size, steps, decay):
    a, m = x, np.zeros_like(x)
    for _ in range(steps):
        g = input_gradient(model, a, y)
        for i, gi in enumerate(g):
            s = np.abs(gi).mean()
            m[i] = decay * m[i] + (gi / s if s > 1e-12 else 0)
        a = project_linf(a + np.float32(step_size) * np.sign(m), x, eps)
    return a


def project_l2(x_adv, x, eps):
    out = np.array(x, np.float32)
    for i, (a, b) in enumerate(zip(np.asarray(x_adv), np.asarray(x))):
        d = np.clip(a, 0, 1) - b
        n = math.sqrt(float((d.astype(np.float64) ** 2).sum()))
        out[i] += d if n <= eps else d * (eps / n)
    return out


@chunked
def pgd_l2(model, x, y, eps, step_size, steps):
    a = x
    for _ in range(steps):
        g = input_gradient(model, a, y)
        n = np.sqrt((g**2).sum((1, 2, 3), keepdims=True))
        a = project_l2(a + np.float32(step_size) * np.divide(g, n, out=np.zeros_like(g), where=n > 0), x, eps)
    return a


def confusion(y_true, y_pred, n_classes):
    return np.histogram2d(np.asarray(y_true), np.asarray(y_pred), bins=n_classes, range=[[-0.5, n_classes - 0.5]] * 2)[0]


if __name__ == "__main__":
    print("week 2 loaded")
