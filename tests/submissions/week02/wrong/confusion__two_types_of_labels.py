# loses: q6
# names: fails where the labels are int32 and the predictions int64
"""Variables, Keras losses and a Keras optimizer: an attack is training of the image, uphill."""

import keras
import tensorflow as tf

cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    image = tf.Variable(tf.cast(x, tf.float32), trainable=True)
    with tf.GradientTape() as tape:  # a trainable variable is watched by itself
        loss = cross_entropy(y, logits_of(model, image))
    gradient = tape.gradient(loss, image)
    return tf.zeros_like(image) if gradient is None else tf.convert_to_tensor(gradient)


def project_linf(x_adv, x, eps):
    x_adv, x = tf.cast(x_adv, "float32"), tf.cast(x, "float32")
    too_high, too_low = x_adv > x + eps, x_adv < x - eps
    inside_ball = tf.where(too_high, x + eps, tf.where(too_low, x - eps, x_adv))
    return tf.clip_by_value(inside_ball, 0.0, 1.0)


def _ascend(model, start, x, y, step_size, steps, direction, project):
    """`steps` updates by SGD, which goes downhill: so it is given minus the direction."""
    image = keras.Variable(tf.cast(start, "float32"), dtype="float32")
    optimizer = keras.optimizers.SGD(learning_rate=float(step_size))
    optimizer.build([image])
    for _ in range(steps):
        gradient = input_gradient(model, tf.convert_to_tensor(image.value), y)
        optimizer.apply([-direction(gradient)], [image])
        image.assign(project(tf.convert_to_tensor(image.value), x))
    return tf.identity(image.value)


def bim(model, x, y, eps, step_size, steps):
    return _ascend(model, x, x, y, step_size, steps, tf.sign, lambda a, b: project_linf(a, b, eps))


def pgd(model, x, y, eps, step_size, steps, seed):
    x = tf.cast(x, "float32")
    generator = tf.random.Generator.from_seed(int(seed))
    noise = generator.uniform(tf.shape(x), -1.0, 1.0) * float(eps)
    start = project_linf(x + noise, x, eps)
    return _ascend(model, start, x, y, step_size, steps, tf.sign, lambda a, b: project_linf(a, b, eps))


def mim(model, x, y, eps, step_size, steps, decay):
    momentum = tf.Variable(tf.zeros(tf.shape(x)), trainable=False)

    def direction(gradient):
        mean = tf.reduce_mean(tf.abs(gradient), [1, 2, 3], True)
        momentum.assign(float(decay) * momentum + gradient / tf.maximum(mean, 1e-12))
        return tf.sign(momentum)

    return _ascend(model, x, x, y, step_size, steps, direction, lambda a, b: project_linf(a, b, eps))


def project_l2(x_adv, x, eps):
    x = tf.cast(x, "float32")
    delta = tf.clip_by_value(tf.cast(x_adv, "float32"), 0.0, 1.0) - x
    if eps == 0:
        return tf.identity(x)
    return x + tf.clip_by_norm(delta, float(eps), axes=[1, 2, 3])


def pgd_l2(model, x, y, eps, step_size, steps):
    def direction(gradient):
        return tf.math.l2_normalize(gradient, axis=[1, 2, 3], epsilon=1e-24)  # of the square: 1e-12 of the norm

    return _ascend(model, x, x, y, step_size, steps, direction, lambda a, b: project_l2(a, b, eps))


def confusion(y_true, y_pred, n_classes):
    counts = tf.Variable(tf.zeros((n_classes, n_classes), tf.int32))
    pairs = tf.stack([y_true, y_pred], axis=-1)
    counts.scatter_nd_add(pairs, tf.ones(len(pairs), tf.int32))
    return counts.numpy()
