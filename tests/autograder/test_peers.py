"""What CleverHans and Keras work out is worked out once; and not from memory when something has changed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autograder.grading.digest import digest_of
from autograder.grading.peers import remembering


def network() -> keras.Model:
    return keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])


def counted() -> tuple[Any, list[int]]:
    calls: list[int] = []

    def attack(model_fn: Any, x: Any, eps: float, rand_init: bool | None = None) -> Any:
        calls.append(1)
        return tf.constant(x) + eps * tf.reduce_sum(model_fn(x))

    return remembering(attack), calls


def test_an_attack_is_computed_once_for_the_same_arguments() -> None:
    attack, calls = counted()
    model, x = network(), np.ones((2, 4), np.float32)
    first = np.array(attack(model, x, 0.1))
    assert np.array_equal(attack(model, tf.constant(x), eps=0.1), first)
    assert len(calls) == 1
    attack(model, x, 0.2)
    model.set_weights([weight + 1 for weight in model.get_weights()])
    attack(model, x, 0.1)
    assert len(calls) == 3


def test_what_is_drawn_at_random_or_may_hold_state_is_computed_each_time() -> None:
    attack, calls = counted()
    x = np.ones((2, 4), np.float32)
    model = network()
    for _ in range(2):
        attack(model, x, 0.1, rand_init=True)
        attack(lambda x: model(x), x, 0.1)
    assert len(calls) == 4


def test_a_digest_notices_what_changes_in_a_model_beside_its_weights() -> None:
    model = network()
    before = digest_of(model)
    model.layers[0].trainable = False
    assert digest_of(model) != before
    model.layers[0].trainable = True
    assert digest_of(model) == before
