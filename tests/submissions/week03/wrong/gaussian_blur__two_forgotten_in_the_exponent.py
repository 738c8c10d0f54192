# loses: q2
# names: exp(-d2/sigma2), the 2 forgotten
"""All TensorFlow: depthwise convolutions, extracted patches, a compiled gradient, a class for the defended model."""
import keras
import tensorflow as tf

from course.measures import accuracy


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def _float(x):
    return tf.cast(tf.convert_to_tensor(x), tf.float32)


def input_gradient(model, x, y):
    x = _float(x)
    y = tf.cast(tf.convert_to_tensor(y), tf.int64)

    @tf.function
    def compiled(images, labels):
        with tf.GradientTape() as tape:
            tape.watch(images)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits_of(model, images))
            total = tf.reduce_sum(losses)
        return tape.gradient(total, images)

    return compiled(x, y)


def binary_threshold(x, threshold):
    return tf.where(_float(x) > threshold, 1.0, 0.0)


def _mirror(x, radius):
    """tf.pad mirrors at most once, so go around as often as needed."""
    while radius > 0:
        now = min(radius, x.shape[1], x.shape[2])
        if now == radius:
            return tf.pad(x, [[0, 0], [now, now], [now, now], [0, 0]], mode="SYMMETRIC")
        size = x.shape[1]
        index = []
        for i in range(-radius, size + radius):
            i = i % (2 * size)
            index.append(i if i < size else 2 * size - 1 - i)
        return tf.gather(tf.gather(x, index, axis=1), index, axis=2)
    return x


def gaussian_blur(x, sigma):
    x = _float(x)
    radius = int(4.0 * sigma + 0.5)
    if radius == 0:
        return x
    positions = tf.range(-radius, radius + 1, dtype=tf.float32)
    kernel = tf.exp(-(positions**2) / sigma**2)
    kernel /= tf.reduce_sum(kernel)
    padded = _mirror(x, radius)
    down = tf.nn.depthwise_conv2d(padded, tf.reshape(kernel, [-1, 1, 1, 1]), [1, 1, 1, 1], "VALID")
    return tf.nn.depthwise_conv2d(down, tf.reshape(kernel, [1, -1, 1, 1]), [1, 1, 1, 1], "VALID")


def percentile_filter(x, percentile, size):
    padded = _mirror(_float(x), size // 2)
    patches = tf.image.extract_patches(padded, [1, size, size, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    ordered = tf.sort(patches, axis=-1)
    place = min(int(size**2 * percentile / 100), size**2 - 1)
    return ordered[..., place:place + 1]


class Defended:
    def __init__(self, model, transform):
        self.model = model
        self.transform = transform

    def __call__(self, x):
        return logits_of(self.model, self.transform(x))


def defend(model, transform):
    return Defended(model, transform)


def defence_report(model, transform, x, y, x_adv):
    defended = Defended(model, transform)
    return dict(
        clean=accuracy(model, x, y),
        attacked=accuracy(model, x_adv, y),
        clean_defended=accuracy(defended, x, y),
        attacked_defended=accuracy(defended, x_adv, y),
    )


def bpda_attack(model, transform, x, y, eps, step_size, steps):
    x = _float(x)
    low = tf.maximum(x - eps, 0.0)
    high = tf.minimum(x + eps, 1.0)

    def straight_through(images):
        @tf.custom_gradient
        def wrapped(images):
            return _float(transform(images)), lambda upstream: upstream

        return wrapped(images)

    moved = x
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(moved)
            logits = logits_of(model, straight_through(moved))
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        moved = moved + step_size * tf.sign(tape.gradient(loss, moved))
        moved = tf.minimum(tf.maximum(moved, low), high)
    return moved


def randomised_logits(model, x, noise):
    x, noise = _float(x), _float(noise)
    samples, n = noise.shape[0], noise.shape[1]
    copies = tf.reshape(x[None] + noise, [samples * n, *x.shape[1:]])
    answers = tf.reshape(logits_of(model, copies), [samples, n, -1])
    return tf.reduce_mean(answers, axis=0)


def eot_gradient(model, x, y, noise):
    x, noise = _float(x), _float(noise)
    samples = noise.shape[0]
    with tf.GradientTape() as tape:
        tape.watch(x)
        copies = tf.reshape(x[None] + noise, [-1, *x.shape[1:]])
        logits = logits_of(model, copies)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.tile(y, [samples]), logits=logits)
        per_image = tf.reduce_mean(tf.reshape(losses, [samples, -1]), axis=0)
    return tape.gradient(per_image, x)
