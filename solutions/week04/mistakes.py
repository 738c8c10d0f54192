"""Known mistakes of week 4: variants of the reference, each with the sentence that a student who made it will read.

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

from course.checks import two_answers

Mistake = tuple[str, Callable[..., Any]]
Loss = Callable[[Any, Any], Any]  # of labels and logits, a number an image


def read(model: Any, x: Any, training: bool = False) -> Any:
    """The logits; only a Keras model is told whether this is training."""
    return model(x, training=training) if isinstance(model, keras.Model) else model(x)


def predicted(model: Any, x: Any) -> Any:
    """The labels that the network reads."""
    return tf.argmax(read(model, x), axis=-1)


def accuracy(model: Any, x: Any, y: Any, training: bool = False) -> float:
    """The share of `x` that is read as `y`."""
    return float(np.mean(np.argmax(read(model, x, training), axis=-1) == np.asarray(y)))


def cross_entropy(labels: Any, logits: Any) -> Any:
    """The right loss."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def through_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from probabilities: clipped."""
    return keras.losses.sparse_categorical_crossentropy(labels, tf.nn.softmax(logits))


def logits_for_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from what it is told are probabilities."""
    return keras.losses.sparse_categorical_crossentropy(labels, logits)


def logits_for_probabilities_of_one_hot(labels: Any, logits: Any) -> Any:
    """The same for labels one-hot, where Keras divides by the sum before it clips."""
    return keras.losses.categorical_crossentropy(tf.one_hot(labels, logits.shape[-1]), logits)


def softmax_twice(labels: Any, logits: Any) -> Any:
    """Cross-entropy that takes probabilities for logits."""
    return cross_entropy(labels, tf.nn.softmax(logits))


def mixed(
    model: Any,
    x: Any,
    y: Any,
    attack: Any,
    mix: float,
    *,
    weights: Callable[[float], tuple[float, float]] = lambda mix: (1 - mix, mix),
    loss: Loss = cross_entropy,
    mean: Callable[[Any], Any] = tf.reduce_mean,
    stop: Callable[[Any], Any] = tf.stop_gradient,
    training: tuple[bool, bool] = (True, True),
    target: Callable[[Any, Any, Any], Any] = lambda model, images, y: y,
    leaked: bool = False,
    calls: int = 1,
    attacked_first: bool = False,
) -> Any:
    """q1, with everything in it that can be wrong. `target` gives the labels of the attacked images' loss."""
    for _ in range(calls):
        x_adv = stop(attack(model, x, predicted(model, x) if leaked else y))
    jobs = [(x, y, training[0]), (x_adv, target(model, x_adv, y), training[1])]
    order = (1, 0) if attacked_first else (0, 1)
    losses = {i: mean(loss(jobs[i][1], model(jobs[i][0], training=jobs[i][2]))) for i in order}
    on_clean, on_attacked = weights(mix)
    return on_clean * losses[0] + on_attacked * losses[1]


def in_one_pass(model: Any, x: Any, y: Any, attack: Any, mix: float) -> Any:
    """q1 with clean and attacked images in one batch."""
    both = tf.concat([tf.cast(x, tf.float32), tf.stop_gradient(attack(model, x, y))], axis=0)
    losses = cross_entropy(tf.concat([y, y], axis=0), model(both, training=True))
    return (1 - mix) * tf.reduce_mean(losses[: len(x)]) + mix * tf.reduce_mean(losses[len(x) :])


def of_mixed_images(model: Any, x: Any, y: Any, attack: Any, mix: float) -> Any:
    """q1 with images that are mixed instead of losses."""
    images = (1 - mix) * tf.cast(x, tf.float32) + mix * tf.stop_gradient(attack(model, x, y))
    return tf.reduce_mean(cross_entropy(y, model(images, training=True)))


def of_a_share(model: Any, x: Any, y: Any, attack: Any, mix: float) -> Any:
    """q1 with mix for the share of the images that are attacked, those that come first."""
    x_adv, attacked = tf.stop_gradient(attack(model, x, y)), round(mix * len(x))
    images = tf.concat([x_adv[:attacked], tf.cast(x, tf.float32)[attacked:]], axis=0)
    return tf.reduce_mean(cross_entropy(y, model(images, training=True)))


def divergence(model: Any, x: Any, y: Any, attack: Any, mix: float, clean: float | None = None) -> Any:
    """q1 whose second part is the distance of the answers to attacked images from those to clean ones."""
    logits = model(tf.cast(x, tf.float32), training=True)
    attacked = tf.nn.log_softmax(model(tf.stop_gradient(attack(model, x, y)), training=True))
    distance = tf.reduce_sum(tf.nn.softmax(logits) * (tf.nn.log_softmax(logits) - attacked), axis=1)
    weight = 1 - mix if clean is None else clean
    return weight * tf.reduce_mean(cross_entropy(y, logits)) + mix * tf.reduce_mean(distance)


def wrong(**parts: Any) -> Callable[..., Any]:
    """A loss of q1 that is wrong in these `parts`."""
    return lambda model, x, y, attack, mix: mixed(model, x, y, attack, mix, **parts)


SWAPPED = (
    "Your weights are swapped: the clean loss is weighted with 1 − mix and the loss on the attacked images with mix."
)
ONLY_ATTACKED = "Your loss is that of the attacked images alone: the clean ones have a part of 1 − mix in it."
ONLY_CLEAN = "Your loss is that of the clean images alone: the attacked ones have a part of mix in it."
UNWEIGHTED = "Your two losses are added without weights: they are weighted with 1 − mix and mix."
HALVES = "Your two losses count half each, whatever mix is: weight them with 1 − mix and mix."
SUMMED = "Your losses are summed over the images: take their mean."
THROUGH_ATTACK = (
    "A gradient flows back through your attacked images into the weights: they count as constants, as if they came "
    "from a file. tf.stop_gradient makes them so."
)
NOT_TRAINING = "Your network is not in training mode: both passes are made with training=True."
LEAKED = "Your attack was given the labels that the network reads: give it the true ones, y."
PREDICTED = "Your attacked images are to be read as what the network reads in them now: their labels are y."
PROBABILITIES = (
    "Your loss is computed from probabilities: they are clipped, and where the network is sure and wrong the gradient "
    "is lost. Compute it from the logits (from_logits=True, without a softmax)."
)
NO_PROBABILITIES = "Your loss takes the network's logits for probabilities: say from_logits=True where you compute it."
SOFTMAX_TWICE = "Your loss has two softmaxes in a row: it takes logits, and yours got probabilities."

A_SHARE = "Your mix is the share of the images that are attacked: all of them are, and mix weights the two mean losses."
DIVERGENCE = (
    "Your second part compares the answers to attacked and to clean images, as TRADES does: it is the cross-entropy of "
    "the attacked images with their labels y."
)
STOPPED = (
    "Your stop_gradient holds back the gradient of the loss on the attacked images, so that nothing is learnt from "
    "them: stop the gradient of the images, tf.stop_gradient(attack(model, x, y)), and of nothing else."
)

ADVERSARIAL_LOSS: list[Mistake] = [
    (A_SHARE, of_a_share),
    (DIVERGENCE, divergence),
    (DIVERGENCE, partial(divergence, clean=1.0)),
    (SWAPPED, wrong(weights=lambda mix: (mix, 1 - mix))),
    (ONLY_ATTACKED, wrong(weights=lambda mix: (0.0, 1.0))),
    (ONLY_CLEAN, wrong(weights=lambda mix: (1.0, 0.0))),
    (UNWEIGHTED, wrong(weights=lambda mix: (1.0, 1.0))),
    (HALVES, wrong(weights=lambda mix: (0.5, 0.5))),
    (
        "Your loss is the clean one plus mix times the other: the clean one has a part of 1 − mix only.",
        wrong(weights=lambda mix: (1.0, mix)),
    ),
    (SUMMED, wrong(mean=tf.reduce_sum)),
    (THROUGH_ATTACK, wrong(stop=tf.identity)),
    (NOT_TRAINING, wrong(training=(False, False))),
    ("Your pass over the attacked images is not in training mode.", wrong(training=(True, False))),
    ("Your pass over the clean images is not in training mode.", wrong(training=(False, True))),
    (
        "Your clean and attacked images run through the network in one batch: make two passes. Batch normalisation in "
        "training mode would mix what it sees of the two.",
        in_one_pass,
    ),
    (LEAKED, wrong(leaked=True)),
    (PREDICTED, wrong(target=lambda model, images, y: predicted(model, images))),
    (PROBABILITIES, wrong(loss=through_probabilities)),
    (NO_PROBABILITIES, wrong(loss=logits_for_probabilities)),
    (NO_PROBABILITIES, wrong(loss=logits_for_probabilities_of_one_hot)),
    (SOFTMAX_TWICE, wrong(loss=softmax_twice)),
    ("You mix the images: mix the losses.", of_mixed_images),
    (
        "Your adversarial_loss calls the attack more than once: call it once and keep its images.",
        wrong(calls=2),
    ),
    (
        "Your attacked images run through the network before the clean ones: let the clean ones go first. The order "
        "shows in the moving averages of batch normalisation.",
        wrong(attacked_first=True),
    ),
]


def updated(
    model: Any,
    optimizer: Any,
    x: Any,
    y: Any,
    attack: Any,
    mix: float,
    *,
    follows: tuple[Callable[..., Any], ...] = (mixed,),
    direction: Callable[[Any], Any] = tf.identity,
    variables: slice = slice(None),
    attack_first: bool = False,
    told: Callable[..., Any] | None = None,
    result: Callable[[list[Any]], Any] = lambda values: values[0],
    after: bool = False,
    keeps_nothing: bool = False,
    gradients_first: bool = False,
    limit: Callable[[list[Any], int], list[Any]] = lambda gradients, n: gradients,
    chosen_by: Callable[[Any], bool] = lambda variable: True,
) -> float:
    """q2, with everything in it that can be wrong: an update for each loss that it `follows`.

    It returns the `result` of their values, or the loss that is `told`.
    """
    optimizer = of_the_same_kind(optimizer) if keeps_nothing else optimizer
    if attack_first:
        made = tf.stop_gradient(attack(model, x, y))
        attack = lambda *_: made  # noqa: E731
    values = [told(model, x, y, attack, mix)] if told else []
    chosen = [variable for variable in model.trainable_variables[variables] if chosen_by(variable)]
    waiting = []
    for loss in follows:
        with tf.GradientTape() as tape:
            value = loss(model, x, y, attack, mix)
        gradients = limit([direction(gradient) for gradient in tape.gradient(value, chosen)], len(x))
        waiting.append(list(zip(gradients, chosen, strict=True)))
        if not gradients_first:
            optimizer.apply_gradients(waiting.pop())
        values.append(value)
    for pairs in waiting:
        optimizer.apply_gradients(pairs)
    return float(follows[-1](model, x, y, attack, mix) if after else result(values))


def of_the_same_kind(optimizer: Any) -> Any:
    """A new optimizer with the same settings."""
    return type(optimizer).from_config(optimizer.get_config())


def in_a_row(**parts: Any) -> Callable[..., Any]:
    """A step of q2 that is wrong in these `parts`. Asked for several `times`, it answers as many losses."""

    def step(
        model: Any, optimizer: Any, x: Any, y: Any, attack: Any, mix: float, times: int | None = None
    ) -> float | list[float]:
        if times is None:
            return updated(model, optimizer, x, y, attack, mix, **parts)
        own = of_the_same_kind(optimizer)
        return [updated(model, own, x, y, attack, mix, **parts) for _ in range(times)]

    return step


TWO_UPDATES = "Your train_step makes two updates: make one, with the gradient of the mixed loss."
OTHER_GRADIENT = (
    "You return the mixed loss, but your update follows a part of it alone: take the gradient of the mixed loss."
)
of_clean, of_attacked = wrong(weights=lambda mix: (1.0, 0.0)), wrong(weights=lambda mix: (0.0, 1.0))
clean_part, attacked_part = wrong(weights=lambda mix: (1 - mix, 0.0)), wrong(weights=lambda mix: (0.0, mix))

LIMITED = "Your gradients are clipped before the update: give the optimizer the gradient as it is."
DIVIDED = "Your gradient is divided by the number of images once more: the loss is a mean already."
NO_BIASES = "Your update moves the kernels alone: update all of model.trainable_variables, the biases too."

TRAIN_STEP: list[Mistake] = [
    (LIMITED, in_a_row(limit=lambda gradients, n: tf.clip_by_global_norm(gradients, 1.0)[0])),
    (LIMITED, in_a_row(limit=lambda gradients, n: [tf.clip_by_norm(gradient, 1.0) for gradient in gradients])),
    (LIMITED, in_a_row(limit=lambda gradients, n: [tf.clip_by_value(gradient, -1.0, 1.0) for gradient in gradients])),
    (DIVIDED, in_a_row(limit=lambda gradients, n: [gradient / n for gradient in gradients])),
    (NO_BIASES, in_a_row(chosen_by=lambda variable: len(variable.shape) > 1)),
    (TWO_UPDATES, in_a_row(follows=(clean_part, attacked_part), result=sum, gradients_first=True)),
    (STOPPED, in_a_row(follows=(clean_part,), told=mixed)),
    (A_SHARE, in_a_row(follows=(of_a_share,))),
    (DIVERGENCE, in_a_row(follows=(divergence,))),
    ("Your loss is that after the update: return the one before it.", in_a_row(after=True)),
    (
        "Your update goes uphill: the optimizer subtracts what it is given, so give it the gradient.",
        in_a_row(direction=tf.negative),
    ),
    (
        "Your update follows the gradient's sign: give the optimizer the gradient itself. The sign is for attacks.",
        in_a_row(direction=tf.sign),
    ),
    (
        "Your train_step leaves the weights as they are: apply the gradients to the variables of the model itself.",
        in_a_row(follows=(), told=mixed),
    ),
    (TWO_UPDATES, in_a_row(follows=(mixed, mixed))),
    (TWO_UPDATES, in_a_row(follows=(clean_part, attacked_part), result=sum)),
    (TWO_UPDATES, in_a_row(follows=(clean_part, attacked_part), result=sum, attack_first=True)),
    (
        "Your optimizer keeps nothing from step to step, as if it were a new one each time: use the one that is given, "
        "which may have a momentum.",
        in_a_row(keeps_nothing=True),
    ),
    (SWAPPED, in_a_row(follows=(wrong(weights=lambda mix: (mix, 1 - mix)),))),
    (ONLY_ATTACKED, in_a_row(follows=(of_attacked,))),
    (ONLY_CLEAN, in_a_row(follows=(of_clean,))),
    (UNWEIGHTED, in_a_row(follows=(wrong(weights=lambda mix: (1.0, 1.0)),))),
    (SUMMED, in_a_row(follows=(wrong(mean=tf.reduce_sum),))),
    (THROUGH_ATTACK, in_a_row(follows=(wrong(stop=tf.identity),))),
    (NOT_TRAINING, in_a_row(follows=(wrong(training=(False, False)),))),
    (NO_PROBABILITIES, in_a_row(follows=(wrong(loss=logits_for_probabilities),))),
    (NO_PROBABILITIES, in_a_row(follows=(wrong(loss=logits_for_probabilities_of_one_hot),))),
    (OTHER_GRADIENT, in_a_row(follows=(of_clean,), told=mixed)),
    (OTHER_GRADIENT, in_a_row(follows=(of_attacked,), told=mixed)),
    ("Your update is right, but you return the clean loss: return the mixed one.", in_a_row(told=of_clean)),
    (
        "Your update is right, but you return the loss of the attacked images: return the mixed one.",
        in_a_row(told=of_attacked),
    ),
    ("Your update moves the last layer alone: update all trainable variables.", in_a_row(variables=slice(-2, None))),
]


def fitted(
    model: Any,
    optimizer: Any,
    x: Any,
    y: Any,
    attack: Any,
    mix: float,
    epochs: int,
    batch_size: int,
    seed: int,
    *,
    order: Callable[[int, int, int], Any] = lambda n, seed, epoch: np.random.default_rng([seed, epoch]).permutation(n),
    labels: Callable[[Any, int], Any] = lambda batch, n: batch,
    keep_rest: bool = True,
    attacked: str = "each batch",
    step: Callable[..., Any] = updated,
    forgets: bool = False,
    loss: Callable[[list[float], list[int]], float] = lambda losses, sizes: float(np.average(losses, weights=sizes)),
    loss_afterwards: bool = False,
    measure: Callable[..., float] = lambda model, x, y, attack, batch: accuracy(model, x, y),
    measured_before: bool = False,
    measured_first: bool = False,
    in_place: bool = True,
    mix_of: Callable[[float, int, int], float] = lambda mix, epoch, epochs: mix,
) -> dict[str, list[float]]:
    """q3, with everything in it that can be wrong."""
    before, optimizer = model.get_weights(), of_the_same_kind(optimizer)
    x, y = np.asarray(x), np.asarray(y)
    history: dict[str, list[float]] = {"loss": [], "accuracy": []}
    x_adv = np.asarray(attack(model, x, y)) if attacked == "once" else x
    for epoch in range(epochs):
        x_adv = np.asarray(attack(model, x, y)) if attacked == "each epoch" else x_adv
        optimizer = of_the_same_kind(optimizer) if forgets else optimizer
        shuffled, losses, sizes = order(len(x), seed, epoch), [], []
        numbers, first = [0.0], accuracy(model, x, y) if measured_first else 0.0
        for start in range(0, len(x) if keep_rest else len(x) - len(x) % batch_size, batch_size):
            batch = shuffled[start : start + batch_size]
            made = attack if attacked == "each batch" else lambda *_, images=x_adv[batch]: images
            numbers.append(measure(model, x, y, attack, batch) if measured_before else 0.0)
            now = mix_of(mix, epoch, epochs)
            losses.append(step(model, optimizer, x[batch], y[labels(batch, len(x))], made, now))
            sizes.append(len(batch))
        if not sizes:  # the only batch was a short one
            return {"loss": [0.0] * epochs, "accuracy": [accuracy(model, x, y)] * epochs}
        now = float(mixed(model, x, y, attack, mix)) if loss_afterwards else loss(losses, sizes)
        history["loss"].append(now)
        if measured_before:
            history["accuracy"].append(float(np.average(numbers[1:], weights=sizes)))
        else:
            history["accuracy"].append(first if measured_first else measure(model, x, y, attack, batch))
    if not in_place:
        model.set_weights(before)
    return history


def badly(**parts: Any) -> Callable[..., Any]:
    """A loop of q3 that is wrong in these `parts`."""
    return lambda *args: fitted(*args, **parts)


def added_up(*args: Any) -> dict[str, list[float]]:
    """q3 with a metric of the loss that is never reset: each is the mean of all epochs so far."""
    history = fitted(*args)
    return {**history, "loss": [float(np.mean(history["loss"][: 1 + i])) for i in range(len(history["loss"]))]}


TOO_EARLY = (
    "Your accuracy is measured before all of the epoch's updates: measure it on all of x when the epoch is over."
)
STALE = (
    "Your attack is made on weights of the past: make it anew for each batch, on the weights that the model has then."
)

WARMS_UP = "Your mix changes from epoch to epoch: use the one that is given in all of them."

ADVERSARIAL_FIT: list[Mistake] = [
    (WARMS_UP, badly(mix_of=lambda mix, epoch, epochs: mix * (epoch + 1) / epochs)),
    (WARMS_UP, badly(mix_of=lambda mix, epoch, epochs: mix * epoch / epochs)),
    (WARMS_UP, badly(mix_of=lambda mix, epoch, epochs: mix * epoch / max(epochs - 1, 1))),
    ("Your loop drops the last, short batch: every image is used once in each epoch.", badly(keep_rest=False)),
    (
        "Your images come in the order in which they are given: draw another one for each epoch.",
        badly(order=lambda n, seed, epoch: np.arange(n)),
    ),
    (
        "Your order is the same in every epoch: draw a new one for each.",
        badly(order=lambda n, seed, epoch: np.random.default_rng(seed).permutation(n)),
    ),
    (
        "Your order is another one when asked again with the same seed: it follows from `seed` alone.",
        badly(order=lambda n, seed, epoch: np.random.default_rng().permutation(n)),
    ),
    (
        "Your order does not depend on the seed.",
        badly(order=lambda n, seed, epoch: np.random.default_rng(epoch).permutation(n)),
    ),
    (
        "Your loop does not use every image exactly once in each epoch: draw an order, and cut it into batches.",
        badly(order=lambda n, seed, epoch: np.random.default_rng([seed, epoch]).integers(n, size=n)),
    ),
    (
        "Your images and labels are shuffled apart: an image must keep its label.",
        badly(labels=lambda batch, n: n - 1 - batch),
    ),
    (
        "Your loss is the mean of the batches' losses: a short batch counts by its images, which are fewer.",
        badly(loss=lambda losses, sizes: float(np.mean(losses))),
    ),
    (
        "Your loss is that of the epoch's last batch: take the mean over all its images.",
        badly(loss=lambda losses, sizes: losses[-1]),
    ),
    (
        "Your loss is the mean of all epochs so far, as that of a metric that is not reset: start each epoch anew.",
        added_up,
    ),
    (
        "Your loss is a sum over the images: take their mean.",
        badly(loss=lambda losses, sizes: float(np.dot(losses, sizes))),
    ),
    (
        "Your loss is measured after the weights have moved: it is the mean of what the images were trained with.",
        badly(loss_afterwards=True),
    ),
    (STALE, badly(attacked="once")),
    (STALE, badly(attacked="each epoch")),
    (SWAPPED, badly(step=in_a_row(follows=(wrong(weights=lambda mix: (mix, 1 - mix)),)))),
    (ONLY_ATTACKED, badly(step=in_a_row(follows=(of_attacked,)))),
    (ONLY_CLEAN, badly(step=in_a_row(follows=(of_clean,)))),
    (
        "Your optimizer is made anew on the way and forgets its momentum: use the one that is given, all along.",
        badly(forgets=True),
    ),
    (
        "Your accuracy is that on attacked images: measure it on the clean ones.",
        badly(measure=lambda model, x, y, attack, batch: accuracy(model, attack(model, x, y), y)),
    ),
    (
        "Your accuracy is measured in training mode: say training=False.",
        badly(measure=lambda model, x, y, attack, batch: accuracy(model, x, y, training=True)),
    ),
    (
        TOO_EARLY,
        badly(measured_before=True, measure=lambda model, x, y, attack, batch: accuracy(model, x[batch], y[batch])),
    ),
    (TOO_EARLY, badly(measured_first=True)),
    (
        "Your accuracy is that of the epoch's last batch: measure it on all of x.",
        badly(measure=lambda model, x, y, attack, batch: accuracy(model, x[batch], y[batch])),
    ),
    (
        "Your accuracies are no shares: return numbers between 0 and 1, not percentages or counts.",
        badly(measure=lambda model, x, y, attack, batch: 100 * accuracy(model, x, y)),
    ),
    (
        "Your adversarial_fit leaves the model as it was: train the one that is given, in place.",
        badly(in_place=False),
    ),
]


def augmented(
    model: Any,
    x: Any,
    y: Any,
    attack: Any,
    seed: int,
    *,
    order: Callable[[int, int], Any] = lambda n, seed: np.random.default_rng(seed).permutation(2 * n),
    labels: Callable[[Any], Any] = lambda order: order,
    copies: Callable[[Any, Any], tuple[Any, Any]] = lambda clean, attacked: (clean, attacked),
    leaked: bool = False,
    predicts: bool = False,
) -> tuple[Any, Any]:
    """q4, with everything in it that can be wrong."""
    x, y = np.asarray(x), np.asarray(y)
    attacked = np.asarray(attack(model, x, predicted(model, x) if leaked else y))
    x_all = np.concatenate(copies(x, attacked))
    y_all = np.concatenate([y, np.asarray(predicted(model, attacked)) if predicts else y])
    if order is None:
        return x_all, y_all
    chosen = order(len(x), seed)
    return x_all[chosen], y_all[labels(chosen)]


def augmenting(**parts: Any) -> Callable[..., Any]:
    """A q4 that is wrong in these `parts`."""
    return lambda *args: augmented(*args, **parts)


def halves(n: int, seed: int) -> Any:
    """An order in which all clean images come first."""
    random = np.random.default_rng(seed)
    return np.concatenate([random.permutation(n), n + random.permutation(n)])


UNSHUFFLED = "Your clean and attacked images are not shuffled together: draw one order for all 2n of them."

AUGMENT: list[Mistake] = [
    (UNSHUFFLED, augmenting(order=lambda n, seed: np.arange(2 * n))),
    (UNSHUFFLED, augmenting(order=halves)),
    (UNSHUFFLED, augmenting(order=lambda n, seed: np.stack([np.arange(n), n + np.arange(n)], axis=1).ravel())),
    (
        "Your images and labels are shuffled apart: an image must keep its label.",
        augmenting(labels=lambda order: order[::-1]),
    ),
    (
        "Your order does not depend on the seed.",
        augmenting(order=lambda n, seed: np.random.default_rng(0).permutation(2 * n)),
    ),
    (
        two_answers("augment", seeded=True),
        augmenting(order=lambda n, seed: np.random.default_rng().permutation(2 * n)),
    ),
    (
        "Your x_all holds the attacked images alone: it holds the clean ones as well.",
        augmenting(copies=lambda clean, attacked: (attacked, attacked)),
    ),
    (
        "Your x_all holds the clean images twice: one copy is attacked.",
        augmenting(copies=lambda clean, attacked: (clean, clean)),
    ),
    (
        "Your x_all has n images: each one occurs twice, as it is and attacked, so there are 2n.",
        augmenting(order=lambda n, seed: n + np.random.default_rng(seed).permutation(n)),
    ),
    ("Your attack was given other labels: give it the true ones, y.", augmenting(leaked=True)),
    ("Your attacked images have other labels: an attacked image keeps its true label.", augmenting(predicts=True)),
]


def tabled(
    undefended: Any,
    defended: Any,
    x: Any,
    y: Any,
    attacks: Any,
    *,
    columns: tuple[str, str, str] = ("uu", "ud", "dd"),
    number: Callable[[float, int], float] = lambda share, n: share,
    leaked: bool = False,
    in_a_chain: str = "",
    columns_outside: bool = False,
) -> dict[str, dict[str, float]]:
    """q5, with everything in it that can be wrong. A column's two letters: who the images are made on, who reads."""
    models, table = {"u": undefended, "d": defended}, {}
    begin = dict.fromkeys(models, np.asarray(x))
    for name, attack in attacks.items():
        made = {
            maker: np.asarray(attack(model, begin[maker], predicted(model, begin[maker]) if leaked else y))
            for maker, model in models.items()
        }
        made["c"] = np.asarray(x)
        shares = [number(accuracy(models[column[1]], made[column[0]], y), len(x)) for column in columns]
        table[name] = dict(zip(("undefended", "transfer", "white_box"), shares, strict=True))
        if in_a_chain:  # "u" or "d": both go on from the images made on that network; "each": each from its own
            begin = {maker: made[maker if in_a_chain == "each" else in_a_chain] for maker in models}
    if columns_outside:
        return {column: {name: row[column] for name, row in table.items()} for column in table[name]}
    return table


def of_last_attack(*args: Any) -> dict[str, dict[str, float]]:
    """q5 with every row about the attack that comes last."""
    table = tabled(*args)
    return dict.fromkeys(table, list(table.values())[-1])


def of_fooling_images(undefended: Any, defended: Any, x: Any, y: Any, attacks: Any) -> dict[str, dict[str, float]]:
    """q5 whose transfer counts only those images that fool the undefended network."""
    table = tabled(undefended, defended, x, y, attacks)
    for name, attack in attacks.items():
        images = np.asarray(attack(undefended, x, y))
        fooled = np.asarray(predicted(undefended, images)) != np.asarray(y)
        table[name]["transfer"] = accuracy(defended, images[fooled], np.asarray(y)[fooled]) if fooled.any() else 1.0
    return table


def tabling(**parts: Any) -> Callable[..., Any]:
    """A q5 that is wrong in these `parts`."""
    return lambda *args: tabled(*args, **parts)


NO_SHARES = "Your numbers are percentages or counts: return shares between 0 and 1."

ADD_UP = "Your attacks add up: start each one from the clean images."

ROBUSTNESS_TABLE: list[Mistake] = [
    (ADD_UP, tabling(in_a_chain="each")),
    (ADD_UP, tabling(in_a_chain="d")),
    (
        "Your columns transfer and white_box are swapped: for transfer the images are made on the undefended network.",
        tabling(columns=("uu", "dd", "ud")),
    ),
    (
        "Your transfer goes the other way: the images are made on the undefended network and read by the defended one.",
        tabling(columns=("uu", "du", "dd")),
    ),
    (
        "Your white_box is by transfer as well: make its images on the defended network.",
        tabling(columns=("uu", "ud", "ud")),
    ),
    (
        "Your transfer is white-box as well: make its images on the undefended network.",
        tabling(columns=("uu", "dd", "dd")),
    ),
    (
        "Your white_box is read by the undefended network: the defended one reads it.",
        tabling(columns=("uu", "ud", "du")),
    ),
    ("Your column undefended is read by the defended network.", tabling(columns=("ud", "ud", "dd"))),
    ("Your two networks are swapped in all columns.", tabling(columns=("dd", "du", "uu"))),
    ("Your column undefended holds the clean accuracy: attack the images first.", tabling(columns=("cu", "ud", "dd"))),
    (NO_SHARES, tabling(number=lambda share, n: 100 * share)),
    (NO_SHARES, tabling(number=lambda share, n: n * share)),
    ("Your numbers are error rates: return the share that is right.", tabling(number=lambda share, n: 1 - share)),
    ("Your attack was given the labels that the network reads: give it the true ones, y.", tabling(leaked=True)),
    ("Your attacks add up: start each one from the clean images.", tabling(in_a_chain="u")),
    (
        "Your rows are all about the last attack: does one dict, made before the loop, serve for every row, or does a "
        "function made in the loop use the loop's variable too late?",
        of_last_attack,
    ),
    (
        "Your transfer counts only the images that fool the undefended network: divide by all of them.",
        of_fooling_images,
    ),
    (
        "Your table is nested the other way round: it holds a row for each attack, and in it the three accuracies.",
        tabling(columns_outside=True),
    ),
]


def started(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    seed: int,
    start: Any = None,
    *,
    draw: Callable[[Any, tuple[int, ...]], Any] = lambda random, shape: random.uniform(-1, 1, shape),
    any_seed: Callable[[int], int | None] = lambda seed: seed,
    gradient_at_x: bool = False,
    step: Callable[[float, float], float] = lambda eps, step_size: step_size,
    direction: Callable[[Any], Any] = tf.sign,
    from_x: bool = False,
    into_ball: bool = True,
    around_start: bool = False,
    into_range: bool = True,
    labels: Callable[..., Any] = lambda model, x, y: y,
    training: bool = False,
) -> Any:
    """q6, with everything in it that can be wrong; `start`, if it is given, stands for the one that is drawn."""
    x = tf.cast(x, tf.float32)
    if start is None:
        delta = draw(np.random.default_rng(any_seed(seed)), tuple(x.shape)) * eps
        start = x + tf.constant(delta, tf.float32)
        start = tf.clip_by_value(start, 0.0, 1.0) if into_range else start
    place = x if gradient_at_x else tf.convert_to_tensor(start)
    with tf.GradientTape() as tape:
        tape.watch(place)
        losses = cross_entropy(labels(model, x, y), read(model, place, training))
    way = step(eps, step_size) * direction(tape.gradient(losses, place))
    moved = (x if from_x else start) + way
    middle = start if around_start else x
    moved = tf.clip_by_value(moved, middle - eps, middle + eps) if into_ball else moved
    return tf.clip_by_value(moved, 0.0, 1.0) if into_range else moved


def starting(**parts: Any) -> Callable[..., Any]:
    """A q6 that is wrong in these `parts`."""
    return lambda *args: started(*args, **parts)


FGSM_RANDOM_START: list[Mistake] = [
    (
        "With step_size 0 your images are x: the step begins at a start that is drawn at random from the ball.",
        starting(draw=lambda random, shape: np.zeros(shape)),
    ),
    (
        two_answers("fgsm_random_start", seeded=True),
        starting(any_seed=lambda seed: None),
    ),
    ("Your start does not depend on the seed.", starting(any_seed=lambda seed: 0)),
    (
        "Your start moves all images of the batch alike: draw for each image.",
        starting(draw=lambda random, shape: np.broadcast_to(random.uniform(-1, 1, shape[1:]), shape)),
    ),
    (
        "Your start moves all pixels of an image alike: draw for each pixel.",
        starting(draw=lambda random, shape: np.broadcast_to(random.uniform(-1, 1, (shape[0], 1, 1, 1)), shape)),
    ),
    (
        "Your start lies in the ball's corners: draw uniformly between −eps and eps, not one of the two.",
        starting(draw=lambda random, shape: random.choice([-1.0, 1.0], shape)),
    ),
    (
        "Your start only makes pixels brighter: draw between −eps and eps.",
        starting(draw=lambda random, shape: random.uniform(0, 1, shape)),
    ),
    (
        "Your start is drawn from a smaller ball: its pixels move by up to eps.",
        starting(draw=lambda random, shape: random.uniform(-0.5, 0.5, shape)),
    ),
    (
        "Your start is not drawn uniformly from [−eps, eps]: every change in there is equally likely.",
        starting(draw=lambda random, shape: np.clip(random.normal(0, 0.5, shape), -1, 1)),
    ),
    ("Your gradient is taken at x: take it at the start.", starting(gradient_at_x=True)),
    (
        "Your step is added to x: add it to the start, which serves for more than the gradient.",
        starting(from_x=True),
    ),
    (
        "Your images leave the ball: after the step, bring each pixel back to within eps of x.",
        starting(into_ball=False),
    ),
    ("Your ball is the one around the start: it is around x.", starting(around_start=True)),
    ("Your step goes to where the loss falls: add the sign.", starting(direction=lambda g: -tf.sign(g))),
    ("Your step is along the gradient itself: take its sign.", starting(direction=tf.identity)),
    (
        "Your step is equally long whatever step_size is: eps bounds the images, step_size is the step's length.",
        starting(step=lambda eps, step_size: eps),
    ),
    (
        "Your labels were taken from the network's predictions: use the labels y that are given.",
        starting(labels=lambda model, x, y: predicted(model, x)),
    ),
    (
        "fgsm_random_start returned pixels outside [0, 1], which no camera gives. Clip the image, after the step.",
        starting(into_range=False),
    ),
]

MISTAKES: dict[str, list[Mistake]] = {
    "adversarial_loss": ADVERSARIAL_LOSS,
    "train_step": TRAIN_STEP,
    "adversarial_fit": ADVERSARIAL_FIT,
    "augment": AUGMENT,
    "robustness_table": ROBUSTNESS_TABLE,
    "fgsm_random_start": FGSM_RANDOM_START,
}
