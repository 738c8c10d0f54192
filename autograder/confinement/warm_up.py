"""What a child runs before its submission comes: each kind of operation once, which is when TensorFlow prepares it.

This file is sent to the child like a submission. It draws nothing at random, and leaves no name or file behind.
"""

import os

import keras
import tensorflow as tf

os.remove(__file__)


def _network() -> keras.Model:
    plain = {"kernel_initializer": "zeros"}
    layers = [
        keras.layers.Input((28, 28, 1)),
        keras.layers.Conv2D(2, 5, activation="relu", **plain),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, **plain),
    ]
    return keras.Sequential(layers)


def _gradient(network: keras.Model, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=network(x)))
    return tape.gradient(loss, x)


def _warm_up() -> None:
    x, y = tf.fill((2, 28, 28, 1), 0.5), tf.zeros(2, tf.int64)
    network = _network()
    network.set_weights(network.get_weights())
    for gradient in (_gradient(network, x, y), tf.function(_gradient)(network, x, y)):
        moved = tf.clip_by_value(x + 0.1 * tf.sign(gradient), 0.0, 1.0)
    tf.reduce_mean(tf.cast(tf.argmax(network(moved), axis=1) == y, tf.float32)).numpy()
    keras.backend.clear_session(free_memory=False)


_warm_up()
