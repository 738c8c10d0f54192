# loses: q4
# names: one metric for all four: it is never reset
import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage
from keras.losses import SparseCategoricalCrossentropy

CE_SUM = SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
CE = SparseCategoricalCrossentropy(from_logits=True, reduction="none")


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = CE_SUM(y, logits_of(model, x))
    return tf.convert_to_tensor(tape.gradient(loss, x))


def binary_threshold(x, threshold):
    return tf.cast(tf.greater(x, threshold), tf.float32)


def gaussian_blur(x, sigma):
    x = np.array(x)
    x = ndimage.gaussian_filter1d(x, sigma, axis=1) if sigma > 0 else x
    return ndimage.gaussian_filter1d(x, sigma, axis=2) if sigma > 0 else x


def percentile_filter(x, percentile, size):
    footprint = np.ones((1, size, size, 1), bool)
    return ndimage.percentile_filter(np.array(x), percentile, footprint=footprint)


def defend(model, transform):
    defended = lambda x: logits_of(model, tf.convert_to_tensor(transform(x), dtype=tf.float32))
    return defended


def _share(f, x, y):
    metric = keras.metrics.SparseCategoricalAccuracy()
    metric.update_state(y, f(x))
    return float(metric.result())


def defence_report(model, transform, x, y, x_adv):
    report = {}
    metric = keras.metrics.SparseCategoricalAccuracy()
    f = lambda z: logits_of(model, z)
    g = defend(model, transform)
    for key, h, images in [("clean", f, x), ("clean_defended", g, x), ("attacked", f, x_adv), ("attacked_defended", g, x_adv)]:
        metric.update_state(y, h(images))
        report[key] = float(metric.result())
    return report


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.cast(x, tf.float32)
    adv = tf.Variable(x)
    for _ in tf.range(steps):
        with tf.GradientTape() as tape:
            # straight-through: forward transform, backward identity
            z = adv + tf.stop_gradient(tf.convert_to_tensor(transform(adv.value()), tf.float32) - adv)
            loss = CE_SUM(y, logits_of(model, z))
        adv.assign_add(step_size * tf.sign(tape.gradient(loss, adv)))
        adv.assign(tf.clip_by_value(tf.clip_by_value(adv, x - eps, x + eps), 0, 1))
    return adv.value()


def randomised_logits(model, x, noise):
    return tf.math.add_n([logits_of(model, tf.add(x, noise[s])) for s in range(noise.shape[0])]) / noise.shape[0]


def eot_gradient(model, x, y, noise):
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = 0.0
        for s in range(noise.shape[0]):
            loss += CE(y, logits_of(model, x + noise[s]))
        loss = tf.reduce_sum(loss / noise.shape[0])
    return tf.convert_to_tensor(tape.gradient(loss, x))
