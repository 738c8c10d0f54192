"""Week 3: clean the input.

A perturbation is small and fussy; a digit is coarse. So wash the image before the network reads it: make it black and
white, blur it, let each pixel ask its neighbours. It helps, and it is cheap. How much of that help is left when the
attacker knows about it is the other half of this week.

Conventions
    x, x_adv    images, float32 (n, 28, 28, 1), NumPy array or tensor; pixels lie in [0, 1]
    y           integer labels, shape (n,)
    model       maps images to LOGITS, shape (n, 10): a Keras model or any callable
    transform   maps images to images of the same shape. It takes NumPy arrays or tensors, may return NumPy, and need
                not be differentiable
    eps         the largest change of a pixel, in units of [0, 1]

No function changes its inputs or the model, and what happens to one image must not depend on the others in its batch.
NumPy, SciPy and TensorFlow may be used as you like.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from course.measures import accuracy

Images = Any  # NumPy array or tensor, float32, shape (n, 28, 28, 1)
Labels = Any  # NumPy array or tensor of integers, shape (n,)
Model = Callable[..., Any]
Transform = Callable[[Any], Any]


def logits_of(model: Model, x: Images) -> Any:
    """The logits (n, 10) of the images `x`. This one is given: call it instead of `model(x)`.

    A Keras model is told that this is not training, so that dropout and batch normalisation keep still; any other
    callable knows no such argument.
    """
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    """The gradient of each image's loss with respect to that image, float32, shape of `x`. Copy yours of week 1 here.

    g_i = ∂ J(logits(x_i), y_i) / ∂ x_i, where J is the softmax cross-entropy from the logits: week 1's first question.
    """
    raise NotImplementedError("week03: input_gradient is yours to implement")


def binary_threshold(x: Images, threshold: float) -> Any:
    """Black or white: 1.0 where a pixel is greater than `threshold`, 0.0 everywhere else.

    A pixel that equals the threshold becomes 0. The threshold is in units of [0, 1], however bright the image is.

    Returns float32 images, shape of `x`.
    Source: Xu et al. 2017, arXiv:1704.01155, section 3.1 (colour depth squeezed to 1 bit).
    """
    raise NotImplementedError("week03, q1: binary_threshold is yours to implement")


def gaussian_blur(x: Images, sigma: float) -> Any:
    """Each image blurred with a Gaussian of standard deviation `sigma` pixels, over its height and its width only.

    As `scipy.ndimage` does it with its defaults: the kernel ends 4 sigma, rounded to int(4 · sigma + 0.5) pixels, away
    from its middle, and is divided by its sum; beyond its border an image goes on as in a mirror, its last pixel
    repeated (d c b a | a b c d | d c b a; SciPy calls it "reflect"). With sigma 0 the image stays as it is.

    Returns float32 images, shape of `x`.
    Source: `scipy.ndimage.gaussian_filter`; as a defence it is named in Xu et al. 2017,
    arXiv:1704.01155, section 3.2, who use the median.
    """
    raise NotImplementedError("week03, q2: gaussian_blur is yours to implement")


def percentile_filter(x: Images, percentile: float, size: int) -> Any:
    """Each pixel replaced by a percentile of the `size` × `size` pixels around it, in its own image.

    0 gives the darkest of them, 50 the median, 100 the brightest: sorted, the one at place int(size² · percentile/100),
    counted from 0, or the last. `size` is odd. Borders as in `gaussian_blur`.

    Returns float32 images, shape of `x`.
    Source: `scipy.ndimage.percentile_filter`; the median as a defence in Xu et al. 2017, arXiv:1704.01155, section 3.2.
    """
    raise NotImplementedError("week03, q2: percentile_filter is yours to implement")


def defend(model: Model, transform: Transform) -> Callable[[Images], Any]:
    """The `model` behind a `transform`: a callable that transforms images, then returns the model's logits for them.

    defended(x) = logits(transform(x))

    Returns a callable, images (n, 28, 28, 1) to logits (n, 10). It takes NumPy arrays and tensors alike.
    Source: Guo et al. 2017, arXiv:1711.00117.
    """

    raise NotImplementedError("week03, q3: defend is yours to implement")


def defence_report(model: Model, transform: Transform, x: Images, y: Labels, x_adv: Images) -> dict[str, float]:
    """What the defence costs on the clean images `x`, and what it gains on the attacked images `x_adv`.

    Returns a dict of four accuracies, floats in [0, 1], each the share of images whose largest logit is that of `y`:
        "clean"               the model alone on `x`
        "clean_defended"      the model behind the transform on `x`
        "attacked"            the model alone on `x_adv`
        "attacked_defended"   the model behind the transform on `x_adv`
    """
    raise NotImplementedError("week03, q4: defence_report is yours to implement")


def bpda_attack(
    model: Model, transform: Transform, x: Images, y: Labels, eps: float, step_size: float, steps: int
) -> Any:
    """An attack *through* the transform: forward with it, backward as if it were the identity.

    Start at x_adv = x, then `steps` times
        g     = ∂J(logits(z), y)/∂z at z = transform(x_adv)
        x_adv ← x_adv + step_size · sign(g), clipped to [x − eps, x + eps] and to [0, 1]
    The image that moves is the untransformed one: it is what the attacker hands in.

    Returns float32 images, shape of `x`, in [0, 1], no pixel further than `eps` from `x`. With 0 steps it returns `x`.
    Source: Athalye et al. 2018, arXiv:1802.00420, section 4.1 (backward pass differentiable approximation; with the
    identity it is the straight-through estimator of section 4.1.1).
    """
    raise NotImplementedError("week03, q5: bpda_attack is yours to implement")


def randomised_logits(model: Model, x: Images, noise: Images) -> Any:
    """The logits of noisy copies of each image, averaged: a defence that does not sit still.

    logits_i = 1/S · Σ_s logits(x_i + noise[s, i]), for s from 0 to S − 1.

    `noise` has shape (S, n, 28, 28, 1) and is scaled already. The noisy copies are not clipped.

    Returns float32 logits (n, 10).
    Source: Cohen et al. 2019, arXiv:1902.02918, averages votes, Salman et al. 2019, arXiv:1906.04584, probabilities.
    Here it is the logits.
    """
    raise NotImplementedError("week03, q6: randomised_logits is yours to implement")


def eot_gradient(model: Model, x: Images, y: Labels, noise: Images) -> Any:
    """The gradient of the expected loss (expectation over transformation): what attacks a defence that rolls dice.

    g_i = ∂/∂x_i  1/S · Σ_s J(logits(x_i + noise[s, i]), y_i), the mean of the losses, not the loss of the mean logits.

    `noise` as in `randomised_logits`; the noisy copies are not clipped.

    Returns float32, shape of `x`. Like `input_gradient` it is not averaged over the batch.
    Source: Athalye et al. 2017, arXiv:1707.07397; against defences Athalye et al. 2018, arXiv:1802.00420, section 4.2.
    """
    raise NotImplementedError("week03, q6: eot_gradient is yours to implement")
