# loses: nothing
#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""Homework 1. Works in padded chunks, so that the memory is bounded and the network always sees the same shape."""
import logging
import sys
from functools import lru_cache
from typing import Any, Iterable, Iterator, Tuple

import numpy as np
import tensorflow as tf
from tensorflow import keras

log = logging.getLogger(__name__)
CHUNK = 4


@lru_cache(maxsize=None)
def one_hots(n: int = 10) -> np.ndarray:
    return np.identity(n, dtype=np.float32)


def check(x: Any, y: Any) -> Tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 4 or x.shape[1:] != (28, 28, 1):
        raise ValueError(f"images expected, got {x.shape}")
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise TypeError(f"integer labels expected, got {y.dtype} {y.shape}")
    return x.astype(np.float32), y


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def chunks(*arrays: np.ndarray) -> Iterator[Tuple[int, list]]:
    for start in range(0, len(arrays[0]), CHUNK):
        parts = [a[start : start + CHUNK] for a in arrays]
        size = len(parts[0])
        pad = CHUNK - size
        yield size, [np.concatenate([p, np.repeat(p[-1:], pad, axis=0)]) if pad else p for p in parts]


def input_gradient(model, x, y):
    x, y = check(x, y)
    grads = np.empty_like(x)
    at = 0
    for size, (images, labels) in chunks(x, y):
        t = tf.convert_to_tensor(images)
        with tf.GradientTape() as tape:
            tape.watch(t)
            loss = keras.losses.sparse_categorical_crossentropy(labels, logits_of(model, t), from_logits=True)
            total = tf.add_n(tf.unstack(loss))
        grads[at : at + size] = tape.gradient(total, t).numpy()[:size]
        at += size
    log.info("gradients of %d images", at)
    return grads


def fgsm(model, x, y, eps):
    x, y = check(x, y)
    print("fgsm with eps", eps, file=sys.stderr)
    step = np.float32(eps) * np.sign(input_gradient(model, x, y))
    low, high = np.float32(0), np.float32(1)
    return np.maximum(low, np.minimum(high, x + step))


def targeted_fgsm(model, x, target, eps):
    x, target = check(x, target)
    step = np.float32(eps) * np.sign(input_gradient(model, x, target))
    low, high = np.float32(0), np.float32(1)
    return np.maximum(low, np.minimum(high, x - step))


def descend(model, target, image, x, step_size, pull):
    parts = []
    for size, (images, labels, originals) in chunks(image, target, x):
        t = tf.convert_to_tensor(images)
        with tf.GradientTape() as tape:
            tape.watch(t)
            p = tf.nn.softmax(logits_of(model, t))
            cost = tf.reduce_sum(0.5 * tf.math.squared_difference(one_hots()[labels], p))
        g = tape.gradient(cost, t).numpy()
        parts.append((images - np.float32(step_size) * (g + np.float32(pull) * (images - originals)))[:size])
    return np.concatenate(parts)


def fooling_image(model, target, noise, steps, step_size):
    image, target = check(noise, target)
    for _ in range(int(steps)):
        image = descend(model, target, image, image, step_size, 0.0)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x, target = check(x, target)
    image, _ = check(noise, target)
    for _ in range(int(steps)):
        image = descend(model, target, image, x, step_size, pull)
    return image


def accuracy_by_epsilon(model, x, y, epsilons: Iterable[float]):
    x, y = check(x, y)
    out = []
    for eps in epsilons:
        adv = fgsm(model, x, y, float(eps))
        right = sum(
            int((np.argmax(np.asarray(logits_of(model, adv[i : i + CHUNK])), axis=1) == y[i : i + CHUNK]).sum())
            for i in range(0, len(y), CHUNK)
        )
        out.append(right / len(y))
    return np.asarray(out, dtype=np.float32)


def main():
    import matplotlib.pyplot as plt
    from course.data import digits

    (train, labels), _ = digits()
    plt.imshow(train[0, ..., 0])
    plt.show()


if __name__ == "__main__" and "--plot" in sys.argv:
    main()
