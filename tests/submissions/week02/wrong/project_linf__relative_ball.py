# loses: q1
# names: the ball is eps times as wide as the pixel is bright
"""Graphs with signatures; the loop is a tf.while_loop that autograph writes."""
import keras
import tensorflow as tf

B = tf.TensorSpec([None, 28, 28, 1], tf.float32)
L = tf.TensorSpec([None], tf.int64)
F = tf.TensorSpec([], tf.float32)
I = tf.TensorSpec([], tf.int32)


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def f32(a):
    return tf.cast(tf.convert_to_tensor(a), tf.float32)


def i64(a):
    return tf.cast(tf.convert_to_tensor(a), tf.int64)


def gradient_at(model, x, y):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(loss, x, unconnected_gradients="zero")


def input_gradient(model, x, y):
    return gradient_at(model, f32(x), i64(y))


@tf.function(input_signature=[B, B, F])
def _linf(x_adv, x, eps):
    lower = tf.maximum(x - eps, 0.0)
    upper = tf.minimum(x + eps, 1.0)
    return tf.clip_by_value(x_adv, lower, upper)


def project_linf(x_adv, x, eps):
    x_adv, x = f32(x_adv), f32(x)
    return tf.clip_by_value(x_adv, tf.maximum(x * (1 - eps), 0.0), tf.minimum(x * (1 + eps), 1.0))


def walk(model):
    @tf.function(input_signature=[B, B, L, F, F, I])
    def run(start, x, y, eps, step_size, steps):
        adv = start
        for _ in tf.range(steps):
            adv = _linf(adv + step_size * tf.sign(gradient_at(model, adv, y)), x, eps)
        return adv

    return run


def bim(model, x, y, eps, step_size, steps):
    x = f32(x)
    return walk(model)(x, x, i64(y), f32(eps), f32(step_size), tf.constant(steps))


def pgd(model, x, y, eps, step_size, steps, seed):
    x = f32(x)
    noise = tf.random.stateless_uniform(tf.shape(x), seed=(seed, 17), minval=-1.0, maxval=1.0) * eps
    start = _linf(x + noise, x, f32(eps))
    return walk(model)(start, x, i64(y), f32(eps), f32(step_size), tf.constant(steps))


def mim(model, x, y, eps, step_size, steps, decay):
    @tf.function(input_signature=[B, L, F, F, I, F])
    def run(x, y, eps, step_size, steps, decay):
        adv, m = x, tf.zeros_like(x)
        for _ in tf.range(steps):
            g = gradient_at(model, adv, y)
            g /= tf.maximum(tf.reduce_mean(tf.abs(g), axis=[1, 2, 3], keepdims=True), 1e-12)
            m = decay * m + g
            adv = _linf(adv + step_size * tf.sign(m), x, eps)
        return adv

    return run(f32(x), i64(y), f32(eps), f32(step_size), tf.constant(steps), f32(decay))


@tf.function(input_signature=[B, B, F])
def _l2(x_adv, x, eps):
    delta = tf.clip_by_value(x_adv, 0.0, 1.0) - x
    return x + tf.clip_by_norm(delta, tf.maximum(eps, 1e-12), axes=[1, 2, 3])


def project_l2(x_adv, x, eps):
    return _l2(f32(x_adv), f32(x), f32(eps))


def pgd_l2(model, x, y, eps, step_size, steps):
    x, y = f32(x), i64(y)
    adv = x
    for _ in range(steps):
        g = gradient_at(model, adv, y)
        norm = tf.sqrt(tf.reduce_sum(g * g, axis=[1, 2, 3], keepdims=True))
        adv = _l2(adv + step_size * g / tf.maximum(norm, 1e-12), x, f32(eps))
    return adv


def confusion(y_true, y_pred, n_classes):
    return tf.math.confusion_matrix(y_true, y_pred, num_classes=n_classes)
