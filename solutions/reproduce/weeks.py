"""The weeks' solutions, loaded from their files, and the attacks that are made of them."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf

from course.measures import Attack, logits, predictions

SOLUTIONS = Path(__file__).resolve().parent.parent
RESTARTS = 5
WORST = "PGD-40, worst of 10"
SEED = 0
_FAR = 100.0


@dataclass(frozen=True)
class Weeks:
    """The reference modules of weeks 1 to 4; `digest` changes when one of their files does."""

    one: ModuleType
    two: ModuleType
    three: ModuleType
    four: ModuleType
    digest: str


def load_weeks(solutions: Path = SOLUTIONS) -> Weeks:
    """Load `week01.py` to `week04.py`.

    Raises:
        FileNotFoundError: one of them is not there.
    """
    files = [solutions / name / f"{name}.py" for name in ("week01", "week02", "week03", "week04")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    one, two, three, four = map(_load, files)
    return Weeks(one, two, three, four, digest)


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"reproduce_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table_attacks(weeks: Weeks) -> dict[str, Attack]:
    """The columns of the table: each name with its attack `(model, x, y) -> images`, white-box, L∞."""

    def worst_of_all(model: Any, x: Any, y: Any) -> Any:
        return worst_case(weeks, model, x, y)

    return {
        "clean": lambda model, x, y: x,
        "FGSM 0.23": lambda model, x, y: weeks.one.fgsm(model, x, y, 0.23),
        "MIM 0.3": lambda model, x, y: weeks.two.mim(model, x, y, 0.3, 0.03, 10, 1.0),
        "PGD-40": lambda model, x, y: weeks.two.pgd(model, x, y, 0.3, 0.01, 40, SEED),
        WORST: worst_of_all,
    }


def worst_case(weeks: Weeks, model: Any, x: Any, y: Any) -> Any:
    """For each image the first of 10 PGD-40 runs that fools the network: 5 random starts, two losses.

    Cross-entropy vanishes where a network is very sure, and with it the gradient's sign; the margin between the
    label's logit and the largest other one does not. A defence that only hides gradients is found out by it.
    """
    found, y = np.array(x, np.float32), np.asarray(y)
    left = np.flatnonzero(predictions(model, x) == y)
    for run in range(2 * RESTARTS):
        if not len(left):
            break
        images, labels = found[left], y[left]
        if run % 2:
            target, classes = margin_view(model, labels), np.zeros_like(labels)
        else:
            target, classes = model, labels
        attacked = np.asarray(weeks.two.pgd(target, images, classes, 0.3, 0.01, 40, SEED + run // 2))
        fooled = predictions(model, attacked) != labels
        found[left[fooled]] = attacked[fooled]
        left = left[~fooled]
    return found


def margin_view(model: Any, y: Any) -> Any:
    """A two-class view of `model` whose cross-entropy for class 0 is the margin of the labels `y`, plus a constant.

    Its logits are z_y − 100 and the largest other z. The cross-entropy of class 0, log(1 + exp(margin + 100)) with
    margin = max_{j≠y} z_j − z_y, is margin + 100 up to rounding unless the margin is below −90 or so. Any attack that
    climbs the cross-entropy climbs the margin, then.
    """
    label = tf.one_hot(y, 10)

    def view(images: Any) -> Any:
        answers = model(images, training=False)
        own = tf.reduce_sum(label * answers, axis=1)
        other = tf.reduce_max(answers - 1e9 * label, axis=1)
        return tf.stack([own - _FAR, other], axis=1)

    return view


def adaptive_against(weeks: Weeks, transform: Any) -> Attack:
    """BPDA through `transform`, eps 0.3, 60 steps of 0.01; then of 0.03 for the images that withstood."""

    def attack(model: Any, x: Any, y: Any) -> Any:
        defended = weeks.three.defend(model, transform)
        found, y = np.array(x, np.float32), np.asarray(y)
        for step_size in (0.01, 0.03):
            left = np.flatnonzero(logits(defended, found).argmax(axis=1) == y)
            if len(left):
                images = np.asarray(x)[left]
                found[left] = weeks.three.bpda_attack(model, transform, images, y[left], 0.3, step_size, 60)
        return found

    return attack
