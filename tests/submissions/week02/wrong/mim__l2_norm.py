# loses: q4
# names: the gradients are divided by their L2 norm
import numpy as np
import tensorflow as tf
import keras


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def D(a):
    return np.array(a, dtype="float64")


def input_gradient(model, x, y):
    v = tf.Variable(np.asarray(x, dtype="float32"))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits_of(model, v)))
    g = tape.gradient(loss, v)
    if g is None:
        return np.zeros(v.shape, "float32")
    return g.numpy()


def project_linf(x_adv, x, eps):
    x_adv, x = D(x_adv), D(x)
    delta = np.clip(x_adv - x, -eps, eps)
    return np.clip(x + delta, 0, 1).astype("float32")


def steps_from(start, model, x, y, eps, step_size, steps):
    adv = D(start)
    for t in range(steps):
        g = np.sign(input_gradient(model, adv, y))
        adv = D(project_linf(adv + step_size * g, x, eps))
    return adv.astype("float32")


def bim(model, x, y, eps, step_size, steps):
    return steps_from(x, model, x, y, eps, step_size, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    rs = np.random.RandomState(seed)
    x = D(x)
    u = rs.uniform(-eps, eps, size=x.shape)
    start = project_linf(x + u, x, eps)
    return steps_from(start, model, x, y, eps, step_size, steps)


def mim(model, x, y, eps, step_size, steps, decay):
    adv = D(x)
    m = np.zeros_like(adv)
    for t in range(steps):
        g = D(input_gradient(model, adv, y))
        scale = np.linalg.norm(g.reshape(len(g), -1), axis=1)
        scale[scale < 1e-12] = 1e-12
        m = decay * m + g / scale[:, None, None, None]
        adv = D(project_linf(adv + step_size * np.sign(m), x, eps))
    return adv.astype("float32")


def project_l2(x_adv, x, eps):
    x = D(x)
    delta = np.clip(D(x_adv), 0.0, 1.0) - x
    norms = np.linalg.norm(delta.reshape(len(x), -1), axis=1)
    factor = np.ones(len(x))
    far = norms > eps
    factor[far] = eps / norms[far]
    return (x + delta * factor.reshape(-1, 1, 1, 1)).astype("float32")


def pgd_l2(model, x, y, eps, step_size, steps):
    adv = D(x)
    for t in range(steps):
        g = D(input_gradient(model, adv, y))
        length = np.linalg.norm(g.reshape(len(g), -1), axis=1).reshape(-1, 1, 1, 1)
        adv = D(project_l2(adv + step_size * g / np.maximum(length, 1e-12), x, eps))
    return adv.astype("float32")


def confusion(y_true, y_pred, n_classes):
    table = np.zeros((n_classes, n_classes))
    for t, p in zip(np.asarray(y_true), np.asarray(y_pred)):
        table[t][p] += 1
    return table
