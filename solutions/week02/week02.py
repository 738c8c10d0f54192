"""Week 2: iterate, with momentum.

FGSM takes one large step and trusts the gradient all the way. Here the step is cut into small ones: walk a little,
look at the gradient again, and whenever you leave the region that is allowed, go back to its nearest point. Every
attack below is that loop.

Conventions
    x, x_adv    images, float32 (n, 28, 28, 1), NumPy array or tensor; pixels of x lie in [0, 1]
    y           integer labels, shape (n,), NumPy array or tensor of int32 or int64
    model       maps images to LOGITS, shape (n, 10): a Keras model or any callable
    eps         the radius of the ball around x: the largest change of a pixel, or in L2 of a whole image
    step_size   the length of one step, in the same units as eps

The loss is the softmax cross-entropy computed from the logits, one number an image. Attacks return float32 images,
shape of `x`, inside [0, 1]. No function changes its inputs or the model, and what happens to one image must not depend
on the others in its batch.
"""

from collections.abc import Callable
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
    """The gradient of each image's loss with respect to that image. You wrote it in week 1: copy it here.

    g_i = ∂ J(logits(x_i), y_i) / ∂ x_i, where J is the softmax cross-entropy from the logits. Returns float32, shape of
    `x`, not averaged over the batch.
    """
    # BEGIN SOLUTION
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, x))
    return tape.gradient(losses, x)
    # END SOLUTION


def project_linf(x_adv: Images, x: Images, eps: float) -> Any:
    """The nearest image to `x_adv` that lies both in the L∞ ball around `x` and in [0, 1].

    Every pixel by itself: |result − x| ≤ eps and 0 ≤ result ≤ 1. What is inside already stays where it is.

    Returns float32 images, shape of `x`. `x_adv` may lie anywhere; `eps` ≥ 0, and may be larger than 1.
    Source: Kurakin et al. 2016, arXiv:1607.02533, section 2 (there it is called Clip).
    """
    # BEGIN SOLUTION
    x = tf.cast(x, tf.float32)
    in_the_ball = tf.clip_by_value(x_adv, x - eps, x + eps)
    return tf.clip_by_value(in_the_ball, 0.0, 1.0)
    # END SOLUTION


# BEGIN SOLUTION
def as_tensors(*values: Any) -> list[Any]:
    """The values as tensors of float32."""
    return [tf.cast(value, tf.float32) for value in values]


# One step of an attack is a graph. A tape that is run operation by operation computes the gradients with respect to the
# weights as well, which takes as long again; a graph leaves out what nobody asks for. It is traced for each model, and
# once more when the number of images changes. It would be, too, for each Python number: so eps comes in as a tensor.
@tf.function(reduce_retracing=True)
def signed_step(model: Model, x_adv: Images, x: Images, y: Labels, eps: Any, step_size: Any) -> Any:
    """One step of `bim` and of `pgd`: project_linf(x_t + step_size · sign(g_t), x, eps)."""
    gradient = input_gradient(model, x_adv, y)
    return project_linf(x_adv + step_size * tf.sign(gradient), x, eps)


# END SOLUTION
def bim(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int) -> Any:
    """The basic iterative method: FGSM in small steps, projected after every one of them.

    x_0 = x, then `steps` times: x_{t+1} = project_linf(x_t + step_size · sign(∇ J(x_t, y)), x, eps)

    Returns float32 images, shape of `x`, in [0, 1], no pixel further than `eps` from `x`. With 0 steps it returns `x`.
    Where the gradient is exactly 0 its sign is 0 and the pixel stays.
    Source: Kurakin et al. 2016, arXiv:1607.02533, section 2.2.
    """
    # BEGIN SOLUTION
    x, eps, step_size = as_tensors(x, eps, step_size)
    x_adv = x
    for _ in range(steps):
        x_adv = signed_step(model, x_adv, x, y, eps, step_size)
    return x_adv
    # END SOLUTION


def pgd(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int, seed: int) -> Any:
    """Projected gradient descent: the same loop from a random point of the ball.

    x_0 = project_linf(x + u, x, eps) with u uniform in [−eps, eps], one number for each pixel of each image; then the
    steps of `bim`. The ball stays around `x`, not around the start.

    All randomness follows from `seed`: the same seed gives the same images, another one others. How you draw is your
    choice. Returns float32 images, shape of `x`, in [0, 1]. With 0 steps it returns the start x_0.
    Source: Madry et al. 2017, arXiv:1706.06083, sections 2.1 and 3.1.
    """
    # BEGIN SOLUTION
    u = np.random.default_rng(seed).uniform(-eps, eps, x.shape)
    x, u, eps, step_size = as_tensors(x, u, eps, step_size)
    x_adv = project_linf(x + u, x, eps)
    for _ in range(steps):
        x_adv = signed_step(model, x_adv, x, y, eps, step_size)
    return x_adv
    # END SOLUTION


# BEGIN SOLUTION
@tf.function(reduce_retracing=True)
def momentum_step(
    model: Model, x_adv: Images, momentum: Images, x: Images, y: Labels, eps: Any, step_size: Any, decay: Any
) -> Any:
    """One step of `mim`: x_{t+1} and m_{t+1}."""
    gradient = input_gradient(model, x_adv, y)
    mean = tf.reduce_mean(tf.abs(gradient), axis=(1, 2, 3), keepdims=True)
    momentum = decay * momentum + gradient / tf.maximum(mean, 1e-12)
    return project_linf(x_adv + step_size * tf.sign(momentum), x, eps), momentum


# END SOLUTION
def mim(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int, decay: float) -> Any:
    """The momentum iterative method: BIM along the sign of a decaying sum of gradients.

    x_0 = x and m_0 = 0, then `steps` times
        m_{t+1} = decay · m_t + g_t / mean|g_t|, where g_t = ∇ J(x_t, y), and the mean is over one image's pixels
        x_{t+1} = project_linf(x_t + step_size · sign(m_{t+1}), x, eps)

    Returns float32 images, shape of `x`, in [0, 1]. With 0 steps it returns `x`. An image whose gradient is zero
    everywhere isn't moved, and nothing becomes NaN: where the mean is less than 1e-12, divide by 1e-12.
    Source: Dong et al. 2018, arXiv:1710.06081, algorithm 1 (which divides by the sum Σ|g_t|: the signs are the same).
    """
    # BEGIN SOLUTION
    x, eps, step_size, decay = as_tensors(x, eps, step_size, decay)
    x_adv, momentum = x, tf.zeros_like(x)
    for _ in range(steps):
        x_adv, momentum = momentum_step(model, x_adv, momentum, x, y, eps, step_size, decay)
    return x_adv
    # END SOLUTION


# BEGIN SOLUTION
def lengths(images: Images) -> Any:
    """The L2 norm of each image, (n, 1, 1, 1), at least 1e-12 so that it can be divided by."""
    return tf.maximum(tf.sqrt(tf.reduce_sum(tf.square(images), axis=(1, 2, 3), keepdims=True)), 1e-12)


# END SOLUTION
def project_l2(x_adv: Images, x: Images, eps: float) -> Any:
    """Takes `x_adv` back into [0, 1] and into the L2 ball around `x`.

    First clip `x_adv` to [0, 1]; then, with δ = clipped − x, return x + δ · min(1, eps / ‖δ‖₂), where the norm is taken
    over all pixels of one image. An image that lies in the ball already isn't scaled. The result is in both sets, as it
    lies on the way from `x` to an image in [0, 1]; it need not be the nearest such image.

    Returns float32 images, shape of `x`. `eps` ≥ 0; nothing becomes NaN where δ = 0, not even with `eps` 0.
    Source: Madry et al. 2017, arXiv:1706.06083; the order is that of CleverHans.
    """
    # BEGIN SOLUTION
    x = tf.cast(x, tf.float32)
    change = tf.clip_by_value(x_adv, 0.0, 1.0) - x
    return x + change * tf.minimum(1.0, eps / lengths(change))
    # END SOLUTION


# BEGIN SOLUTION
@tf.function(reduce_retracing=True)
def l2_step(model: Model, x_adv: Images, x: Images, y: Labels, eps: Any, step_size: Any) -> Any:
    """One step of `pgd_l2`: project_l2(x_t + step_size · g_t / ‖g_t‖₂, x, eps)."""
    gradient = input_gradient(model, x_adv, y)
    return project_l2(x_adv + step_size * gradient / lengths(gradient), x, eps)


# END SOLUTION
def pgd_l2(model: Model, x: Images, y: Labels, eps: float, step_size: float, steps: int) -> Any:
    """Projected gradient descent in the L2 norm: steps of one length along the gradient itself, not along its sign.

    x_0 = x, then `steps` times: x_{t+1} = project_l2(x_t + step_size · g_t / ‖g_t‖₂, x, eps), where g_t = ∇ J(x_t, y)
    and the norm is taken over all pixels of one image.

    Returns float32 images, shape of `x`, in [0, 1], ‖result − x‖₂ ≤ eps. With 0 steps it returns `x`. An image whose
    gradient is zero everywhere isn't moved, and nothing becomes NaN: where the norm is less than 1e-12, divide by
    1e-12.
    Source: Madry et al. 2017, arXiv:1706.06083, section 5.
    """
    # BEGIN SOLUTION
    x, eps, step_size = as_tensors(x, eps, step_size)
    x_adv = x
    for _ in range(steps):
        x_adv = l2_step(model, x_adv, x, y, eps, step_size)
    return x_adv
    # END SOLUTION


def confusion(y_true: Labels, y_pred: Labels, n_classes: int) -> Any:
    """How often each class was taken for each: the confusion matrix, as counts.

    result[i, j] = how many images with the label i were predicted as j. A class that doesn't occur has a row and a
    column of zeros.

    Returns an array of whole numbers, shape (n_classes, n_classes): rows are true labels, columns are predictions. Its
    type must hold thousands: a byte, uint8, ends at 255.
    Source: Kohavi and Provost 1998, Glossary of terms, Machine Learning 30.
    """
    # BEGIN SOLUTION
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (np.asarray(y_true), np.asarray(y_pred)), 1)
    return counts
    # END SOLUTION
