# loses: q5
# names: returns the step of the highest loss, not the last
"""Week 3: clean the input."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from course.measures import accuracy

Images = Any
Labels = Any
Model = Callable[..., Any]
Transform = Callable[[Any], Any]


def logits_of(model: Model, x: Images) -> Any:
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    grads = []
    for image, label in zip(np.asarray(x, np.float32), np.asarray(y)):
        v = tf.Variable(image[None])
        with tf.GradientTape() as t:
            logits = logits_of(model, v)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[int(label)], logits=logits)[0]
        grads.append(t.gradient(loss, v)[0])
    return tf.stack(grads)


def binary_threshold(x, threshold):
    x = tf.convert_to_tensor(x, tf.float32)
    return tf.map_fn(lambda im: tf.cast(im > threshold, tf.float32), x)


def gaussian_blur(x, sigma):
    out = []
    for image in np.asarray(x):
        plane = image[:, :, 0]
        plane = ndimage.gaussian_filter1d(plane, sigma, axis=0) if sigma > 0 else plane
        plane = ndimage.gaussian_filter1d(plane, sigma, axis=1) if sigma > 0 else plane
        out.append(plane[:, :, None])
    return tf.constant(np.array(out), tf.float32)


def percentile_filter(x, percentile, size):
    x = tf.convert_to_tensor(x, tf.float32)

    def one(im):
        return np.expand_dims(ndimage.percentile_filter(im.numpy()[..., 0], percentile, size), -1)

    return tf.map_fn(lambda im: tf.py_function(one, [im], tf.float32), x)


def defend(model, transform):
    def defended(images):
        washed = transform(images)
        washed = tf.convert_to_tensor(washed)
        washed = tf.cast(washed, tf.float32)
        return logits_of(model, washed)

    return defended


def defence_report(model, transform, x, y, x_adv):
    def share(images, washed):
        right = 0
        inputs = transform(images) if washed else images
        for image, label in zip(np.asarray(inputs, np.float32), np.asarray(y)):
            right += int(np.argmax(logits_of(model, image[None]))) == int(label)
        return right / len(images)

    return dict(clean=share(x, False), clean_defended=share(x, True), attacked=share(x_adv, False), attacked_defended=share(x_adv, True))


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = np.asarray(x, np.float32)
    y = np.asarray(y)

    def losses(images):
        z = np.asarray(transform(images), np.float32)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, z)).numpy()

    moved, best, highest = x, x.copy(), losses(x)
    for _ in range(steps):
        g = np.asarray(input_gradient(model, np.asarray(transform(moved), np.float32), y))
        moved = np.clip(moved + step_size * np.sign(g), np.maximum(x - eps, 0), np.minimum(x + eps, 1)).astype(np.float32)
        now = losses(moved)
        better = now > highest
        best[better], highest[better] = moved[better], now[better]
    return best


def randomised_logits(model, x, noise):
    S = len(noise)
    x = np.asarray(x)
    answer = []
    for i in range(len(x)):
        acc = 0.0
        for s in range(S):
            acc = acc + logits_of(model, tf.constant(x[i] + np.asarray(noise)[s, i], tf.float32)[None])[0]
        answer.append(acc / S)
    return tf.stack(answer)


def eot_gradient(model, x, y, noise):
    S = len(noise)
    x = np.asarray(x)
    noise = np.asarray(noise)
    rows = []
    for i in range(len(x)):
        copies = (x[i][None] + noise[:, i]).astype(np.float32)
        rows.append(np.sum(np.asarray(input_gradient(model, copies, np.full(S, int(np.asarray(y)[i])))), axis=0) / S)
    return np.stack(rows).astype("float32")
