# loses: q3
# told: 0 is a seed like any other
# names: `if seed:` takes seed 0 for no seed
"""Week 2."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


# one image after the other
def grad_one(model, image, label):
    batch = tf.constant(image[None])
    with tf.GradientTape() as t:
        t.watch(batch)
        z = logits_of(model, batch)[0]
        loss = tf.reduce_logsumexp(z) - z[int(label)]
    return t.gradient(loss, batch)[0].numpy()


def input_gradient(model, x, y):
    return np.stack([grad_one(model, i, l) for i, l in zip(np.asarray(x, np.float32), np.asarray(y))])


def project_linf(x_adv, x, eps):
    x_adv, x = np.asarray(x_adv, np.float32), np.asarray(x, np.float32)
    low, high = np.maximum(x - np.float32(eps), 0), np.minimum(x + np.float32(eps), 1)
    return np.minimum(np.maximum(x_adv, low), high)


def bim(model, x, y, eps, step_size, steps):
    results = []
    for image, label in zip(np.asarray(x, np.float32), np.asarray(y)):
        now = image
        for _ in range(steps):
            now = project_linf(now + np.float32(step_size) * np.sign(grad_one(model, now, label)), image, eps)
        results.append(now)
    return np.stack(results)


def pgd(model, x, y, eps, step_size, steps, seed):
    x = np.asarray(x, np.float32)
    start = x
    if seed:
        u = np.random.RandomState(seed).uniform(-eps, eps, x.shape).astype(np.float32)
        start = project_linf(x + u, x, eps)
    results = []
    for image, now, label in zip(x, start, np.asarray(y)):
        for _ in range(steps):
            now = project_linf(now + np.float32(step_size) * np.sign(grad_one(model, now, label)), image, eps)
        results.append(now)
    return np.stack(results)


def mim(model, x, y, eps, step_size, steps, decay):
    results = []
    for image, label in zip(np.asarray(x, np.float32), np.asarray(y)):
        now, m = image, np.zeros_like(image)
        for _ in range(steps):
            g = grad_one(model, now, label)
            m = decay * m + g / max(np.abs(g).sum(), 1e-12)
            now = project_linf(now + np.float32(step_size) * np.sign(m), image, eps)
        results.append(now)
    return np.stack(results).astype(np.float32)


def project_l2(x_adv, x, eps):
    out = np.empty(np.shape(x), np.float32)
    for i, (a, b) in enumerate(zip(np.asarray(x_adv), np.asarray(x))):
        d = np.clip(a, 0, 1) - b
        length = np.linalg.norm(d.ravel())
        out[i] = b + d if length <= eps else b + d * (eps / length)
    return out


def pgd_l2(model, x, y, eps, step_size, steps):
    results = []
    for image, label in zip(np.asarray(x, np.float32), np.asarray(y)):
        now = image
        for _ in range(steps):
            g = grad_one(model, now, label)
            length = np.linalg.norm(g.ravel())
            if length > 1e-12:
                now = now + np.float32(step_size) * (g / length)
            now = project_l2(now[None], image[None], eps)[0]
        results.append(now)
    return np.stack(results)


def confusion(y_true, y_pred, n_classes):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    return np.array([[int(np.sum((y_true == i) & (y_pred == j))) for j in range(n_classes)] for i in range(n_classes)])
