# loses: nothing
# I prefer numpy. TensorFlow only gives me the derivative, everything else is float64.
import numpy as np
import tensorflow as tf
import keras as K


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, K.Model) else model(x)


def _np(a, dtype=np.float64):
    return np.array(a, dtype=dtype)  # always a copy


def _vjp(model, x, cotangent_of):
    """J(x)^T c, where c depends on the logits."""
    t = tf.constant(x, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(t)
        z = logits_of(model, t)
    c = cotangent_of(_np(z))
    g = tape.gradient(z, t, output_gradients=tf.constant(c, tf.float32))
    return np.zeros_like(x) if g is None else _np(g)


def _softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def input_gradient(model, x, y):
    onehot = np.eye(10)[_np(y, int)]
    return _vjp(model, _np(x), lambda z: _softmax(z) - onehot).astype("float32")


def fgsm(model, x, y, eps):
    x = _np(x)
    s = np.sign(input_gradient(model, x, y))
    return np.clip(x + eps * s, 0, 1).astype("float32")


def targeted_fgsm(model, x, target, eps):
    x = _np(x)
    s = np.sign(input_gradient(model, x, target))
    return np.clip(x - eps * s, 0, 1).astype("float32")


def _slope(model, image, target):
    onehot = np.eye(10)[_np(target, int)]

    def cotangent(z):
        p = _softmax(z)
        e = p - onehot
        return p * (e - (e * p).sum(axis=1, keepdims=True))

    return _vjp(model, image, cotangent)


def fooling_image(model, target, noise, steps, step_size):
    image = _np(noise)
    for i in range(steps):
        image -= step_size * _slope(model, image, target)
    return image.astype("float32")


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image, x = _np(noise), _np(x)
    for i in range(steps):
        force = _slope(model, image, target) + pull * (image - x)
        image -= step_size * force
    return image.astype("float32")


def accuracy_by_epsilon(model, x, y, epsilons):
    y = _np(y, int)
    accs = np.zeros(len(epsilons))
    for k, eps in enumerate(epsilons):
        z = _np(logits_of(model, fgsm(model, x, y, eps)))
        accs[k] = np.count_nonzero(z.argmax(axis=1) == y) / len(y)
    return accs
