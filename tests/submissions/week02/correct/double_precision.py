# loses: nothing
"""NumPy in float64 around single-precision gradients, with old-fashioned random numbers and a sparse matrix."""

import keras
import numpy as np
import tensorflow as tf
from scipy import sparse

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def gradient(model, images, labels):
    images = tf.Variable(images, dtype=tf.float32)
    options = {"training": False} if isinstance(model, keras.Model) else {}
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        loss = LOSS(np.asarray(labels), model(images, **options))
    return tape.gradient(loss, images).numpy().astype(np.float64)


def single(function):
    """Whatever was computed in double precision is handed over in single."""

    def wrapped(*args, **named):
        return np.asarray(function(*args, **named), dtype=np.float32)

    wrapped.__name__, wrapped.__doc__ = function.__name__, function.__doc__
    return wrapped


def exactly(x):
    return np.array(x, dtype=np.float64)


def put_back(moved, x, eps):
    return np.clip(x + np.clip(moved - x, -eps, eps), 0, 1)


@single
def project_linf(x_adv, x, eps):
    return put_back(exactly(x_adv), exactly(x), eps)


@single
def bim(model, x, y, eps, step_size, steps):
    x = exactly(x)
    moved = x.copy()
    while steps:
        moved, steps = put_back(moved + step_size * np.sign(gradient(model, moved, y)), x, eps), steps - 1
    return moved


@single
def pgd(model, x, y, eps, step_size, steps, seed):
    x = exactly(x)
    moved = put_back(x + np.random.RandomState(seed % 2**32).uniform(-eps, eps, size=x.shape), x, eps)
    for _ in range(steps):
        moved += step_size * np.sign(gradient(model, moved, y))
        moved = put_back(moved, x, eps)
    return moved


@single
def mim(model, x, y, eps, step_size, steps, decay):
    x = exactly(x)
    moved, memory = x.copy(), np.zeros(x.shape)
    for _ in range(steps):
        g = gradient(model, moved, y)
        total = np.abs(g).sum(axis=(1, 2, 3))
        for image, one in enumerate(total):
            memory[image] = decay * memory[image] + (g[image] / one if one else 0)
        moved = put_back(moved + step_size * np.sign(memory), x, eps)
    return moved


def length(images):
    return np.linalg.norm(images.reshape(len(images), -1), axis=-1)[:, None, None, None]


@single
def project_l2(x_adv, x, eps):
    x = exactly(x)
    change = np.clip(exactly(x_adv), 0, 1) - x
    return x + change * np.fmin(1, eps / np.fmax(length(change), 1e-30))


@single
def pgd_l2(model, x, y, eps, step_size, steps):
    moved = x = exactly(x)
    for _ in range(steps):
        g = gradient(model, moved, y)
        moved = exactly(project_l2(moved + step_size * g / np.fmax(length(g), 1e-30), x, eps))
    return moved


def confusion(y_true, y_pred, n_classes):
    ones = np.ones(len(y_true), dtype=np.int64)
    cells = (np.asarray(y_true), np.asarray(y_pred))
    return sparse.coo_matrix((ones, cells), shape=(n_classes, n_classes)).toarray()
