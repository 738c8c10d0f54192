# loses: q3
# told: Your callable answers for images of an earlier call
# names: remembers the transformed images of the first call
from functools import partial, reduce

import keras
import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter, rank_filter

from course.measures import accuracy


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def one_gradient(model, image, label):
    image = tf.convert_to_tensor(image[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = keras.losses.sparse_categorical_crossentropy(tf.constant([label]), logits_of(model, image), from_logits=True)
    return tape.gradient(loss, image)[0]


def input_gradient(model, x, y):
    x = np.asarray(x)
    y = np.asarray(y)
    return np.array([one_gradient(model, x[i], y[i]) for i in range(len(x))], dtype=np.float32)


def binary_threshold(x, threshold):
    result = []
    for image in np.asarray(x):
        result.append([[[1.0 if v > threshold else 0.0 for v in pixel] for pixel in row] for row in image])
    return np.array(result, np.float32)


def gaussian_blur(x, sigma):
    pictures = [gaussian_filter(p[:, :, 0], sigma)[:, :, None] for p in np.asarray(x)]
    return np.array(pictures).astype(np.float32)


def percentile_filter(x, percentile, size):
    rank = int(size * size * percentile / 100)
    if rank == size * size:
        rank -= 1
    pictures = []
    for p in np.asarray(x):
        pictures.append(rank_filter(p.squeeze(-1), rank, size=size)[..., None])
    return np.array(pictures, dtype=np.float32)


def _through(model, transform, x):
    return logits_of(model, transform(x))


def defend(model, transform):
    cache = {}

    def defended(x):
        if "z" not in cache:
            cache["z"] = transform(x)
        return logits_of(model, cache["z"])

    return defended


def defence_report(model, transform, x, y, x_adv):
    models = {"": model, "_defended": defend(model, transform)}
    images = {"clean": x, "attacked": x_adv}
    return {a + b: accuracy(models[b], images[a], y) for a in images for b in models}


def bpda_attack(model, transform, x, y, eps, step_size, steps, now=None):
    """recursive"""
    x = np.asarray(x)
    now = x.copy() if now is None else now
    print("steps left:", steps)
    if steps == 0:
        return now
    g = input_gradient(model, transform(now), y)
    now = np.clip(now + np.float32(step_size) * np.sign(g), x - np.float32(eps), x + np.float32(eps)).clip(0, 1)
    return bpda_attack(model, transform, x, y, eps, step_size, steps - 1, now)


def randomised_logits(model, x, noise):
    answers = map(lambda n: np.asarray(logits_of(model, np.asarray(x) + n)), np.asarray(noise))
    return reduce(np.add, answers) / np.float32(len(noise))


def eot_gradient(model, x, y, noise):
    x, y, noise = map(np.asarray, (x, y, noise))
    out = np.empty_like(x)
    for i in range(len(x)):
        out[i] = np.mean([one_gradient(model, x[i] + noise[s, i], y[i]) for s in range(len(noise))], axis=0)
    return out


if __name__ == "__main__":
    print(binary_threshold(np.linspace(0, 1, 784).reshape(1, 28, 28, 1), 0.5).sum())
