"""What known mistakes of several questions share: the loss of q1 and the step of q2, which later ones build on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

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


def logits_for_probabilities(labels: Any, logits: Any) -> Any:
    """Cross-entropy as Keras computes it from what it is told are probabilities."""
    return keras.losses.sparse_categorical_crossentropy(labels, logits)


def logits_for_probabilities_of_one_hot(labels: Any, logits: Any) -> Any:
    """The same for labels one-hot, where Keras divides by the sum before it clips."""
    return keras.losses.categorical_crossentropy(tf.one_hot(labels, logits.shape[-1]), logits)


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


HALVES = "Your two losses count half each, whatever mix is: weight them with 1 − mix and mix."
SWAPPED = (
    "Your weights are swapped: the clean loss is weighted with 1 − mix and the loss on the attacked images with mix."
)
ONLY_ATTACKED = "Your loss is that of the attacked images alone: the clean ones have a part of 1 − mix in it."
ONLY_CLEAN = "Your loss is that of the clean images alone: the attacked ones have a part of mix in it."
UNWEIGHTED = "Your two losses are added without weights: they are weighted with 1 − mix and mix."
SUMMED = "Your losses are summed over the images: take their mean."
THROUGH_ATTACK = (
    "A gradient flows back through your attacked images into the weights: they count as constants, as if they came "
    "from a file. tf.stop_gradient makes them so."
)
NOT_TRAINING = "Your network is not in training mode: both passes are made with training=True."
NO_PROBABILITIES = "Your loss takes the network's logits for probabilities: say from_logits=True where you compute it."

A_SHARE = "Your mix is the share of the images that are attacked: all of them are, and mix weights the two mean losses."
DIVERGENCE = (
    "Your second part compares the answers to attacked and to clean images, as TRADES does: it is the cross-entropy of "
    "the attacked images with their labels y."
)


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


of_clean, of_attacked = wrong(weights=lambda mix: (1.0, 0.0)), wrong(weights=lambda mix: (0.0, 1.0))
