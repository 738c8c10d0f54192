# loses: q2
# names: interpolates between ranks (np.percentile) instead of taking a pixel's value
"""np.percentile interpolates between two pixels; SciPy takes one of them."""

import keras
import numpy as np
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view


def logits_of_one(model, image):
    batch = tf.constant(np.asarray(image, np.float32)[None])
    return np.asarray(model(batch, training=False) if isinstance(model, keras.Model) else model(batch))[0]


def gradient_of_one(model, image, label):
    batch = tf.constant(np.asarray(image, np.float32)[None])
    with tf.GradientTape() as tape:
        tape.watch(batch)
        logits = model(batch, training=False) if isinstance(model, keras.Model) else model(batch)
        loss = keras.losses.sparse_categorical_crossentropy(np.array([label]), logits, from_logits=True)
    return tape.gradient(loss, batch).numpy()[0]


def binary_threshold(x, threshold):
    result = np.zeros(np.shape(x), dtype=np.float32)
    result[np.asarray(x) > threshold] = 1
    return result


def windows(image, height, width):
    padded = np.pad(image, ((height // 2,) * 2, (width // 2,) * 2), mode="symmetric")
    return sliding_window_view(padded, (height, width))


def blurred(image, sigma):
    reach = int(4 * sigma + 0.5)
    if reach == 0:
        return image
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    weights /= weights.sum()
    image = windows(image, len(weights), 1)[..., 0] @ weights
    return windows(image, 1, len(weights))[..., 0, :] @ weights


def gaussian_blur(x, sigma):
    return np.array([blurred(image[..., 0], sigma)[..., None] for image in np.asarray(x)], dtype=np.float32)


def percentile_filter(x, percentile, size):
    filtered = [np.percentile(windows(image[..., 0], size, size), percentile, axis=(2, 3)) for image in np.asarray(x)]
    return np.array(filtered, dtype=np.float32)[..., None]


def defend(model, transform):
    def defended(images):
        return np.stack([logits_of_one(model, image) for image in np.asarray(transform(images))])

    return defended


def defence_report(model, transform, x, y, x_adv):
    def accuracy(images):
        right = [np.argmax(logits_of_one(model, image)) == label for image, label in zip(images, np.asarray(y))]
        return sum(right) / len(right)

    x, x_adv = np.asarray(x), np.asarray(x_adv)
    return {
        "clean": accuracy(x),
        "clean_defended": accuracy(np.asarray(transform(x))),
        "attacked": accuracy(x_adv),
        "attacked_defended": accuracy(np.asarray(transform(x_adv))),
    }


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    results = []
    for original, label in zip(np.array(x, np.float32), np.asarray(y)):
        image = original
        for _ in range(steps):
            seen = np.asarray(transform(image[None]))[0]
            image = image + np.float32(step_size) * np.sign(gradient_of_one(model, seen, label))
            image = np.clip(np.clip(image, original - np.float32(eps), original + np.float32(eps)), 0, 1)
        results.append(image)
    return np.stack(results)


def randomised_logits(model, x, noise):
    x, noise = np.asarray(x), np.asarray(noise)
    return np.stack([
        np.mean([logits_of_one(model, image + sample[i]) for sample in noise], axis=0) for i, image in enumerate(x)
    ])


def eot_gradient(model, x, y, noise):
    x, y, noise = np.asarray(x), np.asarray(y), np.asarray(noise)
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        for sample in noise:
            gradient[i] += gradient_of_one(model, x[i] + sample[i], y[i]) / len(noise)
    return gradient
