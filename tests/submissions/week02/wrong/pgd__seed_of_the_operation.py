# loses: q3
# told: must follow from `seed` alone
# names: the seed of the operation alone: another start with every call
import collections
import itertools as it
import numpy as np
import tensorflow as tf
import keras as k


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, k.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = logits_of(model, x)
        picked = tf.gather(z, y, axis=1, batch_dims=1)
        loss = tf.math.reduce_logsumexp(z, axis=1) - picked
    return tape.gradient(loss, x)


def project_linf(x_adv, x, eps):
    return tf.math.minimum(tf.math.maximum(x_adv, tf.math.maximum(x - eps, 0.0)), tf.math.minimum(x + eps, 1.0))


def iterates(start, direction, project, step_size):
    image = start
    while True:
        yield image
        image = project(image + step_size * direction(image))


def last(steps, iterates):
    return collections.deque(it.islice(iterates, steps + 1), maxlen=1).pop()


def bim(model, x, y, eps, step_size, steps):
    up = lambda image: tf.sign(input_gradient(model, image, y))
    back = lambda image: project_linf(image, x, eps)
    return last(steps, iterates(tf.convert_to_tensor(x), up, back, step_size))


def pgd(model, x, y, eps, step_size, steps, seed):
    u = tf.random.uniform(tf.shape(x), -eps, eps, seed=seed)
    up = lambda image: tf.sign(input_gradient(model, image, y))
    back = lambda image: project_linf(image, x, eps)
    return last(steps, iterates(back(x + u), up, back, step_size))


def mim(model, x, y, eps, step_size, steps, decay):
    def momentum():
        m = tf.zeros(tf.shape(x))
        image = yield
        while True:
            g = input_gradient(model, image, y)
            m = decay * m + tf.math.divide_no_nan(g, tf.reduce_mean(tf.abs(g), [1, 2, 3], keepdims=True))
            image = yield tf.sign(m)

    co = momentum()
    next(co)
    return last(steps, iterates(tf.convert_to_tensor(x), co.send, lambda i: project_linf(i, x, eps), step_size))


def length(d):
    return tf.norm(tf.reshape(d, [tf.shape(d)[0], -1]), axis=-1)[:, None, None, None]


def project_l2(x_adv, x, eps):
    d = tf.clip_by_value(x_adv, 0, 1) - x
    n = length(d)
    return tf.where(n > eps, x + d * tf.math.divide_no_nan(float(eps), n), x + d)


def pgd_l2(model, x, y, eps, step_size, steps):
    def up(image):
        g = input_gradient(model, image, y)
        return tf.math.divide_no_nan(g, length(g))

    return last(steps, iterates(tf.convert_to_tensor(x), up, lambda i: project_l2(i, x, eps), step_size))


def confusion(y_true, y_pred, n_classes):
    counts = collections.Counter(zip(map(int, y_true), map(int, y_pred)))
    return np.array([[counts[i, j] for j in range(n_classes)] for i in range(n_classes)])
