# loses: nothing
import tensorflow as tf
from keras import ops
import keras


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


_f32 = lambda a: ops.convert_to_tensor(a, dtype="float32")
_i32 = lambda a: ops.cast(ops.convert_to_tensor(a), "int32")


def _loss(model, image, label):
    logits = logits_of(model, image[None])[0]
    return ops.logsumexp(logits) - ops.sum(logits * ops.one_hot(label, 10))


def _one(model):
    def gradient(pair):
        image, label = pair
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = _loss(model, image, label)
        return tape.gradient(loss, image)

    return gradient


def input_gradient(model, x, y):
    return tf.vectorized_map(_one(model), (_f32(x), _i32(y)))


def fgsm(model, x, y, eps):
    x = _f32(x)
    return ops.clip(ops.add(x, ops.multiply(eps, ops.sign(input_gradient(model, x, y)))), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    x = _f32(x)
    return ops.clip(ops.subtract(x, ops.multiply(eps, ops.sign(input_gradient(model, x, target)))), 0.0, 1.0)


def _slope(model, image, target):
    with tf.GradientTape() as tape:
        tape.watch(image)
        residual = ops.one_hot(_i32(target), 10) - ops.softmax(logits_of(model, image), axis=-1)
        cost = ops.sum(ops.square(residual)) * 0.5
    return tape.gradient(cost, image)


def fooling_image(model, target, noise, steps, step_size):
    body = lambda i, image: (i + 1, image - step_size * _slope(model, image, target))
    return tf.while_loop(lambda i, image: i < steps, body, (0, _f32(noise)))[1]


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x = _f32(x)
    body = lambda i, image: (i + 1, image - step_size * (_slope(model, image, target) + pull * (image - x)))
    return tf.while_loop(lambda i, image: i < steps, body, (0, _f32(noise)))[1]


def accuracy_by_epsilon(model, x, y, epsilons):
    y = _i32(y)
    return tf.map_fn(
        lambda eps: tf.reduce_mean(
            tf.cast(tf.math.in_top_k(y, logits_of(model, fgsm(model, x, y, eps)), k=1), tf.float32)
        ),
        tf.constant([float(e) for e in epsilons]),
    )
