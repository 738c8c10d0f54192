"""The same four attacks, with the same parameters, as the public libraries have them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import keras
import numpy as np

Run = Callable[[], Any]  # one attack on all the images, ready to be timed

DECAY = 1.0  # of MIM's momentum


class Setting(NamedTuple):
    """An attack's parameters, in pixel units of [0, 1]."""

    eps: float
    step_size: float
    steps: int


SETTINGS = {
    "FGSM": Setting(0.23, 0.23, 1),
    "BIM": Setting(0.3, 0.03, 10),
    "PGD": Setting(0.3, 0.01, 40),
    "MIM": Setting(0.3, 0.03, 10),
}


def cleverhans_attacks(model: Any, x: Any, y: Any) -> dict[str, Run]:
    """CleverHans for TensorFlow 2; its checks of the images' range are off."""
    from cleverhans.tf2.attacks.basic_iterative_method import basic_iterative_method
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method
    from cleverhans.tf2.attacks.momentum_iterative_method import momentum_iterative_method
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

    common = {"norm": np.inf, "clip_min": 0.0, "clip_max": 1.0, "y": y, "sanity_checks": False}
    return {
        "FGSM": partial(fast_gradient_method, model, x, SETTINGS["FGSM"].eps, **common),
        "BIM": partial(basic_iterative_method, model, x, *SETTINGS["BIM"], **common),
        "PGD": partial(projected_gradient_descent, model, x, *SETTINGS["PGD"], rand_init=True, **common),
        "MIM": partial(momentum_iterative_method, model, x, *SETTINGS["MIM"], decay_factor=DECAY, **common),
    }


def art_attacks(model: Any, x: Any, y: Any) -> dict[str, Run]:
    """The Adversarial Robustness Toolbox, all images in one batch; it takes NumPy arrays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it names each framework that is not installed
        from art.attacks.evasion import BasicIterativeMethod, FastGradientMethod, ProjectedGradientDescent
        from art.estimators.classification import TensorFlowV2Classifier

    logging.getLogger("art").setLevel(logging.ERROR)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier = TensorFlowV2Classifier(model, 10, x.shape[1:], loss_object=loss, clip_values=(0.0, 1.0))

    def iterated(kind: Any, name: str, **more: Any) -> Any:
        eps, step_size, steps = SETTINGS[name]
        return kind(classifier, eps=eps, eps_step=step_size, max_iter=steps, batch_size=len(x), verbose=False, **more)

    attacks = {
        "FGSM": FastGradientMethod(classifier, eps=SETTINGS["FGSM"].eps, batch_size=len(x)),
        "BIM": iterated(BasicIterativeMethod, "BIM"),
        "PGD": iterated(ProjectedGradientDescent, "PGD", num_random_init=1),
    }
    return {name: partial(attack.generate, x.numpy(), y.numpy()) for name, attack in attacks.items()}


def foolbox_attacks(model: Any, x: Any, y: Any) -> dict[str, Run]:
    """Foolbox: its attacks' `run`, without the second look at the result that calling them takes."""
    from foolbox import TensorFlowModel
    from foolbox.attacks import LinfBasicIterativeAttack, LinfFastGradientAttack, LinfProjectedGradientDescentAttack

    network = TensorFlowModel(model, bounds=(0, 1))

    def iterated(kind: Any, name: str, random_start: bool) -> Any:
        _, step_size, steps = SETTINGS[name]
        return kind(abs_stepsize=step_size, steps=steps, random_start=random_start)

    attacks = {
        "FGSM": LinfFastGradientAttack(random_start=False),
        "BIM": iterated(LinfBasicIterativeAttack, "BIM", random_start=False),
        "PGD": iterated(LinfProjectedGradientDescentAttack, "PGD", random_start=True),
    }
    return {name: partial(attack.run, network, x, y, epsilon=SETTINGS[name].eps) for name, attack in attacks.items()}
