"""Known mistakes of week 2: variants of the reference, each with the sentence that a student who made it will read.

They run on the trusted side only: to name the mistake behind a wrong answer, and to prove that no question lets one
of them pass. A sentence may be shown for a hidden case, so it holds no input and no expected value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course import starts

Mistake = tuple[str, Callable[..., Any]]


def logits_of(model: Any, x: Any) -> Any:
    """The logits, not in training mode."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def predicted(model: Any, x: Any) -> Any:
    """The labels that the network reads."""
    return tf.argmax(logits_of(model, x), axis=-1)


def cross_entropy(labels: Any, logits: Any) -> Any:
    """The right loss."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def through_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from probabilities: clipped."""
    return keras.losses.sparse_categorical_crossentropy(labels, tf.nn.softmax(logits))


def softmax_twice(labels: Any, logits: Any) -> Any:
    """Cross-entropy that takes probabilities for logits."""
    return cross_entropy(labels, tf.nn.softmax(logits))


def logits_as_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it by default: it takes the logits for probabilities."""
    return keras.losses.sparse_categorical_crossentropy(labels, logits)


def of_what_is_read(labels: Any, logits: Any) -> Any:
    """The right loss of the wrong labels: those that the network reads at each step."""
    return cross_entropy(tf.argmax(logits, axis=-1), logits)


def while_read_rightly(labels: Any, logits: Any) -> Any:
    """The right loss, and nothing to climb for an image that is misread already."""
    is_right = tf.argmax(logits, axis=-1) == tf.cast(labels, tf.int64)
    return tf.where(is_right, cross_entropy(labels, logits), 0.0)


def gradient(model: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any] = cross_entropy) -> Any:
    """The gradient of each image's `loss`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = loss(y, logits_of(model, x))
    return tape.gradient(losses, x)


def more_wrong(model: Any, one: Any, other: Any, y: Any) -> Any:
    """Of two images in the same place of two batches, the one with the higher loss."""
    losses, others = (cross_entropy(y, logits_of(model, images)) for images in (one, other))
    return tf.where((losses > others)[:, None, None, None], one, other)


def clip(images: Any) -> Any:
    """The nearest images in [0, 1]."""
    return tf.clip_by_value(images, 0.0, 1.0)


def ball(x_adv: Any, x: Any, eps: float) -> Any:
    """The nearest images in the L∞ ball, whatever their range."""
    return tf.clip_by_value(x_adv, x - eps, x + eps)


def mean_size(images: Any, axis: Any = (1, 2, 3)) -> Any:
    """The mean absolute value over `axis`, never 0."""
    return tf.maximum(tf.reduce_mean(tf.abs(images), axis=axis, keepdims=True), 1e-12)


def length(images: Any, axis: Any = (1, 2, 3)) -> Any:
    """The L2 norm over `axis`, never 0."""
    return tf.maximum(tf.sqrt(tf.reduce_sum(tf.square(images), axis=axis, keepdims=True)), 1e-12)


def largest(images: Any) -> Any:
    """The largest absolute value of each image, never 0."""
    return tf.maximum(tf.reduce_max(tf.abs(images), axis=(1, 2, 3), keepdims=True), 1e-12)


def project_linf(x_adv: Any, x: Any, eps: float) -> Any:
    """The right projection of q1."""
    return clip(ball(x_adv, x, eps))


def project_l2(x_adv: Any, x: Any, eps: float, size: Callable[[Any], Any] = length) -> Any:
    """The projection of q5, with another `size` of the perturbation if one is given."""
    change = clip(x_adv) - x
    return x + change * tf.minimum(1.0, eps / size(change))


def climb(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    steps: int,
    *,
    start: Any = None,
    direction: Callable[[Any], Any] = tf.sign,
    project: Callable[[Any, Any, float], Any] = project_linf,
    when: str = "after",
    once: bool = False,
    loss: Callable[[Any, Any], Any] = cross_entropy,
    labels: Callable[[Any, Any], Any] | None = None,
    count: Callable[[int], int] = int,
    stride: Callable[[float, float, int], float] = lambda eps, step_size, steps: step_size,
    best: bool = False,
) -> Any:
    """The loop of every attack of the week, with everything in it that can be wrong."""
    x = tf.cast(x, tf.float32)
    x_adv = x if start is None else tf.cast(start, tf.float32)
    y = labels(model, x) if labels else y
    first = gradient(model, x_adv, y, loss) if once else None
    for _ in range(count(steps)):
        x_adv = project(x_adv, x, eps) if when == "before" else x_adv
        slope = gradient(model, x_adv, y, loss) if first is None else first
        before, x_adv = x_adv, x_adv + stride(eps, step_size, steps) * direction(slope)
        x_adv = project(x_adv, x, eps) if when == "after" else x_adv
        x_adv = more_wrong(model, x_adv, before, y) if best else x_adv
    return project(x_adv, x, eps) if when == "last" else x_adv


# What goes wrong in the loop, whatever attack it belongs to. A ball around the image before the step is as good as none
# when a step is shorter than eps.
IN_ANY_LOOP: list[tuple[str, dict[str, Any]]] = [
    (
        "Your images leave the ball: keep them within eps of the original x. Project after every step, "
        "around x and not around the image before the step.",
        {"project": lambda x_adv, x, eps: clip(x_adv)},
    ),
    (
        "Your images are not projected at all: after every step take them back into the ball and into [0, 1].",
        {"project": lambda x_adv, x, eps: x_adv},
    ),
    (
        "Your images are projected before the step: project after it, so that what you return is projected.",
        {"when": "before"},
    ),
    (
        "Your images are projected once, after the last step: project after every step, so that each gradient is taken "
        "at an image that is allowed.",
        {"when": "last"},
    ),
    (
        "Your steps are as long as eps: they are step_size long, and eps is the radius of the ball.",
        {"stride": lambda eps, step_size, steps: eps},
    ),
    (
        "Your steps are eps / steps long: they are step_size long, so that they can reach the ball's surface and turn.",
        {"stride": lambda eps, step_size, steps: eps / max(steps, 1)},
    ),
    (
        "Your steps have the wrong sign: they go to where the loss falls.",
        {"stride": lambda eps, step_size, steps: -step_size},
    ),
    (
        "Your gradient was computed once and used for every step: compute it again, at the new images.",
        {"once": True},
    ),
    (
        "Your answer equals one step, however many are asked for: does a return stand in the loop?",
        {"count": lambda steps: min(steps, 1)},
    ),
    ("Your answer equals one step too few.", {"count": lambda steps: steps - 1}),
    (
        "Your labels were taken from the network's predictions: use the labels y that are given.",
        {"labels": predicted},
    ),
    (
        "Your labels were taken from the network's predictions: use the labels y that are given.",
        {"loss": of_what_is_read},
    ),
    (
        "Your answer is the image with the highest loss on the way: go on, and return the last one, whatever its loss.",
        {"best": True},
    ),
    (
        "Your images stop as soon as the network misreads them: every image takes all the steps.",
        {"loss": while_read_rightly},
    ),
    (
        "Your answer equals what the loss gives when it takes the logits for probabilities: tell it that they are "
        "logits (from_logits=True), which is not the default.",
        {"loss": logits_as_probabilities},
    ),
    (
        "Your answer equals what two softmaxes in a row give: the loss takes logits, and yours got probabilities that "
        "it took for logits.",
        {"loss": softmax_twice},
    ),
    (
        "Your answer equals what the loss gives when it is computed from probabilities: they are clipped, and where "
        "the network is sure the gradient is lost. Compute it from the logits (from_logits=True, without a softmax).",
        {"loss": through_probabilities},
    ),
]

# And what goes wrong with the ball of q1.
IN_LINF: list[tuple[str, dict[str, Any]]] = [
    (
        "Your pixels leave [0, 1]: after every step project into the ball and into [0, 1].",
        {"project": ball},
    ),
    (
        "Your pixels are clipped to [−1, 1]: images lie in [0, 1].",
        {"project": lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), -1.0, 1.0)},
    ),
    (
        "Your pixels are clipped to [0, 255]: images lie in [0, 1].",
        {"project": lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), 0.0, 255.0)},
    ),
]
ONE_MORE: dict[str, Any] = {"count": lambda steps: steps + 1}
TOO_MANY = ("Your answer equals one step too many.", ONE_MORE)
UNSIGNED = "Your steps are along the gradient itself: take its sign, so that every pixel moves by step_size."


def in_loops(attack: Callable[..., Any], more: list[tuple[str, dict[str, Any]]]) -> list[Mistake]:
    """The mistakes of any loop, and `more`, made in `attack`, which takes what `climb` can get wrong."""
    return [(sentence, partial(attack, **wrong)) for sentence, wrong in [*IN_ANY_LOOP, *more]]


PROJECT_LINF: list[Mistake] = [
    (
        "Your pixels that are too far from x go back to x itself: they go to the nearest edge of the ball.",
        lambda x_adv, x, eps: clip(tf.where(tf.abs(x_adv - x) > eps, x, x_adv)),
    ),
    (
        "Your minimum and maximum have changed places: every pixel ends at one edge of the ball. The upper edge, x + "
        "eps, goes with the minimum, the lower one with the maximum.",
        lambda x_adv, x, eps: clip(tf.maximum(tf.minimum(x_adv, x - eps), x + eps)),
    ),
    (
        "Your minimum and maximum have changed places: every pixel ends at one edge of the ball. The upper edge, x + "
        "eps, goes with the minimum, the lower one with the maximum.",
        lambda x_adv, x, eps: clip(tf.minimum(tf.maximum(x_adv, x + eps), x - eps)),
    ),
    (
        "Your perturbation is squashed, as by a tanh: what is inside already stays where it is.",
        lambda x_adv, x, eps: clip(x + eps * tf.tanh((x_adv - x) / max(eps, 1e-12))),
    ),
    (
        "Your ball is as wide as eps times the pixel: it reaches eps to both sides of x, however bright a pixel is.",
        lambda x_adv, x, eps: clip(tf.clip_by_value(x_adv, x * (1 - eps), x * (1 + eps))),
    ),
    ("Your pixels leave [0, 1]: after the ball, clip to [0, 1] as well.", ball),
    (
        "Your images are clipped to [0, 1] only: keep every pixel within eps of x as well.",
        lambda x_adv, x, eps: clip(x_adv),
    ),
    (
        "Your pixels are clipped to [−1, 1]: images lie in [0, 1].",
        lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), -1.0, 1.0),
    ),
    (
        "Your pixels are clipped to [0, 255]: images lie in [0, 1].",
        lambda x_adv, x, eps: tf.clip_by_value(ball(x_adv, x, eps), 0.0, 255.0),
    ),
    (
        "Your answer equals the perturbation alone: add it to x.",
        lambda x_adv, x, eps: tf.clip_by_value(x_adv - x, -eps, eps),
    ),
    (
        "Your perturbation is clipped to [0, eps]: every change downwards is lost. It lies between −eps and eps.",
        lambda x_adv, x, eps: clip(x + tf.clip_by_value(x_adv - x, 0.0, eps)),
    ),
    (
        "Your ball is around x_adv: x and x_adv have changed places.",
        lambda x_adv, x, eps: clip(ball(x, x_adv, eps)),
    ),
    (
        "Your answer puts every pixel on the ball's surface, eps away from x: what lies inside stays where it is.",
        lambda x_adv, x, eps: clip(x + eps * tf.sign(x_adv - x)),
    ),
    (
        "Your answer scales the whole perturbation until its largest pixel is eps: project every pixel by itself.",
        lambda x_adv, x, eps: clip(x + (x_adv - x) * tf.minimum(1.0, eps / largest(x_adv - x))),
    ),
    ("Your eps is divided by 255: it is in units of [0, 1] already.", lambda a, x, eps: project_linf(a, x, eps / 255)),
    (
        "Your ball has half the radius: a pixel may move by eps in both directions.",
        lambda a, x, eps: project_linf(a, x, eps / 2),
    ),
    (
        "Your ball is the L2 ball, which bounds the length over all pixels: here eps bounds each pixel.",
        project_l2,
    ),
]


def scheduled(scale: Callable[[int, int], float]) -> Callable[..., Any]:
    """`bim` with a step size that changes on the way, by a `scale` of the step's number and of `steps`."""

    def bim(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int) -> Any:
        x_adv = x
        for t in range(steps):
            x_adv = climb(model, x, y, eps, scale(t, steps) * step_size, 1, start=x_adv)
        return x_adv

    return bim


def of_summed_steps(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int) -> Any:
    """q2 with the projection of x + all steps so far, while their sum itself is never projected."""
    x = tf.cast(x, tf.float32)
    total = tf.zeros_like(x)
    for _ in range(steps):
        total += step_size * tf.sign(gradient(model, project_linf(x + total, x, eps), y))
    return project_linf(x + total, x, eps)


SHRINKING = "Your steps shrink on the way: every one is step_size long."

BIM: list[Mistake] = [
    (SHRINKING, scheduled(lambda t, steps: 1.0 if t < steps / 2 else 0.5)),
    (SHRINKING, scheduled(lambda t, steps: 1 - t / steps)),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1))),
    (SHRINKING, scheduled(lambda t, steps: 1 / (t + 1) ** 0.5)),
    (SHRINKING, scheduled(lambda t, steps: 0.9**t)),
    (
        "Your steps are summed up outside the ball, and only x + the sum is projected: go on from the projected image, "
        "or a pixel that turns round has a long way back.",
        of_summed_steps,
    ),
    (
        "Your number of steps follows from eps, as in the paper: take as many as `steps` says.",
        lambda model, x, y, eps, step_size, steps: climb(
            model, x, y, eps, step_size, int(min(eps * 255 + 4, 1.25 * eps * 255)) if steps else 0
        ),
    ),
    *in_loops(climb, [*IN_LINF, TOO_MANY]),
    (UNSIGNED, partial(climb, direction=tf.identity)),
    (
        "Your steps are along the gradient divided by its length, the L2 version: take the sign of every pixel.",
        partial(climb, direction=lambda g: g / length(g)),
    ),
    (
        "Your bim moves pixels whose gradient is exactly 0: the sign of 0 is 0. tf.sign and np.sign know it.",
        partial(climb, direction=lambda g: tf.where(g >= 0, 1.0, -1.0)),
    ),
]


def drawn(x: Any, eps: float, seed: Any) -> Any:
    """The right draw of q3, before it is projected. A generator in the place of the seed draws as it likes."""
    return np.random.default_rng(seed).uniform(-eps, eps, np.shape(x)).astype(np.float32)


def pgd(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any, **wrong: Any) -> Any:
    """q3, with whatever `climb` can get wrong."""
    return climb(model, x, y, eps, step_size, steps, start=project_linf(x + drawn(x, eps, seed), x, eps), **wrong)


def started(noise: Callable[[Any, tuple[int, ...], float], Any]) -> Callable[..., Any]:
    """`pgd` with other `noise`, which is given a generator, the shape of x, and eps."""

    def pgd(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any) -> Any:
        u = np.asarray(noise(np.random.default_rng(seed), np.shape(x), eps), np.float32)
        return climb(model, x, y, eps, step_size, steps, start=project_linf(x + u, x, eps))

    return pgd


def around_the_start(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any) -> Any:
    """q3 with the ball around the start, as `bim` from there has it."""
    return climb(model, project_linf(x + drawn(x, eps, seed), x, eps), y, eps, step_size, steps)


def unprojected_start(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, seed: Any) -> Any:
    """q3 with a start that may lie outside [0, 1]."""
    return climb(model, x, y, eps, step_size, steps, start=x + drawn(x, eps, seed))


# The loop comes first: what is handed out are answers to the start of the first of them, and it is drawn as it should.
PGD: list[Mistake] = [
    *in_loops(pgd, [*IN_LINF, (starts.STEPPED, ONE_MORE)]),
    (UNSIGNED, partial(pgd, direction=tf.identity)),
    (
        "Your ball is around the random start: keep it around the original x, or pixels end up to 2 · eps away.",
        around_the_start,
    ),
    (starts.NOT_DRAWN, lambda model, x, y, eps, step_size, steps, seed: climb(model, x, y, eps, step_size, steps)),
    (starts.UNSEEDED, lambda model, x, y, eps, step_size, steps, seed: pgd(model, x, y, eps, step_size, steps, None)),
    (starts.SEED_IGNORED, lambda model, x, y, eps, step_size, steps, seed: pgd(model, x, y, eps, step_size, steps, 0)),
    (starts.SHARED, started(lambda random, shape, eps: random.uniform(-eps, eps, shape[1:]))),
    (starts.SHARED, started(lambda random, shape, eps: random.uniform(-eps, eps, (shape[0], 1, 1, 1)))),
    (starts.NOT_UNIFORM, started(lambda random, shape, eps: random.normal(0, eps, shape))),
    (starts.NOT_UNIFORM, started(lambda random, shape, eps: random.normal(0, eps / 3, shape))),
    (starts.NOT_UNIFORM, started(lambda random, shape, eps: random.uniform(0, eps, shape))),
    (starts.NOT_UNIFORM, started(lambda random, shape, eps: random.choice([-eps, eps], shape))),
    (starts.OUTSIDE, unprojected_start),
]


def accumulated(gather: Callable[[Any, Any], Any], step: Callable[[Any], Any] = tf.sign) -> Callable[[Any], Any]:
    """A direction that keeps a momentum from step to step: `gather` makes the new one of the old and the gradient."""
    momentum: Any = 0.0

    def direction(slope: Any) -> Any:
        nonlocal momentum
        momentum = gather(momentum, slope)
        return step(momentum)

    return direction


def mim(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    steps: int,
    decay: float,
    *,
    gather: Callable[[Any, Any, float], Any] = lambda m, g, decay: decay * m + g / mean_size(g),
    step: Callable[[Any], Any] = tf.sign,
    **wrong: Any,
) -> Any:
    """q4, with whatever `climb` can get wrong, and another way to `gather` the momentum."""
    direction = accumulated(lambda m, g: gather(m, g, decay), step)
    return climb(model, x, y, eps, step_size, steps, direction=direction, **wrong)


def one_step_late(*args: Any) -> Any:
    """q4 along the momentum before the new gradient is added to it."""
    decay, momentum = args[-1], tf.zeros_like(args[1])

    def direction(slope: Any) -> Any:
        nonlocal momentum
        old, momentum = momentum, decay * momentum + slope / mean_size(slope)
        return tf.sign(old)

    return climb(*args[:-1], direction=direction)


def looking_ahead(model: Any, x: Any, y: Any, eps: float, step_size: float, steps: int, decay: float) -> Any:
    """q4 with Nesterov's gradient: taken where the momentum would lead."""
    x = x_adv = tf.cast(x, tf.float32)
    momentum = tf.zeros_like(x)
    for _ in range(steps):
        slope = gradient(model, x_adv + step_size * decay * momentum, y)
        momentum = decay * momentum + slope / mean_size(slope)
        x_adv = project_linf(x_adv + step_size * tf.sign(momentum), x, eps)
    return x_adv


LARGE_GUARD = "Your guard against dividing by zero is so large that it changes the gradients: 1e-12 is enough."

MIM: list[Mistake] = [
    (LARGE_GUARD, partial(mim, gather=lambda m, g, decay: decay * m + g / (mean_size(g) + 1e-2))),
    (
        "Your step follows the old momentum, before the new gradient was added: add it first, then step.",
        one_step_late,
    ),
    (
        "Your gradient is taken ahead of the image, where the momentum leads (Nesterov): take it at the image itself.",
        looking_ahead,
    ),
    (
        "Your gradients are not normalised: divide each by its mean absolute value before it is added.",
        partial(mim, gather=lambda m, g, decay: decay * m + g),
    ),
    (
        "Your gradients are divided by one mean of the whole batch: take the mean over the pixels of each image.",
        partial(mim, gather=lambda m, g, decay: decay * m + g / mean_size(g, None)),
    ),
    (
        "Your gradients are divided by their L2 norm, as in pgd_l2: divide them by their mean absolute value.",
        partial(mim, gather=lambda m, g, decay: decay * m + g / length(g)),
    ),
    (
        "Your momentum has no effect: the images equal those of bim. Is it reset in every step, or left out of the "
        "step?",
        partial(mim, gather=lambda m, g, decay: g),
    ),
    (
        "Your momentum never decays: decay multiplies the old momentum, not the new gradient.",
        partial(mim, gather=lambda m, g, decay: m + g / mean_size(g)),
    ),
    (
        "Your decay is used as 1 − decay: decay multiplies the old momentum as it is.",
        partial(mim, gather=lambda m, g, decay: (1 - decay) * m + g / mean_size(g)),
    ),
    (
        "Your new gradient is multiplied by 1 − decay, as in an average: add it as it is, or nothing is left of it "
        "when decay is 1.",
        partial(mim, gather=lambda m, g, decay: decay * m + (1 - decay) * g / mean_size(g)),
    ),
    (LARGE_GUARD, partial(mim, gather=lambda m, g, decay: decay * m + g / (mean_size(g) + 1e-3))),
    (
        "Your momentum is a sum of signs: add the normalised gradients, and take the sign of the sum.",
        partial(mim, gather=lambda m, g, decay: decay * m + tf.sign(g)),
    ),
    (
        "Your step follows the momentum itself: take its sign, so that every pixel moves by step_size.",
        partial(mim, step=tf.identity),
    ),
    (
        "Your momentum is normalised after the gradient was added: divide the new gradient, then add it.",
        partial(mim, gather=lambda m, g, decay: (decay * m + g) / mean_size(decay * m + g)),
    ),
    *in_loops(mim, [*IN_LINF, TOO_MANY]),
]


def largest_singular_value(images: Any) -> Any:
    """What np.linalg.norm(…, 2, axis=(1, 2)) takes for the length of an image, never 0."""
    return tf.maximum(tf.linalg.svd(images[..., 0], compute_uv=False)[:, :1, None, None], 1e-12)


PROJECT_L2: list[Mistake] = [
    (
        "Your norm is a matrix norm, the largest singular value: that is what ord=2 means for two axes. Flatten each "
        "image first, or take the root of the sum of squares.",
        partial(project_l2, size=largest_singular_value),
    ),
    (
        "Your norm is that of the perturbation before the clip: clip first, and measure what is left.",
        lambda x_adv, x, eps: x + (clip(x_adv) - x) * tf.minimum(1.0, eps / length(x_adv - x)),
    ),
    (
        "Your norm is taken over the whole batch: take it over the pixels of each image.",
        partial(project_l2, size=partial(length, axis=None)),
    ),
    (
        "Your answer always lies on the ball's surface: an image inside the ball stays where it is. The factor is at "
        "most 1.",
        lambda x_adv, x, eps: x + (clip(x_adv) - x) * eps / length(clip(x_adv) - x),
    ),
    (
        "Your answer is clipped to [0, 1] after the scaling: clip first, and measure the norm of what is left.",
        lambda x_adv, x, eps: clip(x + (x_adv - x) * tf.minimum(1.0, eps / length(x_adv - x))),
    ),
    (
        "Your pixels leave [0, 1]: clip x_adv before you measure the perturbation.",
        lambda x_adv, x, eps: x + (x_adv - x) * tf.minimum(1.0, eps / length(x_adv - x)),
    ),
    (
        "Your ball bounds each pixel by itself: take the norm over all pixels of an image.",
        project_linf,
    ),
    (
        "Your images are clipped to [0, 1] only: scale the perturbation as well.",
        lambda x_adv, x, eps: clip(x_adv),
    ),
    (
        "Your norm lacks the square root: it is the root of the sum of squares.",
        partial(project_l2, size=lambda d: length(d) ** 2),
    ),
    (
        "Your norm is taken over the rows or the columns of an image: take it over all of its pixels.",
        partial(project_l2, size=partial(length, axis=1)),
    ),
    (
        "Your norm is taken over the rows or the columns of an image: take it over all of its pixels.",
        partial(project_l2, size=partial(length, axis=2)),
    ),
    (
        "Your norm is the root of the mean square: it is the root of the sum.",
        partial(project_l2, size=lambda d: length(d) / 28),
    ),
    (
        "Your norm is the sum of absolute values, the L1 norm: take the root of the sum of squares.",
        partial(project_l2, size=lambda d: 784 * mean_size(d)),
    ),
    (
        "Your answer equals the perturbation alone: add it to x.",
        lambda x_adv, x, eps: project_l2(x_adv, x, eps) - x,
    ),
]


def ascend_l2(*args: Any, direction: Callable[[Any], Any] = lambda g: g / length(g), **wrong: Any) -> Any:
    """`pgd_l2`, with whatever `climb` can get wrong."""
    return climb(*args, **{"direction": direction, "project": project_l2, **wrong})


PGD_L2: list[Mistake] = [
    (
        "Your guard against dividing by zero is so large that it shortens the steps: 1e-12 is enough.",
        partial(ascend_l2, direction=lambda g: g / tf.sqrt(length(g) ** 2 + 1e-4)),
    ),
    (
        "Your guard against dividing by zero is so large that it shortens the steps: 1e-12 is enough.",
        partial(ascend_l2, direction=lambda g: g / (length(g) + 1e-2)),
    ),
    (
        "Your steps follow the gradient's sign, as in L∞: divide the gradient by its norm instead.",
        partial(ascend_l2, direction=tf.sign),
    ),
    (
        "Your gradient is not normalised: divide it by its norm, so that every step is step_size long.",
        partial(ascend_l2, direction=tf.identity),
    ),
    (
        "Your gradient is divided by a norm over the whole batch: take the norm over the pixels of each image.",
        partial(ascend_l2, direction=lambda g: g / length(g, None)),
    ),
    (
        "Your gradient is divided by its mean absolute value, as momentum has it: divide it by its L2 norm.",
        partial(ascend_l2, direction=lambda g: g / mean_size(g)),
    ),
    # In the place of the loops' first one. Steps along the gradient are spread over all pixels: the L∞ ball of the same
    # eps holds none of them back.
    (
        "Your images leave the L2 ball: after every step apply project_l2, around the original x. Neither the clip to "
        "[0, 1] nor the L∞ ball, which bounds each pixel by itself, is enough.",
        partial(ascend_l2, project=lambda x_adv, x, eps: clip(x_adv)),
    ),
    *in_loops(ascend_l2, [TOO_MANY])[1:],
]


def table(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The right table of q6."""
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (np.asarray(y_true), np.asarray(y_pred)), 1)
    return counts


def shares(counts: Any, axis: int | None) -> Any:
    """The table divided by its sums over `axis`."""
    return counts / np.maximum(counts.sum(axis=axis, keepdims=True), 1)


def occurring(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table of the classes that occur."""
    names, numbers = np.unique(np.concatenate([y_true, y_pred]), return_inverse=True)
    return table(numbers[: len(y_true)], numbers[len(y_true) :], len(names))


def once_each(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table as `counts[y_true, y_pred] += 1` makes it."""
    return np.minimum(table(y_true, y_pred, n_classes), 1)


def by_rank(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table of the classes' ranks among those that occur."""
    names = np.unique(np.concatenate([y_true, y_pred]))
    return table(np.searchsorted(names, y_true), np.searchsorted(names, y_pred), n_classes)


def coded_by_ten(y_true: Any, y_pred: Any, n_classes: int) -> Any:
    """The table of pairs that were written as 10 · true + predicted and read with n_classes."""
    pairs, places = 10 * np.asarray(y_true) + np.asarray(y_pred), n_classes**2
    return np.bincount(pairs[pairs < places], minlength=places).reshape(n_classes, n_classes)


def from_one(*args: Any) -> Any:
    """The table without class 0."""
    counts = table(*args)
    counts[0], counts[:, 0] = 0, 0
    return counts


CONFUSION: list[Mistake] = [
    (
        "Your classes are numbered by their rank among those that occur: class i has row i and column i, also when a "
        "smaller one doesn't occur.",
        by_rank,
    ),
    (
        "Your pairs of labels are told apart with a factor of 10: it must be n_classes.",
        coded_by_ten,
    ),
    ("Your row 0 and column 0 stay empty: classes count from 0.", from_one),
    (
        "Your table is transposed: rows are true labels, columns are predictions.",
        lambda *args: table(*args).T,
    ),
    ("Your rows are divided by their sums: return counts.", lambda *args: shares(table(*args), 1)),
    ("Your columns are divided by their sums: return counts.", lambda *args: shares(table(*args), 0)),
    ("Your table is divided by the number of images: return counts.", lambda *args: shares(table(*args), None)),
    (
        "Your table counts every pair once, however often it occurs: counts[y_true, y_pred] += 1 adds 1 to each entry "
        "it names, no matter how often. np.add.at adds as often as it is named.",
        once_each,
    ),
    (
        "Your counts are taken modulo 256: an array of uint8 holds no larger number.",
        lambda *args: table(*args) % 256,
    ),
    (
        "Your table leaves out classes that don't occur: it always has n_classes rows and n_classes columns.",
        occurring,
    ),
    (
        "Your table counts mistakes only: right predictions belong on the diagonal.",
        lambda *args: table(*args) * (1 - np.eye(args[2])),
    ),
    (
        "Your table counts right predictions only: the mistakes belong beside the diagonal.",
        lambda *args: table(*args) * np.eye(args[2]),
    ),
]

MISTAKES: dict[str, list[Mistake]] = {
    "project_linf": PROJECT_LINF,
    "bim": BIM,
    "pgd": PGD,
    "mim": MIM,
    "project_l2": PROJECT_L2,
    "pgd_l2": PGD_L2,
    "confusion": CONFUSION,
}
