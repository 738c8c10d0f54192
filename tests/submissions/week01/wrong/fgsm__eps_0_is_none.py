# loses: q2
# told: With eps 0 fgsm returns the images as they are.
# names: an eps of 0 is taken for none given
from keras import losses, metrics, ops, Model
import tensorflow as tf
from tensorflow import GradientTape

xent = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


def logits_of(model, x):
    if isinstance(model, Model):
        return model(x, training=False)
    return model(x)


def input_gradient(model, x, y):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        z = logits_of(model, x)
        loss = xent(y, z)
    grad = tape.gradient(loss, x)
    del tape
    return grad


def fgsm(model, x, y, eps):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    eps = eps or 0.1
    signed = tf.sign(input_gradient(model, x, y))
    adv = x + eps * signed
    adv = ops.clip(adv, 0.0, 1.0)
    return adv


def targeted_fgsm(model, x, target, eps):
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    signed = tf.sign(input_gradient(model, x, target))
    adv = x - eps * signed
    adv = ops.clip(adv, 0.0, 1.0)
    return adv


def fooling_image(model, target, noise, steps, step_size):
    mse = losses.MeanSquaredError(reduction="sum")  # the mean over 10 classes: times 5 is half of the sum
    goal = tf.one_hot(target, 10)
    img = tf.Variable(noise, dtype=tf.float32)
    for _ in range(steps):
        with GradientTape() as tape:
            p = tf.nn.softmax(logits_of(model, img))
            cost = 5.0 * mse(goal, p)
        img.assign_sub(step_size * tape.gradient(cost, img, unconnected_gradients=tf.UnconnectedGradients.ZERO))
    return img.value() if callable(getattr(img, "value", None)) else tf.identity(img)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    mse = losses.MeanSquaredError(reduction="sum")
    goal = tf.one_hot(target, 10)
    x = tf.convert_to_tensor(x, dtype=tf.float32)
    img = tf.Variable(noise, dtype=tf.float32)
    for _ in range(steps):
        with GradientTape() as tape:
            p = tf.nn.softmax(logits_of(model, img))
            cost = 5.0 * mse(goal, p) + 0.5 * pull * tf.reduce_sum((img - x) ** 2)
        img.assign_sub(step_size * tape.gradient(cost, img))
    return tf.identity(img)


def accuracy_by_epsilon(model, x, y, epsilons):
    out = []
    for e in epsilons:
        m = metrics.SparseCategoricalAccuracy()
        m.update_state(y, logits_of(model, fgsm(model, x, y, float(e))))
        out.append(float(m.result()))
    return tf.constant(out)
