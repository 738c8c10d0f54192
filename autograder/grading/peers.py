"""CleverHans on the trusted side: what it answered once to the same arguments is not computed for every submission."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading.digest import NoDigestError, digest_of

ANSWERED = {
    "cleverhans.tf2.utils": "compute_gradient",
    "cleverhans.tf2.attacks.fast_gradient_method": "fast_gradient_method",
    "cleverhans.tf2.attacks.basic_iterative_method": "basic_iterative_method",
    "cleverhans.tf2.attacks.momentum_iterative_method": "momentum_iterative_method",
    "cleverhans.tf2.attacks.projected_gradient_descent": "projected_gradient_descent",
}
MOST_ANSWERS, MOST_BYTES = 512, 1 << 20

Attack = Callable[..., Any]


def remember_cleverhans() -> None:
    """From here on, CleverHans' attacks remember what they answered, as long as nothing in it is drawn at random.

    How they call each other stays as it is: they know each other's functions by then.
    """
    modules = {name: importlib.import_module(name) for name in ANSWERED}
    for name, function in ANSWERED.items():
        original = getattr(modules[name], function)
        if not hasattr(original, "__wrapped__"):
            setattr(modules[name], function, remembering(original))


def remembering(attack: Attack) -> Attack:
    """`attack`, which answers with a tensor, from memory where it was asked the same: the last few hundred answers."""
    signature = inspect.signature(attack)
    memory: OrderedDict[str, np.ndarray] = OrderedDict()

    @functools.wraps(attack)
    def remembered(*args: Any, **keywords: Any) -> Any:
        arguments = signature.bind(*args, **keywords).arguments
        try:
            key = "" if arguments.get("rand_init") else digest_of(list(arguments), list(arguments.values()))
        except NoDigestError:
            key = ""
        if key not in memory:
            answer = attack(*args, **keywords)
            kept = np.array(answer)
            if not key or kept.nbytes > MOST_BYTES:
                return answer
            memory[key] = kept
            if len(memory) > MOST_ANSWERS:
                memory.popitem(last=False)
        memory.move_to_end(key)
        return tf.constant(memory[key])

    return remembered
