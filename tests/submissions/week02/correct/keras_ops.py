# loses: nothing
import keras
from keras import ops, random
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _t(a):
    return ops.convert_to_tensor(a, dtype="float32")


def input_gradient(model, x, y):
    x, hot = _t(x), ops.one_hot(ops.cast(y, "int32"), 10)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = keras.losses.categorical_crossentropy(hot, logits_of(model, x), from_logits=True)
    return tape.gradient(loss, x)


def project_linf(x_adv, x, eps):
    x_adv, x = _t(x_adv), _t(x)
    return ops.clip(ops.minimum(ops.maximum(x_adv, x - eps), x + eps), 0.0, 1.0)


def _loop(step, state, steps):
    return ops.fori_loop(0, steps, lambda _, s: step(s), state)


def bim(model, x, y, eps, step_size, steps):
    x = _t(x)
    return _loop(lambda a: project_linf(a + step_size * ops.sign(input_gradient(model, a, y)), x, eps), x, steps)


def pgd(model, x, y, eps, step_size, steps, seed):
    x = _t(x)
    u = random.uniform(ops.shape(x), -eps, eps, seed=random.SeedGenerator(seed))
    start = project_linf(x + u, x, eps)
    return _loop(lambda a: project_linf(a + step_size * ops.sign(input_gradient(model, a, y)), x, eps), start, steps)


def mim(model, x, y, eps, step_size, steps, decay):
    x = _t(x)

    def step(state):
        a, m = state
        g = input_gradient(model, a, y)
        m = m * decay + g / ops.maximum(ops.mean(ops.absolute(g), axis=(1, 2, 3), keepdims=True), 1e-12)
        return project_linf(a + step_size * ops.sign(m), x, eps), m

    return _loop(step, (x, ops.zeros_like(x)), steps)[0]


def project_l2(x_adv, x, eps):
    x_adv, x = _t(x_adv), _t(x)
    d = ops.clip(x_adv, 0.0, 1.0) - x
    n = ops.sqrt(ops.sum(d**2, axis=(1, 2, 3), keepdims=True))
    return x + d * ops.minimum(1.0, eps / ops.maximum(n, 1e-12))


def pgd_l2(model, x, y, eps, step_size, steps):
    x = _t(x)

    def step(a):
        g = input_gradient(model, a, y)
        n = ops.sqrt(ops.sum(g**2, axis=(1, 2, 3), keepdims=True))
        return project_l2(a + step_size * g / ops.maximum(n, 1e-12), x, eps)

    return _loop(step, x, steps)


def confusion(y_true, y_pred, n_classes):
    t = ops.one_hot(ops.cast(y_true, "int32"), n_classes, dtype="int32")
    p = ops.one_hot(ops.cast(y_pred, "int32"), n_classes, dtype="int32")
    return ops.convert_to_numpy(ops.matmul(ops.transpose(t), p))
