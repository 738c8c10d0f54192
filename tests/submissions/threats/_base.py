# What every hostile file is put in front of: q1, q2 and q6 are right, q3 to q5 are not.
import numpy as np
import tensorflow as tf


def _logits(model, x):
    return model(x, training=False) if isinstance(model, tf.keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=_logits(model, x))
    return tape.gradient(loss, x)


def fgsm(model, x, y, eps):
    return tf.clip_by_value(x + eps * tf.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    return x


def fooling_image(model, target, noise, steps, step_size):
    return noise


def disguised_image(model, x, target, noise, steps, step_size, pull):
    return noise


def accuracy_by_epsilon(model, x, y, epsilons):
    accuracies = []
    for eps in epsilons:
        predicted = np.argmax(_logits(model, fgsm(model, x, y, eps)), axis=-1)
        accuracies.append(float(np.mean(predicted == np.asarray(y))))
    return np.array(accuracies)
