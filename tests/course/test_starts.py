"""Random starts: uniform ones pass whatever drew them, others are told what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from course import starts
from course.checks import CheckFailed
from course.draw import Draw

EPS = 0.2
LEVEL = 0.4
SHAPE = (starts.IMAGES, 28, 28, 1)


def start(noise: Any) -> Any:
    return np.asarray(LEVEL + noise, np.float32)


UNIFORM: dict[str, Callable[[int], Any]] = {
    "NumPy": lambda seed: np.random.default_rng(seed).uniform(-EPS, EPS, SHAPE),
    "old NumPy": lambda seed: EPS * (2 * np.random.RandomState(seed).rand(*SHAPE) - 1),
    "stateless": lambda seed: tf.random.stateless_uniform(SHAPE, (seed, 0), -EPS, EPS),
    "generator": lambda seed: tf.random.Generator.from_seed(seed).uniform(SHAPE, -EPS, EPS),
}


@pytest.mark.parametrize("generator", UNIFORM)
@pytest.mark.parametrize("seed", range(10))
def test_a_uniform_start_passes(generator: str, seed: int) -> None:
    starts.expect_uniform_start(start(UNIFORM[generator](seed)), start(np.zeros(SHAPE)), EPS)


def in_unit_length(noise: Any) -> Any:
    return noise / np.linalg.norm(noise.reshape(len(noise), -1), axis=1).reshape(-1, 1, 1, 1)


random = np.random.default_rng(1)
NOT_UNIFORM: dict[str, tuple[Any, str]] = {
    "none": (np.zeros(SHAPE), starts.NOT_DRAWN),
    "rounding": (np.full(SHAPE, 1e-8), starts.NOT_DRAWN),
    "too far": (random.uniform(-2 * EPS, 2 * EPS, SHAPE), starts.TOO_FAR),
    "one image for all": (np.broadcast_to(random.uniform(-EPS, EPS, SHAPE[1:]), SHAPE), starts.ONE_FOR_ALL),
    "one number an image": (
        np.broadcast_to(random.uniform(-EPS, EPS, (SHAPE[0], 1, 1, 1)), SHAPE),
        starts.ONE_FOR_AN_IMAGE,
    ),
    "rows": (np.broadcast_to(random.uniform(-EPS, EPS, (SHAPE[0], 1, 28, 1)), SHAPE), starts.SHARED),
    "the last batch of 64 repeats the first": (
        random.uniform(-EPS, EPS, SHAPE)[np.arange(starts.IMAGES) % 64],
        starts.SHARED,
    ),
    "signs": (random.choice([-EPS, EPS], SHAPE), starts.CORNERS),
    "clipped normal": (np.clip(random.normal(0, EPS, SHAPE), -EPS, EPS), starts.NOT_UNIFORM),
    "normal": (np.clip(random.normal(0, EPS / 3, SHAPE), -EPS, EPS), starts.NOT_UNIFORM),
    "upwards": (random.uniform(0, EPS, SHAPE), starts.UPWARDS),
    "half": (random.uniform(-EPS / 2, EPS / 2, SHAPE), starts.NARROW),
    "a tenth": (random.uniform(-EPS / 10, EPS / 10, SHAPE), starts.NARROW),
    "of 0.9": (random.uniform(-0.9 * EPS, 0.9 * EPS, SHAPE), starts.NARROW),
    "of the L2 norm": (EPS * in_unit_length(random.normal(0, 1, SHAPE)), starts.L2_BALL),
}


@pytest.mark.parametrize("wrong", NOT_UNIFORM)
def test_another_start_is_told_what_is_wrong(wrong: str) -> None:
    noise, sentence = NOT_UNIFORM[wrong]
    with pytest.raises(CheckFailed) as failed:
        starts.expect_uniform_start(start(noise), start(np.zeros(SHAPE)), EPS)
    assert failed.value.hint == sentence


def test_a_start_is_projected() -> None:
    x = Draw(1).images(starts.IMAGES)
    drawn = (x + random.uniform(-EPS, EPS, SHAPE)).astype(np.float32)
    starts.expect_projected_start(np.clip(drawn, 0, 1), x, EPS)
    grey = np.full_like(x, LEVEL)
    starts.expect_projected_start(np.clip(grey, 0, 1), grey, EPS)  # no pixel is black or white: nothing to count
    within = random.uniform(np.maximum(x - EPS, 0), np.minimum(x + EPS, 1)).astype(np.float32)
    for wrong, sentence in (
        (drawn, starts.OUTSIDE),
        (np.clip(x + 2 * (drawn - x), 0, 1), starts.TOO_FAR),
        (within, starts.NOT_PROJECTED),
    ):
        with pytest.raises(CheckFailed) as failed:
            starts.expect_projected_start(wrong, x, EPS)
        assert failed.value.hint == sentence


def test_a_start_follows_its_seed_and_nothing_else() -> None:
    one, other = (start(UNIFORM["NumPy"](seed)) for seed in (1, 2))
    starts.expect_same_start(one, one.copy(), one.copy())
    starts.expect_another_start(one, other)
    for again, with_other_labels, sentence in ((other, one, starts.UNSEEDED), (one, other, starts.STEPPED)):
        with pytest.raises(CheckFailed) as failed:
            starts.expect_same_start(one, again, with_other_labels)
        assert failed.value.hint == sentence
    with pytest.raises(CheckFailed) as failed:
        starts.expect_another_start(one, one)
    assert failed.value.hint == starts.SEED_IGNORED
