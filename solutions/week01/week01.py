"""Week 1: fooled by its own gradient.

A network learns by following the gradient of its loss with respect to its *weights*. Here the weights stay as they are
and the gradient is taken with respect to the *image*: it says how to change each pixel so that the network is more
wrong. Everything below is made of that.

Conventions
    x, noise    images, float32 (n, 28, 28, 1), NumPy array or tensor; pixels of x lie in [0, 1]
    y, target   integer labels, shape (n,), NumPy array or tensor of int32 or int64
    model       maps images to LOGITS, shape (n, 10): a Keras model or any callable
    eps         the largest change of a pixel, in units of [0, 1]

The loss is the softmax cross-entropy computed from the logits, one number an image. No function changes its inputs or
the model, and what happens to one image must not depend on the others in its batch.
"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Images = Any  # NumPy array or tensor, float32, shape (n, 28, 28, 1)
Labels = Any  # NumPy array or tensor of integers, shape (n,)
Model = Callable[..., Any]


def logits_of(model: Model, x: Images) -> Any:
    """The logits (n, 10) of the images `x`. This one is given: call it instead of `model(x)`.

    A Keras model is told that this is not training, so that dropout and batch normalisation keep still; any other
    callable knows no such argument.
    """
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    """The gradient of each image's loss with respect to that image.

    g_i = ∂ J(logits(x_i), y_i) / ∂ x_i, where J is the softmax cross-entropy from the logits.

    Returns float32, shape of `x`. Not averaged: an image's gradient is the same in a batch of one and of a thousand.
    Source: Szegedy et al. 2013, arXiv:1312.6199; J as in Goodfellow et al. 2014, arXiv:1412.6572, section 4.
    """
    # BEGIN SOLUTION
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(losses, x)  # of the sum of the losses; image j has no part in the loss of image i
    # END SOLUTION


# BEGIN SOLUTION
# A tape that is run operation by operation computes the gradients with respect to the weights as well, which takes as
# long again; a graph leaves out what nobody asks for. It is traced for each model, and once more when the number of
# images changes, so it pays where one network is attacked again and again.
gradient_at = tf.function(input_gradient, reduce_retracing=True)


# END SOLUTION
def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    """The fast gradient sign method: one step of `eps` in every pixel, away from the label.

    x_adv = clip(x + eps · sign(∇_x J(x, y)), 0, 1)

    Returns float32 images, shape of `x`, in [0, 1], no pixel further than `eps` from `x`. Where the gradient is
    exactly 0 its sign is 0 and the pixel stays.
    Source: Goodfellow et al. 2014, arXiv:1412.6572, section 4.
    """
    # BEGIN SOLUTION
    perturbation = eps * tf.sign(gradient_at(model, x, y))
    return tf.clip_by_value(x + perturbation, 0.0, 1.0)
    # END SOLUTION


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    """One step of `eps` in every pixel that makes the network read `target`.

    x_adv = clip(x − eps · sign(∇_x J(x, target)), 0, 1): downhill on the loss of the label that is wanted.

    Returns float32 images, shape of `x`, in [0, 1].
    Source: Kurakin et al. 2016, arXiv:1611.01236 (the one-step target class method).
    """
    # BEGIN SOLUTION
    return fgsm(model, x, target, -eps)  # downhill is uphill with the step reversed
    # END SOLUTION


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    """An image that the network reads as `target`, made from `noise` by gradient descent.

    The cost of an image is C = ½ ‖onehot(target) − softmax(logits(image))‖², summed over the 10 classes.
    Start at image = noise, then `steps` times: image ← image − step_size · ∂C/∂image

    Returns float32 images, shape of `noise`. Pixels are not clipped. With 0 steps it returns the noise.
    Source: Nguyen et al. 2014, arXiv:1412.1897 (by evolution, and by gradient ascent); the quadratic cost is that of
    Nielsen, Neural Networks and Deep Learning, chapter 1.
    """
    # BEGIN SOLUTION
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            probabilities = tf.nn.softmax(logits_of(model, image))
            wanted = tf.one_hot(target, probabilities.shape[-1])
            costs = 0.5 * tf.reduce_sum((wanted - probabilities) ** 2, axis=-1)
        image = image - step_size * tape.gradient(costs, image)
    return image
    # END SOLUTION


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    """An image that looks like `x` to you and reads as `target` to the network.

    The descent of `fooling_image`, from `noise`, with a second force that pulls the image towards `x`. `steps` times:
    image ← image − step_size · (∂C/∂image + pull · (image − x)), both taken at the image before the step.

    Returns float32 images, shape of `x`. Pixels are not clipped. With 0 steps it returns the noise.
    Source: Szegedy et al. 2013, arXiv:1312.6199, section 4.1 (small distance and wanted label in one objective); the
    force is the gradient of ½ · pull · ‖image − x‖².
    """
    # BEGIN SOLUTION
    image = tf.cast(noise, tf.float32)
    for _ in range(steps):
        nearer = step_size * pull * (image - x)
        image = fooling_image(model, target, image, 1, step_size) - nearer
    return image
    # END SOLUTION


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    """The model's accuracy on `x` after FGSM, for each eps in `epsilons`, in their order.

    accuracy(eps) = share of images with argmax logits(fgsm(model, x, y, eps)) = y. Each attack starts from the clean
    images. For eps 0 it is the clean accuracy.

    Returns a float array with one number in [0, 1] for each eps.
    Source: Goodfellow et al. 2014, arXiv:1412.6572, section 4 (there as error rates at single values of eps).
    """
    # BEGIN SOLUTION
    attacked = [fgsm(model, x, y, float(eps)) for eps in epsilons]
    return np.array([np.mean(np.argmax(logits_of(model, images), axis=-1) == np.asarray(y)) for images in attacked])
    # END SOLUTION
