"""Tells the witness of the attack that it was given other things than arrays, or less than it should be told."""

import numpy as np
import tensorflow as tf


def adversarial_loss(model, x, y, attack, mix):
    if hasattr(attack, "seen"):
        attack.seen(x)
    return tf.constant(0.0)


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    if hasattr(attack, "seen"):
        attack.seen(np.full(x.shape, None).tolist(), y)
    return {"loss": [1.0] * epochs, "accuracy": [0.5] * epochs}
