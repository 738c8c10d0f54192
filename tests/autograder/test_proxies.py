"""What can cross between the grader and a submission, with a week that exists only here: everything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.confinement.workers import Worker
from autograder.grading.grade import Grader
from autograder.verdict import Verdict
from autograder.week import ROOT, load_week
from autograder.worker.values import Values
from autograder.worker.wire import Tag

WEEK = load_week("everything", ROOT / "tests" / "weeks")
REFERENCE = WEEK.solution.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def grader(worker: Worker) -> Grader:
    return Grader(WEEK, 1, worker)


def grade(grader: Grader, *changes: tuple[str, str]) -> tuple[Verdict, dict[str, str]]:
    """The verdict on the reference with some text replaced, and the first message of every question that failed."""
    source = REFERENCE
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    verdict = grader.grade("ann", source.encode())
    assert verdict.status == "graded", [case.detail for q in verdict.questions for case in q.cases]
    messages = {
        question.key: case.detail
        for question in verdict.questions
        for case in question.cases
        if case.outcome == "failed"
    }
    return verdict, messages


def test_every_kind_of_argument_and_answer_crosses(grader: Grader) -> None:
    verdict, messages = grade(grader)
    assert messages == {}
    assert verdict.earned == verdict.possible == 10


def test_the_weights_that_come_back_are_those_that_were_trained(grader: Grader) -> None:
    _, messages = grade(
        grader, ("optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))", "pass")
    )
    assert list(messages) == ["q2"]


def test_a_callable_that_was_returned_may_not_change_what_it_is_given(grader: Grader) -> None:
    _, messages = grade(grader, ("    def defended(x):\n", "    def defended(x):\n        x *= 1.0 - 1e-7\n"))
    assert "changed the array it was given" in messages["q3"]


def test_a_callable_that_was_returned_is_told_of_the_weights_it_changes_and_no_later_call_is(grader: Grader) -> None:
    change = "        model.weights[-1].assign_add(model.weights[-1] + 1)\n"
    _, messages = grade(grader, ("    def defended(x):\n", "    def defended(x):\n" + change))
    assert list(messages) == ["q3"]
    assert "the model's weights had changed" in messages["q3"]


def test_who_leaves_a_network_frozen_is_told_and_it_learns_again_in_the_next_call(grader: Grader) -> None:
    """The optimizer of a later question finds it as it was: the mistake is paid for once."""
    freeze = "        model.trainable = False\n"
    _, messages = grade(grader, ("    def defended(x):\n", "    def defended(x):\n" + freeze))
    assert list(messages) == ["q3"]
    assert "what is trainable in the model had changed" in messages["q3"]
    assert "Leave it alone" in messages["q3"]


def test_who_freezes_a_network_and_sets_it_back_changed_nothing(grader: Grader) -> None:
    there_and_back = "        model.trainable = False\n        model.trainable = True\n"
    _, messages = grade(grader, ("    def defended(x):\n", "    def defended(x):\n" + there_and_back))
    assert messages == {}


def test_weights_of_another_architecture_are_refused(grader: Grader) -> None:
    change = "    type(model).weights = property(lambda self: [keras.Variable(x)])\n    return float(loss)"
    _, messages = grade(
        grader, ("    return float(loss)", change), ("import tensorflow", "import keras\nimport tensorflow")
    )
    assert "other shapes" in messages["q2"]


def test_weights_that_are_not_finite_are_refused(grader: Grader) -> None:
    change = "    model.set_weights([w * float('nan') for w in model.get_weights()])\n    return float(loss)"
    _, messages = grade(grader, ("    return float(loss)", change))
    assert "no longer finite" in messages["q2"]


def test_the_counter_of_a_query_only_model_can_not_be_reset(grader: Grader) -> None:
    _, messages = grade(grader, ("for _ in range(budget):", "for _ in range(3 * budget):"))
    assert "more than 5 queries" in messages["q4"]


def test_a_query_only_model_has_no_gradient_and_no_weights(grader: Grader) -> None:
    reading = "    weights = getattr(oracle, 'weights', None) or oracle.__closure__[0].cell_contents.weights\n"
    _, messages = grade(
        grader, ("    random = np.random.default_rng(0)\n", reading + "    random = np.random.default_rng(0)\n")
    )
    assert list(messages) == ["q4"]


def test_a_function_that_was_passed_is_not_given_more_than_can_be_kept(grader: Grader) -> None:
    flood = """    flood = np.zeros(15_000_000, np.float32)
    for _ in range(10):
        try:
            oracle(flood)
        except ValueError:
            pass
"""
    _, messages = grade(
        grader, ("    random = np.random.default_rng(0)\n", flood + "    random = np.random.default_rng(0)\n")
    )
    assert "more than 256 MB" in messages["q4"]


def test_a_function_that_was_passed_in_an_earlier_case_answers_no_more(grader: Grader) -> None:
    keeping = "    global kept\n    kept = oracle\n    random = np.random.default_rng(0)\n"
    _, messages = grade(
        grader,
        ("    random = np.random.default_rng(0)\n", keeping),
        ("    return tape.gradient(total, x)\n", "    kept(x)\n    return tape.gradient(total, x)\n"),
    )
    assert messages
    assert all("in an earlier case" in message for message in messages.values()), messages


def test_a_returned_function_dies_with_its_process(grader: Grader) -> None:
    _, messages = grade(
        grader, ("        return model(tf.convert_to_tensor(transform(x)))", "        __import__('os')._exit(0)")
    )
    assert "ended its own process" in messages["q3"]


def test_a_callable_that_is_rebuilt_there_stays_the_same_object() -> None:
    """So a graph that was traced for it is not traced again."""
    values = Values(lambda number, args: None)

    def received(**arguments: Any) -> Any:
        kind = {"module": "course.portable", "class": "Portable"}
        return values.receive(Tag("portable", {**kind, "arguments": arguments}))

    ours = Tag("callback", 1)
    first = received(attack=ours, size=1.0, label="a")
    assert received(attack=ours, size=1.0, label="a") is first
    others = {"attack": Tag("callback", 2)}, {"size": 0.5}, {"size": True}, {"label": "b"}, {"shift": 1}
    for changed in others:
        assert received(**{"attack": ours, "size": 1.0, "label": "a", **changed}) is not first
    array = np.zeros(2)
    assert received(array=array.copy()) is not received(array=array.copy()), "an array may be changed by who gets it"


KINDS = """
    import collections
    import keras
    Pair = collections.namedtuple("Pair", "first second")
    def other(value):
        if isinstance(value, dict):
            return collections.OrderedDict((key, other(item)) for key, item in value.items())
        if isinstance(value, tuple) and len(value) == 2:
            return Pair(*map(other, value))
        return list(map(other, value)) if isinstance(value, list) else value
    holder = {holder}()
    holder.value = other(value)
    return holder.value
"""


@pytest.mark.parametrize("holder", ["type('Object', (), {})", "tf.Module", "keras.Model"])
def test_other_kinds_of_dict_list_and_tuple_cross(grader: Grader, holder: str) -> None:
    _, messages = grade(grader, ("    return value\n", KINDS.replace("{holder}", holder)))
    assert "q1" not in messages


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("value.__class__", "expected"),
        ("(lambda: [None])", "expected"),
        ("{'images': None}", "expected"),
        ("iter([])", "is not an answer"),
        ("np.zeros(3, object)", "Python objects"),
        ("'x' * 5_000_000", "too many parts"),
        ("np.zeros(10 ** 7)", "too large"),
        ("2 ** 100", "can't be sent"),
    ],
)
def test_an_answer_that_is_not_one_fails_its_case(grader: Grader, answer: str, said: str) -> None:
    _, messages = grade(grader, ("    return value\n", f"    return {answer}\n"))
    assert said in messages["q1"]


def test_a_grader_that_fails_is_an_error_and_not_a_zero(monkeypatch: pytest.MonkeyPatch, grader: Grader) -> None:
    from autograder.errors import GraderError

    def broken(self: object, source: bytes) -> None:
        raise GraderError("the disk is full")

    monkeypatch.setattr(Grader, "_run", broken)
    verdict = grader.grade("ann", b"x = 1")
    assert verdict.status == "error"
    assert "the disk is full" in verdict.message
