"""Known mistakes of week 1: variants of the reference, each with the sentence that a student who made it will read.

They run on the trusted side only: to name the mistake behind a wrong answer, and to prove that no question lets one
of them pass. A sentence may be shown for a hidden case, so it holds no input and no expected value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Mistake = tuple[str, Callable[..., Any]]
Loss = Callable[[Any, Any], Any]  # of labels and logits


def logits_of(model: Any, x: Any) -> Any:
    """The logits, not in training mode."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def predicted(model: Any, x: Any) -> Any:
    """The labels that the network reads."""
    return tf.argmax(logits_of(model, x), axis=-1)


def accuracy(model: Any, x: Any, y: Any) -> float:
    """The share of `x` that is read as `y`."""
    return float(np.mean(np.argmax(logits_of(model, x), axis=-1) == np.asarray(y)))


def cross_entropy(labels: Any, logits: Any) -> Any:
    """The right loss of q1 to q3."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def through_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from probabilities: clipped."""
    return keras.losses.sparse_categorical_crossentropy(labels, tf.nn.softmax(logits))


def of_clipped_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy written out with probabilities that are kept away from zero."""
    return -tf.math.log(tf.clip_by_value(tf.gather(tf.nn.softmax(logits), labels, batch_dims=1), 1e-7, 1.0))


def of_padded_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy written out with a little added to the probabilities, so that none is zero."""
    return -tf.math.log(tf.gather(tf.nn.softmax(logits), labels, batch_dims=1) + 1e-6)


def logits_as_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it by default: it takes the logits for probabilities."""
    return keras.losses.sparse_categorical_crossentropy(labels, logits)


def probability_of_others(labels: Any, logits: Any) -> Any:
    """No cross-entropy: what is left of the probability."""
    return 1 - tf.gather(tf.nn.softmax(logits), labels, batch_dims=1)


def softmax_twice(labels: Any, logits: Any) -> Any:
    """Cross-entropy that takes probabilities for logits."""
    return cross_entropy(labels, tf.nn.softmax(logits))


def logit_of_label(labels: Any, logits: Any) -> Any:
    """No loss at all: the label's logit."""
    return tf.gather(logits, labels, batch_dims=1)


def quadratic(labels: Any, logits: Any) -> Any:
    """The right cost of q4 and q5."""
    probabilities = tf.nn.softmax(logits)
    return 0.5 * tf.reduce_sum((tf.one_hot(labels, probabilities.shape[-1]) - probabilities) ** 2, axis=-1)


def distance(labels: Any, logits: Any) -> Any:
    """The cost of q4 and q5 without the square."""
    return tf.sqrt(0.5 * quadratic(labels, logits))


def quadratic_of_logits(labels: Any, logits: Any) -> Any:
    """The squared error of the logits."""
    return 0.5 * tf.reduce_sum((tf.one_hot(labels, logits.shape[-1]) - logits) ** 2, axis=-1)


def smoothed(labels: Any, logits: Any) -> Any:
    """Cross-entropy of smoothed labels."""
    return keras.losses.categorical_crossentropy(
        tf.one_hot(labels, logits.shape[-1]), logits, from_logits=True, label_smoothing=0.1
    )


def margin(labels: Any, logits: Any) -> Any:
    """No cross-entropy: by how much the best other logit exceeds the label's."""
    own = tf.one_hot(labels, logits.shape[-1])
    return tf.reduce_max(logits - 1e9 * own, axis=-1) - tf.reduce_sum(own * logits, axis=-1)


def quadratic_of_sigmoids(labels: Any, logits: Any) -> Any:
    """The cost of q4 and q5 with a sigmoid of every logit in the softmax's place."""
    return 0.5 * tf.reduce_sum((tf.one_hot(labels, logits.shape[-1]) - tf.sigmoid(logits)) ** 2, axis=-1)


def gradient(model: Any, x: Any, y: Any, loss: Loss = cross_entropy) -> Any:
    """The gradient of each image's `loss`."""
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = loss(y, logits_of(model, x))
    return tape.gradient(losses, x)


def uphill(model: Any, x: Any, y: Any, loss: Loss = cross_entropy) -> Any:
    """The gradient's sign."""
    return tf.sign(gradient(model, x, y, loss))


def clip(images: Any) -> Any:
    """The nearest images in [0, 1]."""
    return tf.clip_by_value(images, 0.0, 1.0)


def to_unit_length(images: Any) -> Any:
    """Each image divided by its L2 norm."""
    lengths = tf.norm(tf.reshape(images, (len(images), -1)), axis=1)
    return images / tf.maximum(lengths, 1e-12)[:, None, None, None]


def to_unit_mean(images: Any) -> Any:
    """Each image divided by its mean absolute value."""
    return images / tf.maximum(tf.reduce_mean(tf.abs(images), axis=(1, 2, 3), keepdims=True), 1e-12)


def to_unit_maximum(images: Any) -> Any:
    """Each image divided by its largest absolute value."""
    return images / tf.maximum(tf.reduce_max(tf.abs(images), axis=(1, 2, 3), keepdims=True), 1e-12)


def descend(
    model: Any,
    target: Any,
    image: Any,
    steps: int,
    step_size: float,
    *,
    cost: Loss = quadratic,
    force: Callable[[Any], Any] = tf.zeros_like,
    direction: Callable[[Any], Any] = tf.identity,
    afterwards: Callable[[Any], Any] = tf.identity,
) -> Any:
    """The descent of q4 and q5, with everything in it that can be wrong."""
    for _ in range(steps):
        image = afterwards(image - step_size * (direction(gradient(model, image, target, cost)) + force(image)))
    return image


def without_last(images: Any, batch_size: int) -> Any:
    """Zeros in the place of what a last batch holds that is not full."""
    full = len(images) // batch_size * batch_size
    return tf.concat([images[:full], tf.zeros_like(images[full:])], axis=0)


def scheduled(scale: Callable[[int, int], float]) -> Callable[..., Any]:
    """`fooling_image` with a step size that changes on the way, by a `scale` of the step's number and of `steps`."""

    def fooling_image(model: Any, target: Any, noise: Any, steps: int, step_size: float) -> Any:
        image = noise
        for t in range(steps):
            image = descend(model, target, image, 1, scale(t, steps) * step_size)
        return image

    return fooling_image


def with_momentum(*args: Any) -> Any:
    """q4 by a descent that remembers its steps."""
    velocity: Any = 0.0

    def direction(slope: Any) -> Any:
        nonlocal velocity
        velocity = 0.9 * velocity + slope
        return velocity

    return descend(*args, direction=direction)


def cheapest(model: Any, target: Any, noise: Any, steps: int, step_size: float) -> Any:
    """q4's image of the lowest cost on the way, which need not be the last one."""
    image = best = tf.cast(noise, tf.float32)
    lowest = quadratic(target, logits_of(model, image))
    for _ in range(steps):
        image = descend(model, target, image, 1, step_size)
        cost = quadratic(target, logits_of(model, image))
        best = tf.where((cost < lowest)[:, None, None, None], image, best)
        lowest = tf.minimum(cost, lowest)
    return best


def swept(
    model: Any,
    x: Any,
    y: Any,
    epsilons: Iterable[float],
    number: Callable[[Any], float] | None = None,
    labels: Any = None,
) -> Any:
    """A number for each eps: of the images after FGSM away from `labels`, their accuracy when nothing else is said."""
    away_from = y if labels is None else labels
    number = number or (lambda images: accuracy(model, images, y))
    return np.array([number(clip(x + eps * uphill(model, x, away_from))) for eps in epsilons])


def cumulative(model: Any, x: Any, y: Any, epsilons: Iterable[float]) -> Any:
    """q6 with each attack starting where the one before ended."""
    accuracies = []
    for eps in epsilons:
        x = clip(x + eps * uphill(model, x, y))
        accuracies.append(accuracy(model, x, y))
    return np.array(accuracies)


def by_class(model: Any, images: Any, y: Any) -> float:
    """The mean of the accuracies of the classes that occur."""
    y = np.asarray(y)
    return float(np.mean([accuracy(model, images[y == label], y[y == label]) for label in np.unique(y)]))


def standing(model: Any, x: Any, y: Any, epsilons: Iterable[float]) -> Any:
    """q6 with an image that was fooled once counted as fooled ever after."""
    right = [np.asarray(predicted(model, clip(x + eps * uphill(model, x, y)))) == np.asarray(y) for eps in epsilons]
    return np.logical_and.accumulate(np.asarray(right)).mean(axis=1)


def mean_of_means(model: Any, images: Any, y: Any, batch_size: int) -> float:
    """The mean of the accuracies of batches, the last of which is a short one."""
    starts = range(0, len(y), batch_size)
    return float(np.mean([accuracy(model, images[i : i + batch_size], y[i : i + batch_size]) for i in starts]))


PROBABILITIES = (
    "Your answer equals what the loss gives when it is computed from probabilities: they are clipped, and where the "
    "network is sure the gradient is lost. Compute it from the logits (from_logits=True, without a softmax)."
)
TWICE = (
    "Your answer equals what two softmaxes in a row give: the loss takes logits, and yours got probabilities that it "
    "took for logits."
)
FOR_PROBABILITIES = (
    "Your answer equals what the loss gives when it takes the logits for probabilities: tell it that they are logits "
    "(from_logits=True), which is not the default."
)
UNSIGNED = "Your answer equals a step along the gradient itself: take its sign, so that every pixel moves by eps."
UNCLIPPED = "Your answer equals the step without the clip: pixels leave [0, 1]. Clip the image after the step."
PREDICTED = "Your labels were taken from the network's predictions: use the labels y that are given."
CROSS_ENTROPY = (
    "Your answer equals what cross-entropy gives: the cost here is the squared error of the probabilities. If you did "
    "write that: (softmax − onehot) is its derivative by the probabilities, and the softmax's own was left out."
)
UNATTACKED = (
    "Your accuracy is that of the clean images for every eps, or nearly: attack them first, with eps as it is given."
)
CLIPPED = "Your pixels were clipped to [0, 1]: here they stay as they are."
ONE_SIDED = "Your images are clipped on one side only: pixels lie between 0 and 1."
LEFT_OUT = (
    "Your gradient is zero in the last images: batches were made, and the last one, which isn't full, was left out."
)
TOO_FEW = "Your answer equals one step too few."
SHRINKING = "Your steps shrink from one to the next: every one is step_size times the gradient."
TOO_MANY = "Your answer equals one step too many."

INPUT_GRADIENT: list[Mistake] = [
    (
        "Your gradient equals the right one divided by the number of images: the loss was averaged over the batch. "
        "Sum the losses, or give tape.gradient the losses one by one: it sums them.",
        lambda model, x, y: gradient(model, x, y) / len(x),
    ),
    (
        "Your gradient has the wrong sign: it points to where the loss falls.",
        lambda model, x, y: -gradient(model, x, y),
    ),
    (
        "Your answer equals the gradient's sign: return the gradient itself; the sign comes in fgsm.",
        uphill,
    ),
    (
        "Your gradient has length 1 in every image: don't normalise it.",
        lambda model, x, y: to_unit_length(gradient(model, x, y)),
    ),
    (
        "Your answer equals the gradient of the label's logit: take the loss, the cross-entropy.",
        lambda model, x, y: gradient(model, x, y, logit_of_label),
    ),
    (PREDICTED, lambda model, x, y: gradient(model, x, predicted(model, x))),
    (TWICE, lambda model, x, y: gradient(model, x, y, softmax_twice)),
    (PROBABILITIES, lambda model, x, y: gradient(model, x, y, through_probabilities)),
    (PROBABILITIES, lambda model, x, y: gradient(model, x, y, of_clipped_probabilities)),
    (PROBABILITIES, lambda model, x, y: gradient(model, x, y, of_padded_probabilities)),
    (FOR_PROBABILITIES, lambda model, x, y: gradient(model, x, y, logits_as_probabilities)),
    (
        "Your answer equals the gradient of a probability: take the loss, the cross-entropy.",
        lambda model, x, y: gradient(model, x, y, probability_of_others),
    ),
    (
        "Your gradient is divided by its mean absolute value: don't normalise it.",
        lambda model, x, y: to_unit_mean(gradient(model, x, y)),
    ),
    (
        "Your labels are smoothed, as in a recipe for training (label_smoothing): take the cross-entropy of y itself.",
        lambda model, x, y: gradient(model, x, y, smoothed),
    ),
    (
        "Your answer equals the gradient of a margin, the best other logit minus the label's: take the cross-entropy.",
        lambda model, x, y: gradient(model, x, y, margin),
    ),
    (
        "Your answer equals the gradient times x, a map of what matters: return the gradient itself.",
        lambda model, x, y: x * gradient(model, x, y),
    ),
    (LEFT_OUT, lambda model, x, y: without_last(gradient(model, x, y), 4)),
    (LEFT_OUT, lambda model, x, y: without_last(gradient(model, x, y), 5)),
    (LEFT_OUT, lambda model, x, y: without_last(gradient(model, x, y), 6)),
]

FGSM: list[Mistake] = [
    (
        "Your step has the wrong sign: it goes to where the loss falls. Add eps times the sign.",
        lambda model, x, y, eps: clip(x - eps * uphill(model, x, y)),
    ),
    (UNSIGNED, lambda model, x, y, eps: clip(x + eps * gradient(model, x, y))),
    (
        "Your step is along the gradient divided by its length, the L2 version: take the sign of every pixel.",
        lambda model, x, y, eps: clip(x + eps * to_unit_length(gradient(model, x, y))),
    ),
    (UNCLIPPED, lambda model, x, y, eps: x + eps * uphill(model, x, y)),
    (PREDICTED, lambda model, x, y, eps: clip(x + eps * uphill(model, x, predicted(model, x)))),
    (
        "Your answer equals the perturbation alone: add it to x.",
        lambda model, x, y, eps: eps * uphill(model, x, y),
    ),
    (
        "Your perturbation is clipped to [0, 1] instead of the image: every step downwards is lost.",
        lambda model, x, y, eps: x + clip(eps * uphill(model, x, y)),
    ),
    (
        "Your step is eps / 255: eps is in units of [0, 1] already.",
        lambda model, x, y, eps: clip(x + eps / 255 * uphill(model, x, y)),
    ),
    (
        "Your step is half of eps.",
        lambda model, x, y, eps: clip(x + eps / 2 * uphill(model, x, y)),
    ),
    (
        "Your fgsm moves pixels whose gradient is exactly 0: the sign of 0 is 0. tf.sign and np.sign know it.",
        lambda model, x, y, eps: clip(x + eps * tf.where(gradient(model, x, y) >= 0, 1.0, -1.0)),
    ),
    (
        "Your fgsm moves pixels whose gradient is exactly 0: the sign of 0 is 0. tf.sign and np.sign know it.",
        lambda model, x, y, eps: clip(x + eps * tf.where(gradient(model, x, y) > 0, 1.0, -1.0)),
    ),
    (
        "Your gradient is divided by its largest entry: take the sign, so that every pixel moves by eps.",
        lambda model, x, y, eps: clip(x + eps * to_unit_maximum(gradient(model, x, y))),
    ),
    (
        "Your step is the same for all images: take the sign of each image's own gradient, not of their sum or mean.",
        lambda model, x, y, eps: clip(x + eps * tf.sign(tf.reduce_sum(gradient(model, x, y), axis=0, keepdims=True))),
    ),
    (
        "Your images are clipped to the range that the images had before: clip to [0, 1], whatever x reaches.",
        lambda model, x, y, eps: tf.clip_by_value(x + eps * uphill(model, x, y), np.min(x), np.max(x)),
    ),
    (
        "Your images are rounded to 256 levels: leave them as they are.",
        lambda model, x, y, eps: tf.round(255 * clip(x + eps * uphill(model, x, y))) / 255,
    ),
    (
        "Your step leaves black pixels as they are: every pixel moves by eps, the background too.",
        lambda model, x, y, eps: clip(x + eps * uphill(model, x, y) * tf.cast(x > 0, tf.float32)),
    ),
    (
        "Your images that the network misreads already stay as they are: every image takes the step.",
        lambda model, x, y, eps: tf.where(
            (predicted(model, x) == tf.cast(y, tf.int64))[:, None, None, None], clip(x + eps * uphill(model, x, y)), x
        ),
    ),
    (ONE_SIDED, lambda model, x, y, eps: tf.maximum(x + eps * uphill(model, x, y), 0.0)),
    (ONE_SIDED, lambda model, x, y, eps: tf.minimum(x + eps * uphill(model, x, y), 1.0)),
    (FOR_PROBABILITIES, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, logits_as_probabilities))),
    (TWICE, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, softmax_twice))),
    (PROBABILITIES, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, through_probabilities))),
    (PROBABILITIES, lambda model, x, y, eps: clip(x + eps * uphill(model, x, y, of_clipped_probabilities))),
]

TARGETED_FGSM: list[Mistake] = [
    (
        "Your step goes away from the target: subtract, so that the target's loss falls.",
        lambda model, x, target, eps: clip(x + eps * uphill(model, x, target)),
    ),
    (UNSIGNED, lambda model, x, target, eps: clip(x - eps * gradient(model, x, target))),
    (UNCLIPPED, lambda model, x, target, eps: x - eps * uphill(model, x, target)),
    (
        "Your step goes away from what the network reads now: go towards the target instead.",
        lambda model, x, target, eps: clip(x + eps * uphill(model, x, predicted(model, x))),
    ),
    (
        "Your step goes towards what the network reads now: go towards the target instead.",
        lambda model, x, target, eps: clip(x - eps * uphill(model, x, predicted(model, x))),
    ),
    (
        "Your answer equals a step up the target's logit: go down its loss, the cross-entropy.",
        lambda model, x, target, eps: clip(x + eps * uphill(model, x, target, logit_of_label)),
    ),
    (
        "Your step goes towards the target and away from what the network reads now: take the target's loss alone.",
        lambda model, x, target, eps: clip(
            x - eps * tf.sign(gradient(model, x, target) - gradient(model, x, predicted(model, x)))
        ),
    ),
    (
        "Your step goes towards the first target in every image: each image has a target of its own.",
        lambda model, x, target, eps: clip(x - eps * uphill(model, x, tf.fill([len(x)], np.asarray(target)[0]))),
    ),
    (
        "Your step goes towards the label that the network finds least likely: go towards the target that is given.",
        lambda model, x, target, eps: clip(x - eps * uphill(model, x, tf.argmin(logits_of(model, x), axis=-1))),
    ),
    (
        "Your images that read as the target already stay as they are: every image takes the step.",
        lambda model, x, target, eps: tf.where(
            (predicted(model, x) == tf.cast(target, tf.int64))[:, None, None, None],
            x,
            clip(x - eps * uphill(model, x, target)),
        ),
    ),
    (
        "Your answer mirrors what fgsm returns: where its clip held a pixel back, the step the other way is lost too. "
        "Take the step from x, then clip.",
        lambda model, x, target, eps: clip(2 * x - clip(x + eps * uphill(model, x, target))),
    ),
    (ONE_SIDED, lambda model, x, target, eps: tf.maximum(x - eps * uphill(model, x, target), 0.0)),
    (ONE_SIDED, lambda model, x, target, eps: tf.minimum(x - eps * uphill(model, x, target), 1.0)),
    (FOR_PROBABILITIES, lambda model, x, y, eps: clip(x - eps * uphill(model, x, y, logits_as_probabilities))),
    (PROBABILITIES, lambda model, x, target, eps: clip(x - eps * uphill(model, x, target, through_probabilities))),
    (PROBABILITIES, lambda model, x, target, eps: clip(x - eps * uphill(model, x, target, of_clipped_probabilities))),
]

FOOLING_IMAGE: list[Mistake] = [
    (CROSS_ENTROPY, lambda *args: descend(*args, cost=cross_entropy)),
    (
        "Your steps are twice as long: the cost has a factor of one half.",
        lambda *args: descend(*args, direction=lambda g: 2 * g),
    ),
    (
        "Your cost was averaged over the 10 classes, as a mean squared error is: sum over them, and halve.",
        lambda *args: descend(*args, direction=lambda g: g / 5),
    ),
    (
        "Your cost was averaged over the batch, so the steps shrink with the number of images: sum it.",
        lambda *args: descend(*args, direction=lambda g: g / len(g)),
    ),
    (
        "Your cost was averaged over classes and images: sum it over the classes, halve it, and sum over the images.",
        lambda *args: descend(*args, direction=lambda g: g / (5 * len(g))),
    ),
    (
        "Your cost compares the target with the logits: compare it with softmax(logits).",
        lambda *args: descend(*args, cost=quadratic_of_logits),
    ),
    ("Your steps go uphill: subtract the gradient.", lambda *args: descend(*args, direction=tf.negative)),
    (
        "Your steps follow the gradient's sign: here it is the gradient itself.",
        lambda *a: descend(*a, direction=tf.sign),
    ),
    (CLIPPED, lambda *args: descend(*args, afterwards=clip)),
    (CLIPPED, lambda *args: clip(descend(*args))),
    (
        "Your cost is the distance without its square: take half of the sum of squares, not of its root.",
        lambda *args: descend(*args, cost=distance),
    ),
    (
        "Your answer equals one step, however many are asked for: does a return stand in the loop?",
        lambda model, target, noise, steps, step_size: descend(model, target, noise, min(steps, 1), step_size),
    ),
    (
        "Your gradient was computed once and used for every step: compute it again, at the new image.",
        lambda model, target, noise, steps, step_size: descend(model, target, noise, 1, steps * step_size),
    ),
    (TOO_FEW, lambda model, target, noise, steps, step_size: descend(model, target, noise, steps - 1, step_size)),
    (TOO_MANY, lambda model, target, noise, steps, step_size: descend(model, target, noise, steps + 1, step_size)),
    (
        "Your cost takes a sigmoid of each logit: take the softmax of all ten.",
        lambda *args: descend(*args, cost=quadratic_of_sigmoids),
    ),
    (
        "Your descent has momentum: each step is step_size times the gradient at the image, and nothing of the last.",
        with_momentum,
    ),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1))),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1) ** 0.5)),
    (SHRINKING, scheduled(lambda t, steps: 1 - t / steps)),
    (SHRINKING, scheduled(lambda t, steps: 0.9**t)),
    (
        "Your answer is the image of the lowest cost on the way: return the one after the last step.",
        cheapest,
    ),
    (
        "Your descent starts from a black image: start from the noise that is given.",
        lambda model, target, noise, *rest: descend(model, target, tf.zeros_like(noise), *rest),
    ),
]


def disguise(
    model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float, **wrong: Any
) -> Any:
    """q5, with whatever `descend` can get wrong."""
    return descend(model, target, noise, steps, step_size, **{"force": lambda image: pull * (image - x), **wrong})


def forced(force: Callable[[Any, Any, Any, float, float], Any]) -> Callable[..., Any]:
    """`disguised_image` with another force, which is given the image, x, the noise, the pull and the step size."""

    def disguised_image(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
        wrong = {"force": lambda image: force(image, x, noise, pull, step_size)}
        return disguise(model, x, target, noise, steps, step_size, pull, **wrong)

    return disguised_image


def pulled_afterwards(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 with the pull taken after the step down the cost."""
    pulled = {"force": tf.zeros_like, "afterwards": lambda image: image - step_size * pull * (image - x)}
    return disguise(model, x, target, noise, steps, step_size, pull, **pulled)


def pulled_once(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 as a fooling image that is drawn towards x once, at the end."""
    image = descend(model, target, noise, steps, step_size)
    return image - step_size * pull * (image - x)


def pulled_without_step(model: Any, x: Any, target: Any, noise: Any, steps: int, step_size: float, pull: float) -> Any:
    """q5 with a mixture of the image and x after the step down the cost."""
    pulled = {"force": tf.zeros_like, "afterwards": lambda image: image - pull * (image - x)}
    return disguise(model, x, target, noise, steps, step_size, pull, **pulled)


def counted(change: int) -> Callable[..., Any]:
    """`disguised_image` with another number of steps."""
    return lambda model, x, target, noise, steps, *rest: disguise(model, x, target, noise, steps + change, *rest)


NO_PULL = (
    "Your pull has no effect, or next to none: add pull · (image − x) to the gradient, as it is and not averaged over "
    "the pixels."
)

DISGUISED_IMAGE: list[Mistake] = [
    (
        "Your pull pushes the image away from x: check its sign.",
        forced(lambda image, x, n, pull, s: pull * (x - image)),
    ),
    (NO_PULL, forced(lambda image, *_: tf.zeros_like(image))),
    (NO_PULL, forced(lambda image, x, n, pull, s: pull * (image - x) / (image.shape[0] * 784))),
    (NO_PULL, forced(lambda image, x, n, pull, s: pull * (image - x) / 784)),
    (
        "Your pull goes towards the noise you started from: it goes towards x.",
        forced(lambda image, x, noise, pull, s: pull * (image - noise)),
    ),
    (
        "Your pull is the same in every step, taken at the noise: take it at the image as it is now.",
        forced(lambda image, x, noise, pull, s: pull * (noise - x)),
    ),
    (
        "Your pull is twice as strong: the force is pull · (image − x), without a factor of 2.",
        forced(lambda image, x, noise, pull, s: 2 * pull * (image - x)),
    ),
    (
        "Your pull is not multiplied by step_size: it belongs to the gradient.",
        forced(lambda image, x, noise, pull, step_size: pull * (image - x) / step_size),
    ),
    ("Your pull is taken after the step: take both forces at the image before it.", pulled_afterwards),
    (
        "Your pull is taken after the step, and not multiplied by step_size: add it to the gradient before the step.",
        pulled_without_step,
    ),
    (
        "Your x and your noise have changed places: the descent starts at the noise, and the pull goes towards x.",
        lambda model, x, target, noise, *rest: disguise(model, noise, target, x, *rest),
    ),
    (
        "Your forces are mixed, (1 − pull) of one and pull of the other: add pull · (image − x) to the whole gradient.",
        lambda model, x, target, noise, steps, step_size, pull: disguise(
            model, x, target, noise, steps, step_size, pull, direction=lambda g: (1 - pull) * g
        ),
    ),
    (
        "Your pull has the same strength at any distance: take image − x as it is, not divided by its norm.",
        forced(lambda image, x, n, pull, s: pull * to_unit_length(image - x)),
    ),
    (
        "Your images are all pulled towards the first of x: each has an x of its own.",
        forced(lambda image, x, n, pull, s: pull * (image - x[:1])),
    ),
    (
        "Your pull acts once, after the descent: it belongs into every step.",
        pulled_once,
    ),
    (TOO_FEW, counted(-1)),
    (TOO_MANY, counted(1)),
    ("Your steps go up the cost: subtract its gradient.", lambda *args: disguise(*args, direction=tf.negative)),
    (CROSS_ENTROPY, lambda *args: disguise(*args, cost=cross_entropy)),
    (CLIPPED, lambda *args: disguise(*args, afterwards=clip)),
    (CLIPPED, lambda *args: clip(disguise(*args))),
    (
        "Your descent starts from x: start from the noise that is given.",
        lambda model, x, target, noise, *rest: disguise(model, x, target, x, *rest),
    ),
]

ACCURACY_BY_EPSILON: list[Mistake] = [
    (UNATTACKED, lambda model, x, y, epsilons: swept(model, x, y, epsilons, lambda images: accuracy(model, x, y))),
    (UNATTACKED, lambda model, x, y, epsilons: swept(model, x, y, [eps / 255 for eps in epsilons])),
    (
        "Your comparison pairs every prediction with every label, as shapes (n, 1) and (n,) do: compare each image's "
        "prediction with its own label.",
        lambda model, x, y, epsilons: swept(
            model, x, y, epsilons, lambda images: float(np.mean(predicted(model, images)[:, None] == np.asarray(y)))
        ),
    ),
    (
        "Your numbers count the images of the earlier epsilons too: start counting anew for each eps.",
        lambda *args: np.cumsum(swept(*args)) / np.arange(1, 1 + len(args[3])),
    ),
    (
        "Your numbers are means of the accuracies of the classes: divide the number of right images by that of all.",
        lambda model, x, y, epsilons: swept(model, x, y, epsilons, lambda images: by_class(model, images, y)),
    ),
    (
        "Your images that were fooled once count as fooled ever after: each eps is judged by itself.",
        standing,
    ),
    (
        "Your numbers are means of the accuracies of batches, in which a short last batch weighs as much as a full "
        "one: divide the number of right images by the number of all images.",
        lambda model, x, y, epsilons: swept(
            model, x, y, epsilons, lambda images: mean_of_means(model, images, y, batch_size=32)
        ),
    ),
    ("Your numbers are percentages: return shares between 0 and 1.", lambda *args: 100 * swept(*args)),
    ("Your numbers are error rates: return the share that is right.", lambda *args: 1 - swept(*args)),
    (
        "Your numbers are counts: divide by the number of images.",
        lambda model, x, y, epsilons: len(x) * swept(model, x, y, epsilons),
    ),
    (
        "Your accuracies are in the order of growing eps: keep the order that is given.",
        lambda model, x, y, epsilons: swept(model, x, y, sorted(epsilons)),
    ),
    ("Your attacks add up: start each one from the clean images.", cumulative),
    (
        "Your attack took its labels from the network's predictions: attack the labels y.",
        lambda model, x, y, epsilons: swept(model, x, y, epsilons, labels=predicted(model, x)),
    ),
    (
        "Your accuracy compares with what the network read before the attack: compare with y.",
        lambda model, x, y, epsilons: swept(
            model, x, y, epsilons, lambda images: accuracy(model, images, predicted(model, x))
        ),
    ),
    (
        "Your accuracy counts only the images that were right before the attack: divide by all of them.",
        lambda model, x, y, epsilons: swept(model, x, y, epsilons) / max(accuracy(model, x, y), 1e-12),
    ),
]

MISTAKES: dict[str, list[Mistake]] = {
    "input_gradient": INPUT_GRADIENT,
    "fgsm": FGSM,
    "targeted_fgsm": TARGETED_FGSM,
    "fooling_image": FOOLING_IMAGE,
    "disguised_image": DISGUISED_IMAGE,
    "accuracy_by_epsilon": ACCURACY_BY_EPSILON,
}
