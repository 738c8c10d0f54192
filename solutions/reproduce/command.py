"""Train what is not trained yet, measure what is not measured yet, and report it all."""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from course.data import Source
from course.device import use_gpu_politely
from course.training import Lesson, prepare_lesson
from solutions.reproduce import draw, report
from solutions.reproduce.jobs import jobs
from solutions.reproduce.kept import Kept
from solutions.reproduce.recipes import Recipe, learn_one_epoch, recipes, start, training_step, watch
from solutions.reproduce.weeks import SEED, SOLUTIONS, Weeks, load_weeks

OUT = SOLUTIONS.parent / "results" / "reproduce"
PER_CLASS = 100
QUICK_IMAGES, QUICK_PER_CLASS = 400, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, 2 if the digits can't be had, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m solutions.reproduce", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--digits", choices=get_args(Source), default="embedded", help="which digits (default: %(default)s)"
    )
    parser.add_argument("--data", type=Path, help="npz file with x_train, y_train, x_test, y_test, uint8, instead")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the results (default: results/reproduce)")
    parser.add_argument("--quick", action="store_true", help="a few images and one epoch: to see that it works")
    parser.add_argument("--fresh", action="store_true", help="train and measure again what is kept in the folder")
    chosen = parser.parse_args(arguments)
    console = Console()
    try:
        lesson = prepare_lesson(chosen.data, chosen.digits)
        weeks = load_weeks()
        chosen.out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    if chosen.quick:
        lesson = lesson._replace(x_train=lesson.x_train[:QUICK_IMAGES], y_train=lesson.y_train[:QUICK_IMAGES])
    kept = Kept(chosen.out / "kept", fresh=chosen.fresh)
    try:
        record = run(lesson, weeks, kept, chosen.quick, console)
    except KeyboardInterrupt:
        console.print("Interrupted. What is finished is kept: the same command goes on from here.")
        return 130
    for title, rows in {
        "Accuracy": report.main_table(record["numbers"]),
        "A threshold before the undefended network": report.threshold_table(record["numbers"]),
    }.items():
        report.show(console, title, rows)
    console.print(record["summary"])
    for file in report.write(record, chosen.out) + draw.draw(record, chosen.out):
        console.print(f"Written: {file}", soft_wrap=True)
    return 0


def run(lesson: Lesson, weeks: Weeks, kept: Kept, quick: bool, console: Console) -> dict[str, Any]:
    """Train and measure what is not kept yet; the record holds every number and what it follows from."""
    place, began = use_gpu_politely(), time.monotonic()
    x, y = choose_test_images(lesson, QUICK_PER_CLASS if quick else PER_CLASS)
    plan = recipes(len(lesson.x_train), quick)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        trained = {name: train(recipe, lesson, weeks, kept, x, y, progress) for name, recipe in plan.items()}
        networks = {name: network for name, (network, _) in trained.items()}
        made_from = "".join([weeks.digest, *(recipe.key(lesson) for recipe in plan.values())]).encode()
        digest = hashlib.sha256(made_from + x.tobytes()).hexdigest()[:12]
        numbers = {}
        todo = jobs(networks, weeks, x, y)
        bar = progress.add_task("measuring", total=len(todo))
        for name, job in todo.items():
            progress.update(bar, description=name)
            numbers[name] = kept.numbers(f"{digest} {name}", job)
            progress.advance(bar)
        progress.update(bar, description="measured")
    source = f"{len(lesson.x_train):,} digits to train on, {len(x):,} to test on"
    return {
        "summary": f"{source}; on {place}; TensorFlow {report.versions()['tensorflow']}.",
        "test_images": len(x),
        "seed_of_the_attacks": SEED,
        "recipes": {name: asdict(recipe) for name, recipe in plan.items()},
        "epochs": trained["undefended"][1],
        "watched": {name: watched for name, (_, watched) in trained.items()},
        "numbers": numbers,
        "versions": report.versions(),
        "seconds_of_this_run": round(time.monotonic() - began, 1),
    }


def train(
    recipe: Recipe, lesson: Lesson, weeks: Weeks, kept: Kept, x: Any, y: Any, progress: Progress
) -> tuple[Any, list[dict[str, float]]]:
    """A network after all its epochs, and what was watched after each; epochs that are kept are not trained again."""
    bar = progress.add_task(recipe.name, total=recipe.epochs)
    network, optimizer = start(recipe, len(lesson.x_train))
    name = f"{recipe.name.replace(' ', '-')}-{recipe.key(lesson)}-{len(x)}"
    watched = kept.load_epochs(name, network, optimizer)
    step = training_step(recipe, network, optimizer, weeks)
    progress.update(bar, completed=len(watched))
    for epoch in range(len(watched), recipe.epochs):
        learn_one_epoch(recipe, epoch, network, step, lesson)
        watched.append(watch(recipe, network, weeks, x, y))
        kept.keep_epochs(name, network, optimizer, watched)
        progress.advance(bar)
    return network, watched


def choose_test_images(lesson: Lesson, per_class: int) -> tuple[Any, Any]:
    """The first `per_class` test images of each class, as the attacks take them."""
    chosen = np.concatenate([np.flatnonzero(lesson.y_test == label)[:per_class] for label in np.unique(lesson.y_test)])
    return lesson.x_test[chosen].astype(np.float32) / 255, lesson.y_test[chosen]
