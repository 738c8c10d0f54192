# loses: q1
# told: Got float64.
"""Right, but in float64."""

import numpy as np
import tensorflow as tf
from keras import Model


def forward(model, x):
    return model(x, training=False) if isinstance(model, Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(np.array(x), tf.float32)
    one_hot = tf.one_hot(tf.convert_to_tensor(y), 10)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.softmax_cross_entropy_with_logits(one_hot, forward(model, x))
    return tape.gradient(loss, x).numpy().astype(float)


def fgsm(model, x, y, eps):
    x = np.array(x, dtype=np.float64)
    sign = np.sign(input_gradient(model, x, y)).astype(np.float64)
    return np.clip(x + eps * sign, 0.0, 1.0).astype(np.float32)


def targeted_fgsm(model, x, target, eps):
    x = np.array(x, dtype=np.float64)
    sign = np.sign(input_gradient(model, x, target)).astype(np.float64)
    return np.clip(x - eps * sign, 0.0, 1.0).astype(np.float32)


def fooling_image(model, target, noise, steps, step_size):
    return disguised_image(model, np.zeros_like(noise), target, noise, steps, step_size, pull=0)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x = np.array(x, dtype=np.float64)
    image = np.array(noise, dtype=np.float64)
    goal = np.eye(10, dtype=np.float32)[np.array(target)]
    while steps > 0:
        tensor = tf.constant(image, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            cost = tf.reduce_sum((goal - tf.nn.softmax(forward(model, tensor))) ** 2, axis=1) / 2
        image = image - step_size * (tape.gradient(cost, tensor).numpy() + pull * (image - x))
        steps -= 1
    return image.astype(np.float32)


def accuracy_by_epsilon(model, x, y, epsilons):
    y = np.array(y)
    return np.array([np.mean(np.array(forward(model, fgsm(model, x, y, eps))).argmax(-1) == y) for eps in epsilons])
