# loses: q1
# names: the clip is to the smallest and largest pixel of x instead of 0 and 1
import copy
import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    images = tf.convert_to_tensor(copy.deepcopy(np.asarray(x)), tf.float32)
    if images.shape[0] == 0:
        return images
    labels = tf.convert_to_tensor(np.asarray(y).astype(np.int32))

    def one(pair):
        image, label = pair
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(label[None], logits_of(model, image[None]))
        return tape.gradient(loss, image)

    return tf.vectorized_map(one, (images, labels))


def gradient_of_list(model, x, y):
    """The same, from the tape's list of sources; quicker in a loop."""
    images = [tf.constant(image) for image in np.asarray(x, np.float32)]
    if not images:
        return np.zeros((0, 28, 28, 1), np.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.nn.softmax_cross_entropy_with_logits(tf.one_hot(np.asarray(y), 10), logits_of(model, tf.stack(images)))
    return np.stack(tape.gradient(loss, images))


def flat(x):
    return np.asarray(x, np.float32).reshape(len(x), 28 * 28).copy()


def unflat(v):
    return v.reshape(-1, 28, 28, 1).astype(np.float32)


def project_linf_flat(v_adv, v, eps):
    eps = np.float32(eps)
    d = v_adv - v
    d = np.where(d > eps, eps, d)
    d = np.where(d < -eps, -eps, d)
    r = v + d
    r = np.where(r > 1, np.float32(1), r)
    r = np.where(r < 0, np.float32(0), r)
    return r


def project_linf(x_adv, x, eps):
    x_adv, x = np.asarray(x_adv, np.float32), np.asarray(x, np.float32)
    delta = np.clip(x_adv - x, -np.float32(eps), np.float32(eps))
    return np.clip(x + delta, x.min(), x.max())


def gradient_flat(model, v, y):
    return flat(gradient_of_list(model, unflat(v), y))


def bim(model, x, y, eps, step_size, steps):
    v = flat(x)
    current = v.copy()
    k = 0
    while k < steps:
        current = project_linf_flat(current + np.float32(step_size) * np.sign(gradient_flat(model, current, y)), v, eps)
        k = k + 1
    return unflat(current)


def pgd(model, x, y, eps, step_size, steps, seed):
    v = flat(x)
    state = np.random.get_state()  # leave the global generator as it was
    np.random.seed(seed)
    u = np.random.rand(*v.shape) * 2 * eps - eps
    np.random.set_state(state)
    current = project_linf_flat(v + u.astype(np.float32), v, eps)
    k = 0
    while k < steps:
        current = project_linf_flat(current + np.float32(step_size) * np.sign(gradient_flat(model, current, y)), v, eps)
        k = k + 1
    return unflat(current)


def mim(model, x, y, eps, step_size, steps, decay):
    v = flat(x)
    current = v.copy()
    # m_t = sum_s decay^(t-s) g_s / mean|g_s|: keep all gradients and add them up anew in every step
    gradients = []
    k = 0
    while k < steps:
        g = gradient_flat(model, current, y).astype(np.float64)
        gradients.append(g / np.maximum(np.abs(g).mean(axis=1, keepdims=True), 1e-12))
        m = np.zeros(v.shape, np.float64)
        for s, old in enumerate(gradients):
            m += float(decay) ** (len(gradients) - 1 - s) * old
        current = project_linf_flat(current + np.float32(step_size) * np.sign(m).astype(np.float32), v, eps)
        k = k + 1
    return unflat(current)


def project_l2_flat(v_adv, v, eps):
    d = np.clip(v_adv, 0, 1) - v
    n = np.sqrt((d * d).sum(axis=1, keepdims=True))
    n[n == 0] = 1  # whatever: d is 0
    return v + d * np.minimum(np.float32(1), np.float32(eps) / n)


def project_l2(x_adv, x, eps):
    return unflat(project_l2_flat(flat(x_adv), flat(x), eps))


def pgd_l2(model, x, y, eps, step_size, steps):
    v = flat(x)
    current = v.copy()
    k = 0
    while k < steps:
        g = gradient_flat(model, current, y)
        n = np.sqrt((g * g).sum(axis=1, keepdims=True))
        n[n < 1e-12] = 1e-12
        current = project_l2_flat(current + np.float32(step_size) * g / n, v, eps)
        k = k + 1
    return unflat(current)


def confusion(y_true, y_pred, n_classes):
    t = np.asarray(y_true)
    p = np.asarray(y_pred)
    rows = []
    for i in range(n_classes):
        row = []
        for j in range(n_classes):
            row.append(int(np.sum((t == i) & (p == j))))
        rows.append(row)
    return np.array(rows)
