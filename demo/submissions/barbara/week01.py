"""Every image alone, in a batch of one."""

import keras
import numpy as np
import tensorflow as tf


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def gradient_of_one(model, image, label):
    image = tf.expand_dims(tf.cast(image, tf.float32), 0)
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[label], logits=logits_of(model, image))
        )
    return tape.gradient(loss, image)[0]


def input_gradient(model, x, y):
    return tf.stack([gradient_of_one(model, image, int(label)) for image, label in zip(x, y)])


def fgsm(model, x, y, eps):
    images = []
    for image, label in zip(x, y):
        step = eps * tf.sign(gradient_of_one(model, image, int(label)))
        images.append(tf.clip_by_value(image + step, 0.0, 1.0))
    return tf.stack(images)


def targeted_fgsm(model, x, target, eps):
    return fgsm(model, x, target, -eps)


def pull_one(model, x, target, noise, steps, step_size, pull):
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            p = tf.nn.softmax(logits_of(model, image[None]))[0]
            cost = 0.5 * tf.reduce_sum((tf.one_hot(target, 10) - p) ** 2)
        image = image - step_size * (tape.gradient(cost, image) + pull * (image - x))
    return image


def fooling_image(model, target, noise, steps, step_size):
    return tf.stack([pull_one(model, n, int(t), n, steps, step_size, 0.0) for t, n in zip(target, noise)])


def disguised_image(model, x, target, noise, steps, step_size, pull):
    triples = zip(x, target, noise)
    return tf.stack([pull_one(model, image, int(t), n, steps, step_size, pull) for image, t, n in triples])


def accuracy_by_epsilon(model, x, y, epsilons):
    accuracies = []
    gradient = input_gradient(model, x, y)
    for eps in epsilons:
        attacked = np.clip(np.asarray(x) + np.float32(eps) * np.sign(gradient), 0, 1)
        right = 0
        for image, label in zip(attacked, y):
            right += int(np.argmax(logits_of(model, image[None])) == int(label))
        accuracies.append(right / len(attacked))
    return accuracies
