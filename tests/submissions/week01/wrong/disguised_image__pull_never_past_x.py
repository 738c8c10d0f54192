# loses: q5
# told: Your pull ends at x
# names: step_size · pull is capped at 1, so that the pull never goes past x
import keras
import numpy as np
import tensorflow as tf
from keras import ops

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def as_images(x):
    return ops.convert_to_tensor(x, dtype="float32")


def as_labels(y):
    return ops.cast(ops.convert_to_tensor(y), "int32")


def slope_of_cost(model, image, target):
    with tf.GradientTape() as tape:
        tape.watch(image)
        difference = ops.one_hot(as_labels(target), 10) - ops.softmax(logits_of(model, image), axis=-1)
        cost = ops.sum(ops.square(difference)) / 2
    return tape.gradient(cost, image, unconnected_gradients="zero")


def input_gradient(model, x, y):
    x = as_images(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = LOSS(as_labels(y), logits_of(model, x))
    return tape.gradient(losses, x, unconnected_gradients="zero")


def fgsm(model, x, y, eps):
    x = as_images(x)
    return ops.clip(x + float(eps) * ops.sign(input_gradient(model, x, y)), 0.0, 1.0)


def targeted_fgsm(model, x, target, eps):
    x = as_images(x)
    return ops.clip(x - float(eps) * ops.sign(input_gradient(model, x, target)), 0.0, 1.0)


def fooling_image(model, target, noise, steps, step_size):
    image = as_images(noise)
    for _ in range(steps):
        image = image - float(step_size) * slope_of_cost(model, image, target)
    return image


def disguised_image(model, x, target, noise, steps, step_size, pull):
    image, x = as_images(noise), as_images(x)
    share = min(float(step_size) * float(pull), 1.0)  # more than all the way back to x makes no sense
    for _ in range(steps):
        image = image - float(step_size) * slope_of_cost(model, image, target) - share * (image - x)
    return image


def accuracy_by_epsilon(model, x, y, epsilons):
    def accuracy(eps):
        predicted = ops.argmax(logits_of(model, fgsm(model, x, y, eps)), axis=-1)
        return float(ops.mean(ops.cast(ops.equal(predicted, as_labels(y)), "float32")))

    return np.array([accuracy(eps) for eps in epsilons], dtype="float32")
