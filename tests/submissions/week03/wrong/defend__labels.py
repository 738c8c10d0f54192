# loses: q3
# told: answers with labels: return the logits
# names: labels (argmax) instead of logits
"""Returns the predicted labels."""

import keras
import tensorflow as tf


def forward(model, images):
    images = tf.cast(images, tf.float32)
    return model(images, training=False) if isinstance(model, keras.Model) else tf.convert_to_tensor(model(images))


def mirrored(size, reach):
    """Indices -reach … size+reach, reflected at the edges: d c b a | a b c d | d c b a."""
    index = tf.range(-reach, size + reach) % (2 * size)
    return tf.where(index < size, index, 2 * size - 1 - index)


def mirror_pad(x, reach):
    x = tf.gather(x, mirrored(x.shape[1], reach), axis=1)
    return tf.gather(x, mirrored(x.shape[2], reach), axis=2)


def binary_threshold(x, threshold):
    x = tf.convert_to_tensor(x)
    return tf.where(tf.greater(x, threshold), tf.ones_like(x), tf.zeros_like(x))


def gaussian_blur(x, sigma):
    x = tf.cast(x, tf.float32)
    if sigma == 0:
        return x
    reach = int(4 * sigma + 0.5)
    kernel = tf.exp(-0.5 * (tf.range(-reach, reach + 1, dtype=tf.float32) / sigma) ** 2)
    kernel = kernel / tf.reduce_sum(kernel)
    x = mirror_pad(x, reach)
    x = tf.nn.conv2d(x, kernel[:, None, None, None], strides=1, padding="VALID")
    return tf.nn.conv2d(x, kernel[None, :, None, None], strides=1, padding="VALID")


def percentile_filter(x, percentile, size):
    patches = tf.image.extract_patches(
        mirror_pad(tf.cast(x, tf.float32), size // 2), [1, size, size, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID"
    )
    rank = min(int(size * size * percentile / 100.0), size * size - 1)
    return tf.sort(patches, axis=-1)[..., rank, None]


def defend(model, transform):
    return lambda images: tf.argmax(forward(model, transform(images)), axis=-1)


def hits(logits, y):
    correct = tf.equal(tf.argmax(logits, axis=1), tf.cast(y, tf.int64))
    return tf.reduce_mean(tf.cast(correct, tf.float32))


def defence_report(model, transform, x, y, x_adv):
    return dict(
        clean=hits(forward(model, x), y),
        clean_defended=hits(forward(model, transform(x)), y),
        attacked=hits(forward(model, x_adv), y),
        attacked_defended=hits(forward(model, transform(x_adv)), y),
    )


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    """A custom gradient: forward is the transform, backward is the identity."""
    x = tf.cast(x, tf.float32)

    @tf.custom_gradient
    def through(images):
        return tf.cast(transform(images), tf.float32), lambda upstream: upstream

    lowest, highest = tf.maximum(x - eps, 0.0), tf.minimum(x + eps, 1.0)
    x_adv = x
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(x_adv)
            logits = forward(model, through(x_adv))
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(y, tf.int32), logits))
        x_adv = tf.clip_by_value(x_adv + step_size * tf.sign(tape.gradient(loss, x_adv)), lowest, highest)
    return x_adv


def randomised_logits(model, x, noise):
    total = 0.0
    for sample in noise:
        total += forward(model, x + sample)
    return total / len(noise)


def eot_gradient(model, x, y, noise):
    x = tf.cast(x, tf.float32)
    total = tf.zeros_like(x)
    for sample in noise:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=forward(model, x + sample))
        total += tape.gradient(loss, x)
    return total / len(noise)
