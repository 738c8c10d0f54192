"""Week 1 in chunks of a few images, so that nothing large is ever on the tape."""
import keras
import numpy as np
import tensorflow as tf

CHUNK = 7


def _slices(n):
    return [slice(i, min(i + CHUNK, n)) for i in range(0, n, CHUNK)]


def _apply(model, images):
    return model(images, training=False) if isinstance(model, keras.Model) else model(images)


def _predict(model, images):
    if isinstance(model, keras.Model):
        return model.predict(images, batch_size=CHUNK, verbose=0)
    return np.concatenate([np.asarray(model(tf.constant(images[s]))) for s in _slices(len(images))])


def _numpy(x):
    return np.array(x, dtype=np.float32)


def input_gradient(model, x, y):
    x, y = _numpy(x), np.array(y, dtype=np.int32)
    result = np.zeros_like(x)
    for s in _slices(len(x)):
        images = tf.constant(x[s])
        with tf.GradientTape() as tape:
            tape.watch(images)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y[s], _apply(model, images))
            total = tf.reduce_mean(losses) * len(y[s])
        result[s] = tape.gradient(total, images, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy()
    return result


def fgsm(model, x, y, eps):
    x = _numpy(x)
    direction = np.sign(input_gradient(model, x, y))
    return np.minimum(1.0, np.maximum(0.0, x + float(eps) * direction)).astype(np.float32)


def targeted_fgsm(model, x, target, eps):
    x = _numpy(x)
    direction = -np.sign(input_gradient(model, x, target))
    return np.minimum(1.0, np.maximum(0.0, x + float(eps) * direction)).astype(np.float32)


def _descend(model, image, goal, steps, step_size, original, pull):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            error = tf.nn.softmax(_apply(model, image)) - goal
            loss = tf.reduce_sum(error * error) * 0.5
        gradient = tape.gradient(loss, image, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        if original is not None:
            gradient = gradient + pull * (image - original)
        image = image - step_size * gradient
    return image.numpy()


def fooling_image(model, target, noise, steps, step_size):
    noise, target = _numpy(noise), np.array(target)
    parts = [_descend(model, tf.constant(noise[s]), tf.one_hot(target[s], 10), steps, float(step_size), None, 0.0)
             for s in _slices(len(noise))]
    return np.concatenate(parts)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x, noise, target = _numpy(x), _numpy(noise), np.array(target)
    parts = [_descend(model, tf.constant(noise[s]), tf.one_hot(target[s], 10), steps, float(step_size),
                      tf.constant(x[s]), float(pull))
             for s in _slices(len(noise))]
    return np.concatenate(parts)


def accuracy_by_epsilon(model, x, y, epsilons):
    x, y = _numpy(x), np.array(y)
    direction = np.sign(input_gradient(model, x, y))
    answers = [np.mean(np.argmax(_predict(model, np.clip(x + np.float32(e) * direction, 0, 1)), 1) == y)
               for e in np.array(epsilons, dtype=np.float32)]
    return np.array(answers, dtype=np.float64)
