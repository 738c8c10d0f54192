"""Week 4: train on your enemy.

If a network is fooled by images that it has never seen, then show it such images while it learns. That is adversarial
training, the one defence without a proof that has stood up to a decade of attacks. This week you build it: a loss, a
step, a loop; then the table that says what it is worth, and why one of its columns flatters.

Conventions
    x           images, float32 (n, 28, 28, 1), NumPy array or tensor; pixels lie in [0, 1]
    y           integer labels, shape (n,)
    model       a Keras model that maps images to LOGITS, shape (n, 10)
    attack      a callable (model, x, y) -> x_adv, images of x's shape; it may return NumPy or a tensor. It attacks the
                model with the weights that it has at that moment, and is given the true labels
    eps         the largest change of a pixel, in units of [0, 1]

The loss is the softmax cross-entropy computed from the logits. Only train_step and adversarial_fit change the model's
trainable weights; a pass with training=True also moves the averages that batch normalisation keeps, as it should. No
function changes its arrays. Whatever is drawn at random follows from `seed` alone.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.measures import accuracy

Images = Any  # NumPy array or tensor, float32, shape (n, 28, 28, 1)
Labels = Any  # NumPy array or tensor of integers, shape (n,)
Model = Callable[..., Any]
Attack = Callable[[Any, Any, Any], Any]  # (model, x, y) -> images of x's shape


def cross_entropy(y: Labels, logits: Any) -> Any:
    """The softmax cross-entropy from the logits, one number an image, shape (n,). This one is given."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def logits_of(model: Model, x: Images) -> Any:
    """The logits (n, 10) of the images `x`, for attacking and for measuring. This one is given.

    A Keras model is told that this is not training, so that dropout and batch normalisation keep still; any other
    callable knows no such argument. Only the loss of training calls `model(x, training=True)` itself.
    """
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    """The gradient of each image's loss with respect to that image, shape of `x`. Copy yours of week 1 here."""
    raise NotImplementedError("week04: input_gradient is yours to implement")


def adversarial_loss(model: Model, x: Images, y: Labels, attack: Attack, mix: float) -> Any:
    """The loss of adversarial training: partly on the images as they are, partly on attacked ones.

    (1 − mix) · mean_i J(logits(x_i), y_i) + mix · mean_i J(logits(x_adv_i), y_i), where x_adv = attack(model, x, y)

    Two forward passes of the model with training=True, the clean images first. The attack is called once. Its images
    count as constants: no gradient flows back through them into the weights.

    Returns a scalar that can be differentiated with respect to the weights: what TensorFlow computed, not a float.
    Source: Goodfellow et al. 2014, arXiv:1412.6572, section 6; with mix = 1 Madry et al. 2017, arXiv:1706.06083.
    """
    raise NotImplementedError("week04, q1: adversarial_loss is yours to implement")


def train_step(model: Any, optimizer: Any, x: Images, y: Labels, attack: Attack, mix: float) -> float:
    """One update of the model's trainable weights by `optimizer`, down the gradient of the adversarial loss.

    The optimizer may keep something from step to step, such as a momentum: use the one that is given. The loss is
    computed once, so the attack is called once.

    Returns the loss before the update, a float.
    Source: Goodfellow et al. 2014, arXiv:1412.6572, section 6.
    """
    raise NotImplementedError("week04, q2: train_step is yours to implement")


def adversarial_fit(
    model: Any,
    optimizer: Any,
    x: Images,
    y: Labels,
    attack: Attack,
    mix: float,
    epochs: int,
    batch_size: int,
    seed: int,
) -> dict[str, list[float]]:
    """Train the model in place with `train_step`, batch by batch.

    In each epoch every image is used exactly once, in an order drawn at random, anew for each epoch, from `seed` alone.
    Images are shuffled, not batches, and the last batch is the shorter one where `batch_size` does not divide n.

    Returns two lists with a number for each epoch: "loss", the mean over all images of the loss they were trained with
    (a short batch counts by its images), and "accuracy", on the clean `x` at the epoch's end, with training=False.
    Source: Madry et al. 2017, arXiv:1706.06083, section 3.3 (the attack is made anew for every batch).
    """
    raise NotImplementedError("week04, q3: adversarial_fit is yours to implement")


def augment(model: Model, x: Images, y: Labels, attack: Attack, seed: int) -> tuple[Any, Any]:
    """The data and its adversarial copy, shuffled together: adversarial training without a training loop of one's own.

    Each of the n images occurs twice, as it is and as attack(model, x, y) gives it, both with its true label.

    Returns (x_all, y_all): float32 images (2n, 28, 28, 1) and integer labels (2n,), in an order that follows from
    `seed` alone.
    Source: after Szegedy et al. 2013, arXiv:1312.6199, section 4.2, whose pool of adversarial examples is renewed all
    the time; here it is made once.
    """
    raise NotImplementedError("week04, q4: augment is yours to implement")


def robustness_table(
    undefended: Model, defended: Model, x: Images, y: Labels, attacks: Mapping[str, Attack]
) -> dict[str, dict[str, float]]:
    """What each attack leaves of the accuracy, for two networks and two kinds of attacker.

    Returns for each name in `attacks` a dict of three accuracies, shares from 0 to 1:
        "undefended"   images made on the undefended network, read by it
        "transfer"     the same images, read by the defended network: the attacker does not know the defence
        "white_box"    images made on the defended network, read by it: the attacker knows everything
    Source: Carlini et al. 2019, On evaluating adversarial robustness, arXiv:1902.06705.
    """
    raise NotImplementedError("week04, q5: robustness_table is yours to implement")


def fgsm_random_start(model: Model, x: Images, y: Labels, eps: float, step_size: float, seed: int) -> Any:
    """FGSM from a random place in the ball: cheap enough to attack in every step, and much better to train on.

    start = x + δ, where δ is drawn uniformly from [−eps, eps], for each pixel of each image
    x_adv = start + step_size · sign(∇J(start, y)), then back into the ball of eps around x, and into [0, 1]

    The start may be clipped to [0, 1] before the gradient is taken, or not. With step_size 0 you see it, clipped.

    Returns float32 images, shape of `x`, in [0, 1], no pixel further than `eps` from `x`.
    Source: Wong, Rice, Kolter 2020, Fast is better than free, arXiv:2001.03994, algorithm 3 (step_size = 1.25 · eps).
    """
    raise NotImplementedError("week04, q6: fgsm_random_start is yours to implement")
