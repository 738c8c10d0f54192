"""The reference answers once per question asked, and knows mistakes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.grading.digest import NoDigestError, digest_of
from autograder.grading.reference import Reference, load_mistakes
from autograder.week import ROOT, Week, load_week
from course.portable import PlainCallable

TINY = ROOT / "tests" / "weeks" / "tiny"


@pytest.fixture
def tiny(tmp_path: Path) -> Week:
    shutil.copytree(TINY, tmp_path / "tiny")
    return load_week("tiny", tmp_path)


def counting(reference: Reference, function: str) -> list[int]:
    """Counts the calls of the reference's own `function`."""
    calls: list[int] = []
    original = getattr(reference._module, function)

    def counted(*args: Any) -> Any:
        calls.append(1)
        return original(*args)

    setattr(reference._module, function, counted)
    return calls


def test_an_answer_is_computed_once(tiny: Week) -> None:
    reference = Reference(tiny)
    calls = counting(reference, "shift")
    answers = [reference.answer("shift", np.arange(3.0), 1.0) for _ in range(3)]
    assert len(calls) == 1
    assert all((answer == [1, 2, 3]).all() for answer in answers)
    reference.answer("shift", np.arange(4.0), 1.0)
    assert len(calls) == 2


def test_a_case_that_changes_an_answer_changes_its_own_copy(tiny: Week) -> None:
    reference = Reference(tiny)
    reference.answer("shift", np.arange(3.0), 1.0)[:] = -1
    assert (reference.answer("shift", np.arange(3.0), 1.0) == [1, 2, 3]).all()


def test_known_mistakes_come_with_their_sentence_and_answer(tiny: Week) -> None:
    ((sentence, answer),) = Reference(tiny).mistakes("shift", np.array([1.0]), 0.25)
    assert "subtracted" in sentence
    assert answer == [0.75]


def test_known_mistakes_are_read_anew_with_every_file_of_their_folder(tiny: Week) -> None:
    before = load_mistakes(tiny)
    file = tiny.mistakes / "q1_shift.py"
    file.write_text(file.read_text().replace("subtracted, not added", "taken away"))
    after = load_mistakes(tiny)
    assert list(before) == list(after) == ["shift", "shift_and_clip"]
    assert "subtracted" in before["shift"][0][0]
    assert "taken away" in after["shift"][0][0]
    assert before["shift"][0][1](np.array([1.0]), 0.25) == after["shift"][0][1](np.array([1.0]), 0.25) == [0.75]


def test_a_mistake_that_fails_on_these_inputs_is_left_out(tiny: Week) -> None:
    assert Reference(tiny).mistakes("shift", "no array", 0.25) == []


def test_a_week_without_known_mistakes(tiny: Week) -> None:
    shutil.rmtree(tiny.mistakes)
    assert Reference(tiny).mistakes("shift", np.ones(1), 0.25) == []


def a_function_at_module_level() -> None:
    pass


def test_digests_tell_values_apart() -> None:
    values: list[Any] = [
        None, True, 1, 1.0, "1", b"1", [1], (1,), {"a": 1}, [[1], 2], [1, [2]], np.float32(1), np.ones(3),
        np.ones(3, np.float32), np.ones((3, 1)), -np.ones(3), PlainCallable(model=1), PlainCallable(model=2),
        a_function_at_module_level, len([]),
    ]  # fmt: skip
    digests = [digest_of(value) for value in values]
    assert len(set(digests)) == len(values)
    assert digests == [digest_of(value) for value in values]


def test_models_count_by_their_weights_and_architecture() -> None:
    import keras

    def model(activation: str) -> Any:
        return keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(1, activation, name="d", kernel_initializer="ones")]
        )

    first, same, other = model("tanh"), model("tanh"), model("relu")
    for each in (same, other):
        each.set_weights(first.get_weights())
    assert digest_of(first.get_weights()) == digest_of(same.get_weights())
    before = digest_of(first)
    assert before != digest_of(other)
    first.set_weights([2 * weight + 1 for weight in first.get_weights()])
    assert before != digest_of(first)


def test_what_keras_happens_to_call_it_does_not_count() -> None:
    import keras

    models = [keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "tanh")]) for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    assert models[0].name != models[1].name
    assert digest_of(models[0]) == digest_of(models[1])
    assert digest_of(keras.optimizers.SGD(0.1)) == digest_of(keras.optimizers.SGD(0.1))
    assert digest_of(keras.optimizers.SGD(0.1)) != digest_of(keras.optimizers.SGD(0.2))


@pytest.mark.parametrize("value", [lambda: 0, object(), np.array([object()])])
def test_what_may_hold_state_has_no_digest(value: Any) -> None:
    with pytest.raises(NoDigestError):
        digest_of([value])


def test_a_function_that_trains_is_remembered_with_the_weights_it_left(tiny: Week) -> None:
    import keras

    tiny.solution.write_text(
        "def train(model, step):\n    model.weights[0].assign_add([[step]])\n    return float(step)\n"
    )
    (tiny.mistakes / "__init__.py").write_text(
        "def no(model, step):\n    model.weights[0].assign_sub([[step]])\nMISTAKES = {'train': [('No.', no)]}\n"
    )
    object.__setattr__(tiny, "trains", frozenset({"train"}))
    reference = Reference(tiny)
    calls = counting(reference, "train")
    for _ in range(2):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.set_weights([np.zeros((1, 1), np.float32), np.zeros(1, np.float32)])
        assert reference.mistakes("train", model, 2.0) == [("No.", None)]
        assert model.get_weights()[0] == 0
        assert reference.answer("train", model, 2.0) == 2.0
        assert model.get_weights()[0] == 2
    assert len(calls) == 1
