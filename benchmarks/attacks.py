"""The course's FGSM, BIM, PGD and MIM against CleverHans, ART and Foolbox, and against the gradients they are made of.

From the project's folder, in an environment of its own:

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install -r benchmarks/requirements.txt
    /tmp/peers/bin/python -m benchmarks.attacks

All attack the same images on the same network with the same parameters, in turns, so that a machine that slows down
slows all of them down; a ratio compares two times of one round. Accuracies and norms show that it is the same work.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from autograder.week import ROOT, load_module
from benchmarks.peers import (
    DECAY,
    SETTINGS,
    Run,
    art_attacks,
    cleverhans_attacks,
    foolbox_attacks,
)
from course.data import digits
from course.device import use_gpu_politely
from course.measures import accuracy, perturbation_norms
from course.networks import load_network

LIMIT, OURS = "gradients alone", "course"
REMARKS = """ART's momentum method raises NotImplementedError for TensorFlow (its issue 2439), and Foolbox has none.
PGD starts at random, each library with its own draw, so its accuracies may differ by an image or two.
"Gradients alone" is as many gradients as the attack takes steps, from one compiled function, and nothing else.
"First time" is the first attack on a network that was not seen before: a compiled function is traced for it."""


class Measured(NamedTuple):
    """One library's attack: seconds of each round, accuracy that is left, largest and Euclidean change.

    `firsts` are the seconds of the first attack on a network that was not seen before, with what is prepared for it.
    """

    seconds: list[float]
    firsts: list[float]
    accuracy: float | None
    linf: float | None
    l2: float | None


def course_attacks(model: Any, x: Any, y: Any) -> dict[str, Run]:
    """The reference solutions of weeks 1 and 2."""
    folder = ROOT / "solutions"
    week01 = load_module(folder / "week01" / "week01.py", "week01")
    week02 = load_module(folder / "week02" / "week02.py", "week02")
    return {
        "FGSM": partial(week01.fgsm, model, x, y, SETTINGS["FGSM"].eps),
        "BIM": partial(week02.bim, model, x, y, *SETTINGS["BIM"]),
        "PGD": partial(week02.pgd, model, x, y, *SETTINGS["PGD"], seed=0),
        "MIM": partial(week02.mim, model, x, y, *SETTINGS["MIM"], decay=DECAY),
    }


def bare_gradients(model: Any, x: Any, y: Any) -> dict[str, Run]:
    """The limit: the gradients of each attack, one compiled function in a Python loop, and no step."""

    @tf.function
    def gradient(images: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = model(images, training=False)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        return tape.gradient(losses, images)

    def loop(steps: int) -> None:
        for _ in range(steps):
            gradient(x).numpy()  # which waits for it

    return {name: partial(loop, setting.steps) for name, setting in SETTINGS.items()}


LIBRARIES = {
    LIMIT: bare_gradients,
    OURS: course_attacks,
    "CleverHans": cleverhans_attacks,
    "ART": art_attacks,
    "Foolbox": foolbox_attacks,
}


def copy_of(model: Any) -> Any:
    """The same network, which no library has seen."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def timed(run: Run) -> float:
    """Seconds until its answer is there."""
    start = time.perf_counter()
    np.asarray(run())
    return time.perf_counter() - start


def compare(model: Any, x: Any, y: Any, rounds: int, first_rounds: int) -> dict[str, dict[str, Measured]]:
    """Every library's every attack, timed in turns, in an order that rotates.

    The first run is not timed, then come `rounds` on the same network, then `first_rounds`, each on a new copy of it.
    """
    images, labels = tf.constant(x), tf.constant(y)
    runs = {library: attacks(model, images, labels) for library, attacks in LIBRARIES.items()}
    results: dict[str, dict[str, Measured]] = {}
    with Progress() as progress:
        bar = progress.add_task("", total=len(SETTINGS) * (rounds + first_rounds + 1))
        for attack in SETTINGS:
            progress.update(bar, description=attack)
            ready = {library: runs[library][attack] for library in runs if attack in runs[library]}
            measured = {library: _described(model, run(), x, y) for library, run in ready.items()}
            progress.advance(bar)
            names = list(ready)
            for number in range(rounds + first_rounds):
                for library in names[number % len(names) :] + names[: number % len(names)]:
                    if number < rounds:
                        measured[library].seconds.append(timed(ready[library]))
                    else:
                        run = LIBRARIES[library](copy_of(model), images, labels)[attack]
                        measured[library].firsts.append(timed(run))
                progress.advance(bar)
            results[attack] = measured
    return results


def _described(model: Any, x_adv: Any, x: Any, y: Any) -> Measured:
    if x_adv is None:
        return Measured([], [], None, None, None)
    norms = perturbation_norms(x, x_adv)
    return Measured([], [], accuracy(model, x_adv, y), float(norms["linf"].max()), float(norms["l2"].mean()))


HEAD = (
    *("attack", "library", "median s", "course / it", "first time s", "course / it"),
    *("accuracy left", "largest change", "mean L2"),
)


def rows(results: dict[str, dict[str, Measured]]) -> list[list[str]]:
    """The table's rows; `course / it` is the median over the rounds of our time divided by the library's."""
    table = []
    for attack, libraries in results.items():
        for library, measured in libraries.items():
            ours = libraries[OURS]
            times: list[str] = []
            for own, its in ((ours.seconds, measured.seconds), (ours.firsts, measured.firsts)):
                ratio = statistics.median(a / b for a, b in zip(own, its, strict=True))
                times += [f"{statistics.median(its):.3f}", f"{ratio:.2f}"]
            seen = (measured.accuracy, measured.linf, measured.l2)
            shown = ["–" if value is None else f"{value:.3f}" for value in seen]
            table.append([attack, library, *times, *shown])
    return table


def main() -> None:
    """Compare, print, and write Markdown where `--out` says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="seed_cnn", help="a network that the course ships (default: seed_cnn)")
    parser.add_argument("--images", type=int, default=1000, help="how many (default: 1,000)")
    parser.add_argument("--rounds", type=int, default=9, help="how often each attack is timed (default: 9)")
    parser.add_argument("--firsts", type=int, default=3, help="how often each attacks a new network (default: 3)")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "benchmarks", help="folder for the Markdown")
    chosen = parser.parse_args()
    console = Console()
    found = digits("embedded")
    place = use_gpu_politely()
    x, y = found.x_test[: chosen.images], found.y_test[: chosen.images]
    results = compare(load_network(chosen.network), x, y, chosen.rounds, chosen.firsts)
    packages = ("tensorflow", "keras", "cleverhans", "adversarial-robustness-toolbox", "foolbox")
    title = f"{chosen.network}, {min(chosen.images, len(found.x_test)):,} images, {chosen.rounds} rounds, on {place}"
    table = Table(*HEAD, title=title)
    lines = rows(results)
    for number, row in enumerate(lines):
        table.add_row(*row, end_section=number + 1 < len(lines) and lines[number + 1][0] != row[0])
    console.print(table)
    console.print(REMARKS)
    markdown = [f"| {' | '.join(row)} |" for row in [list(HEAD), ["---"] * 2 + ["---:"] * 7, *lines]]
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    chosen.out.mkdir(parents=True, exist_ok=True)
    file = chosen.out / f"attacks-{chosen.network}.md"
    file.write_text(f"{title}; {versions}.\n\n" + "\n".join(markdown) + f"\n\n{REMARKS}\n", encoding="utf-8")
    console.print(f"Written: {file}")


if __name__ == "__main__":
    main()
