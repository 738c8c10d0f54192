"""Week 3: predict() where no gradient is needed, a custom gradient where one is."""
import keras
import numpy as np
import tensorflow as tf
from scipy.ndimage import correlate1d, rank_filter


def numpy_images(x):
    return np.ascontiguousarray(np.asarray(x), dtype=np.float32)


def numpy_logits(model, images):
    if isinstance(model, keras.Model):
        return model.predict(images, batch_size=64, verbose=0)
    return np.asarray(model(images))


def binary_threshold(x, threshold):
    return np.ceil(np.clip(numpy_images(x) - np.float32(threshold), 0, 1)).astype(np.float32)


def gaussian_blur(x, sigma):
    blurred = numpy_images(x)
    reach = int(4 * sigma + 0.5)
    if reach < 1:
        return blurred.copy()
    grid = np.arange(-reach, reach + 1, dtype=np.float64)
    weights = np.exp(-(grid**2) / (2 * sigma**2))
    weights /= np.sum(weights)
    for axis in (2, 1):
        blurred = correlate1d(blurred, weights, axis=axis)
    return blurred


def percentile_filter(x, percentile, size):
    area = size**2
    rank = area - 1 if percentile == 100 else int(float(area) * percentile / 100.0)
    return rank_filter(numpy_images(x), rank, size=(1, size, size, 1))


def defend(model, transform):
    def defended(images):
        return numpy_logits(model, numpy_images(transform(numpy_images(images))))

    return defended


def defence_report(model, transform, x, y, x_adv):
    y = np.asarray(y)
    defended = defend(model, transform)
    accuracy = lambda logits: float(np.mean(logits.argmax(axis=1) == y))
    x, x_adv = numpy_images(x), numpy_images(x_adv)
    return {
        "attacked_defended": accuracy(defended(x_adv)),
        "attacked": accuracy(numpy_logits(model, x_adv)),
        "clean_defended": accuracy(defended(x)),
        "clean": accuracy(numpy_logits(model, x)),
    }


def tensor_logits(model, images):
    if isinstance(model, keras.Model):
        return model(images, training=False)
    return tf.convert_to_tensor(model(images))


def cross_entropy(logits, y):
    logits = logits - tf.stop_gradient(tf.reduce_max(logits, axis=1, keepdims=True))
    chosen = tf.gather(logits, y, axis=1, batch_dims=1)
    return tf.reduce_logsumexp(logits, axis=1) - chosen


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = tf.constant(numpy_images(x))
    y = tf.constant(np.asarray(y), dtype=tf.int32)
    x_adv = x
    for _ in range(steps):
        cleaned = tf.constant(numpy_images(transform(x_adv.numpy())))

        @tf.custom_gradient
        def cleaner(images):
            return tf.identity(cleaned), lambda upstream: upstream

        with tf.GradientTape() as tape:
            tape.watch(x_adv)
            logits = tensor_logits(model, cleaner(x_adv))
            loss = tf.reduce_sum(cross_entropy(logits, y))
        gradient = tape.gradient(loss, x_adv)
        x_adv = x_adv + step_size * tf.sign(gradient)
        x_adv = tf.minimum(tf.maximum(x_adv, x - eps), x + eps)
        x_adv = tf.minimum(tf.maximum(x_adv, 0.0), 1.0)
    return x_adv.numpy()


def randomised_logits(model, x, noise):
    x, noise = numpy_images(x), numpy_images(noise)
    stacked = (x + noise).reshape(-1, 28, 28, 1)
    return numpy_logits(model, stacked).reshape(len(noise), len(x), -1).mean(axis=0)


def eot_gradient(model, x, y, noise):
    x = tf.constant(numpy_images(x))
    y = tf.constant(np.asarray(y), dtype=tf.int32)
    total = np.zeros(tuple(x.shape), dtype=np.float64)
    for sample in numpy_images(noise):
        point = x + sample
        with tf.GradientTape() as tape:
            tape.watch(point)
            loss = tf.reduce_sum(cross_entropy(tensor_logits(model, point), y))
        total += tape.gradient(loss, point).numpy()
    return (total / len(noise)).astype(np.float32)
