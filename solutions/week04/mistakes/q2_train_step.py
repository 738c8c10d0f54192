"""Known mistakes of q2, train_step."""

from __future__ import annotations

import tensorflow as tf

from .common import (
    A_SHARE,
    DIVERGENCE,
    HALVES,
    NO_PROBABILITIES,
    NOT_TRAINING,
    ONLY_ATTACKED,
    ONLY_CLEAN,
    SUMMED,
    SWAPPED,
    THROUGH_ATTACK,
    UNWEIGHTED,
    Mistake,
    divergence,
    in_a_row,
    logits_for_probabilities,
    logits_for_probabilities_of_one_hot,
    mixed,
    of_a_share,
    of_attacked,
    of_clean,
    wrong,
)

STOPPED = (
    "Your stop_gradient holds back the gradient of the loss on the attacked images, so that nothing is learnt from "
    "them: stop the gradient of the images, tf.stop_gradient(attack(model, x, y)), and of nothing else."
)
TWO_UPDATES = "Your train_step makes two updates: make one, with the gradient of the mixed loss."
OTHER_GRADIENT = (
    "You return the mixed loss, but your update follows a part of it alone: take the gradient of the mixed loss."
)
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
    (HALVES, in_a_row(follows=(wrong(weights=lambda mix: (0.5, 0.5)),))),
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

MISTAKES = {"train_step": TRAIN_STEP}
