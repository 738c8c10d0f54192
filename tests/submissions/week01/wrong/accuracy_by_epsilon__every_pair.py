# loses: q6
# names: shapes (n, 1) and (n,): every prediction is compared with every label
import itertools
import tensorflow as tf
import numpy as np
import keras


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    J = lambda z: tf.reduce_logsumexp(z, axis=1) - tf.reduce_sum(z * tf.one_hot(y, 10), axis=1)
    x = tf.constant(np.asarray(x, np.float32))
    with tf.GradientTape() as t:
        t.watch(x)
        j = J(logits_of(model, x))
    return t.gradient(j, x)


def fgsm(model, x, y, eps):
    return tf.clip_by_value(x + eps * tf.math.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return tf.clip_by_value(x - eps * tf.math.sign(input_gradient(model, x, target)), 0.0, 1.0)


def trajectory(model, target, image, step_size, force=None):
    """Yields the start, and then the image after every step, for ever."""
    wanted = tf.one_hot(target, 10)
    image = tf.convert_to_tensor(image, tf.float32)
    while True:
        yield image
        with tf.GradientTape() as t:
            t.watch(image)
            p = tf.nn.softmax(logits_of(model, image))
            c = tf.reduce_sum(tf.square(p - wanted), axis=-1) / 2.0
        g = t.gradient(c, image)
        if force is not None:
            g = g + force(image)
        image = image - step_size * g


def nth(iterator, n):
    return next(itertools.islice(iterator, n, None))


def fooling_image(model, target, noise, steps, step_size):
    return nth(trajectory(model, target, noise, step_size), steps)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    return nth(trajectory(model, target, noise, step_size, lambda image: pull * (image - x)), steps)


def accuracy_by_epsilon(model, x, y, epsilons):
    def accuracies():
        for eps in epsilons:
            guess = np.argmax(logits_of(model, fgsm(model, x, y, eps)), axis=1, keepdims=True)
            yield (guess == np.asarray(y)).mean()

    return np.array([*accuracies()])
