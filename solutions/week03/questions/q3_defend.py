# ruff: noqa: D103 - the name of a case says what it is
"""Question 3 of week 3: a network behind a transformation."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from otter.test_files import test_case

from course import checks
from course.asked import Asked, Reference, Tried
from course.differences import logits_differ
from course.draw import MANY, Draw, Floats
from course.portable import Mirrored, PlainCallable
from course.transformations import five_dark_greys, stretched, unchanged

OK_FORMAT = False  # the format of Otter in which a case is a function

name = "q3"

Function = Callable[..., Any]  # one that the student wrote
RETURNED = "defend's callable"
KEPT = "Your callable answers for images of an earlier call: transform and classify those that it is given each time."
CLONED = (
    "Your defence answers the same when the model has other weights: use the model that is given, and no copy of it. "
    "keras.models.clone_model copies the layers but not the weights."
)
ADVICE = "Compare with the docstring: defend returns a callable that transforms, then returns the model's logits."


def upside_down(x: Any) -> Floats:
    """A transformation that counts the axes from the front: of images without a batch it would swap left and right."""
    return np.asarray(x)[:, ::-1]


def logits_from(answer: Any, x: Any) -> Any:
    """What a defended model answered to the images `x`, unless it is labels."""
    if getattr(answer, "shape", None) == (len(x),):
        hint = "What defend returned answers with labels: return the logits, which an accuracy and an attack need."
        raise checks.CheckFailed(f"Expected shape {(len(x), 10)}, got {(len(x),)}.", hint)
    return answer


def ask(reference: Reference | None, *args: Any) -> Asked:
    """What is asked of the callable that defend returns, when it is given images: the last of `args`."""
    return Asked("defend", args, logits_differ, reference, advice=ADVICE)


@test_case(name="Transforms, then classifies", points=1)
def test_by_hand(defend: Function, reference: Reference | None) -> None:
    checks.expect_defined(defend, "defend", "week03")
    draw = Draw(1)
    model, x = draw.convolutional_network(), draw.images()
    asked = ask(reference, model, five_dark_greys, x)
    answer = logits_from(asked.answer_of(Tried(defend, 2)), x)
    expected, weights = model(five_dark_greys(x), training=False), model.get_weights()
    model.set_weights([weight / 2 for weight in weights])
    again = logits_from(asked.answer_of(Tried(defend, 2)), x)
    model.set_weights(weights)
    answers = [checks.array_from(logits, (len(x), 10), RETURNED) for logits in (answer, again)]
    told = logits_differ(answers[0], np.asarray(expected))
    if told and not logits_differ(answers[1], answers[0]):
        raise checks.CheckFailed(told, CLONED)
    asked.expect(answer, expected)


@test_case(name="What it returns takes arrays and tensors, any number of images, as often as you like", points=0.5)
def test_types(defend: Function) -> None:
    checks.expect_defined(defend, "defend", "week03")
    draw = Draw(1)
    model, x = draw.convolutional_network(), draw.images()
    defended = checks.callable_from(checks.call(defend, model, five_dark_greys), "defend")
    first = logits_from(checks.call(defended, x), x)
    logits = checks.array_from(first, (7, 10), RETURNED)
    checks.expect_repeatable(first, defended(x), (7, 10), logits_differ, RETURNED)
    for images in (tf.constant(x), x[:1]):
        answer = defended(images)
        if len(images) < 7 and getattr(answer, "shape", None) == (7, 10):
            raise checks.CheckFailed("It gave seven rows of logits for one image.", KEPT)
        again = checks.array_from(answer, (len(images), 10), RETURNED)
        if told := logits_differ(again, logits[: len(images)]):
            hint = "The logits of an image must not depend on the type of its array, or on what else is in the batch."
            raise checks.CheckFailed(told, hint)


@test_case(name="Is right for two fresh networks, defended at once", points=1, hidden=True, failure_message=ADVICE)
def test_fresh(defend: Function, reference: Reference, draw: Draw) -> None:
    models, x = [draw.convolutional_network(), draw.dense_network()], draw.images(MANY)
    transforms: list[Function] = [five_dark_greys, Mirrored()]
    pairs = list(zip(models, transforms, strict=True))
    defended = [checks.callable_from(checks.call(defend, *pair), "defend") for pair in pairs]
    for (model, transform), both in zip(pairs, defended, strict=True):
        for images in (x, x[::-1]):  # as many as before, but others
            expected = model(transform(images), training=False)
            ask(reference, model, transform, images).expect(logits_from(checks.call(both, images), images), expected)


@test_case(
    name="Works on one image, on any callable, and with a transformation that does nothing",
    points=0.5,
    hidden=True,
    failure_message=ADVICE,
)
def test_edges(defend: Function, reference: Reference, draw: Draw) -> None:
    network, x = draw.dense_network(), draw.images(1)
    model = PlainCallable(model=network)
    for transform in (unchanged, five_dark_greys, upside_down, stretched):
        asked = ask(reference, model, transform, tf.constant(x))
        answer = asked.answer_of(Tried(defend, 2))
        asked.expect(logits_from(answer, x), network(transform(x), training=False))
