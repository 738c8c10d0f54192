"""Week 4, compact: decorators, metrics, a tf.random.Generator, and the differentiable part of the loss in a graph."""

import functools
import warnings
from types import MappingProxyType

import keras
import numpy as np
import tensorflow as tf


def cross_entropy(y, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def on_tensors(function):
    """Images become float32 tensors and labels int64 tensors before `function(model, x, y, ...)` sees them."""

    @functools.wraps(function)
    def wrapper(model, x, y, *args, **kwargs):
        return function(model, tf.cast(x, tf.float32), tf.cast(y, tf.int64), *args, **kwargs)

    return wrapper


@on_tensors
def input_gradient(model, x, y):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        loss = cross_entropy(y, model(x, training=False))
    return tape.gradient(loss, x, unconnected_gradients="zero")


@tf.function(autograph=False, jit_compile=False)
def _loss_graph(model, x, x_adv, y, mix):
    each = [cross_entropy(y, model(images, training=True)) for images in (x, x_adv)]
    return tf.reduce_mean((1.0 - mix) * each[0] + mix * each[1])  # same number of images in both


@on_tensors
def adversarial_loss(model, x, y, attack, mix):
    if not model.built:
        warnings.warn("the network has no weights yet", stacklevel=3)
        model(x, training=False)
    x_adv = tf.stop_gradient(tf.cast(attack(model, x, y), tf.float32))
    return _loss_graph(model, x, x_adv, y, tf.cast(mix, tf.float32))


def train_step(model, optimizer, x, y, attack, mix):
    with tf.GradientTape() as tape:
        loss = adversarial_loss(model, x, y, attack, mix)
    weights = model.trainable_weights
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return float(loss)


@on_tensors
def _accuracy(model, x, y):
    metric = keras.metrics.SparseCategoricalAccuracy()
    metric.update_state(y, model(x, training=False))
    return float(metric.result())


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    x, y = tf.cast(x, tf.float32), tf.cast(y, tf.int64)
    dice = tf.random.Generator.from_seed(int(seed), alg="philox")
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        order = tf.argsort(dice.uniform([len(x)]))
        mean = keras.metrics.Mean()
        for batch in tf.data.Dataset.from_tensor_slices(order).batch(batch_size):
            loss = train_step(model, optimizer, tf.gather(x, batch), tf.gather(y, batch), attack, mix)
            mean.update_state(tf.fill(tf.shape(batch), loss))  # as often as there are images
        history["loss"].append(float(mean.result()))
        history["accuracy"].append(_accuracy(model, x, y))
    return history


@on_tensors
def augment(model, x, y, attack, seed):
    x_adv = tf.cast(attack(model, x, y), tf.float32)
    dice = tf.random.Generator.from_seed(int(seed))
    order = tf.argsort(dice.uniform([2 * len(y)]))
    return tuple(tf.gather(tf.concat(pair, axis=0), order) for pair in ((x, x_adv), (y, y)))


def robustness_table(undefended, defended, x, y, attacks):
    @functools.lru_cache(maxsize=None)
    def images(name, model_is_defended):
        return attacks[name](defended if model_is_defended else undefended, x, y)

    columns = MappingProxyType(
        {
            "undefended": lambda name: _accuracy(undefended, images(name, False), y),
            "transfer": lambda name: _accuracy(defended, images(name, False), y),
            "white_box": lambda name: _accuracy(defended, images(name, True), y),
        }
    )
    return {name: {column: share(name) for column, share in columns.items()} for name in attacks}


@on_tensors
def fgsm_random_start(model, x, y, eps, step_size, seed):
    eps = tf.constant(eps, tf.float32)
    clip = functools.partial(tf.clip_by_value, clip_value_min=tf.maximum(x - eps, 0), clip_value_max=tf.minimum(x + eps, 1))
    dice = tf.random.Generator.from_seed(int(seed))
    start = clip(x + dice.uniform(tf.shape(x), -eps, eps))
    return clip(start + step_size * tf.sign(input_gradient(model, start, y)))
