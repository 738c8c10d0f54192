"""A mistake is paid for once: functions that are built on a broken one are judged with the reference's in its place."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from autograder.confinement.workers import Worker
from autograder.grading.grade import Grader
from autograder.grading.loan import Lender
from autograder.week import ROOT, Week, load_week
from course.checks import CheckFailed
from course.draw import Draw

TINY = load_week("tiny", ROOT / "tests" / "weeks")
SOLUTION = TINY.solution.read_text(encoding="utf-8")
SHIFT = """    moved = np.asarray(x, dtype="float32") + np.float32(offset)
    return moved
"""


def in_a_hurry(week: Week) -> Week:
    """The week with a second for each call."""
    return replace(week, questions=tuple(replace(question, call_seconds=1.0) for question in week.questions))


@pytest.fixture(scope="module")
def grader(worker: Worker) -> Grader:
    return Grader(in_a_hurry(TINY), 1, worker)


def earned(grader: Grader, *changes: tuple[str, str]) -> list[float]:
    """The points of the tiny week's questions for its solution with some text replaced."""
    source = SOLUTION
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    verdict = grader.grade("ann", source.encode())
    assert verdict.status == "graded", verdict.message
    return [question.earned for question in verdict.questions]


@pytest.mark.parametrize(
    "broken",
    [
        "    raise ValueError('not today')\n",
        "    return None\n",
        "    return np.asarray(x)[:0]\n",
        "    while True:\n        pass\n",
        "    __import__('os')._exit(1)\n",
    ],
)
def test_what_is_built_on_a_broken_function_costs_nothing_more(grader: Grader, broken: str) -> None:
    assert earned(grader, (SHIFT, broken)) == [0, 3]


@pytest.mark.parametrize(
    "call", ["shift(x, offset).numpy()", "shift(x, offset).astype('float32')", "shift(offset=offset, x=x)"]
)
def test_the_students_code_may_go_on_with_tensors_or_arrays_and_name_arguments(grader: Grader, call: str) -> None:
    assert earned(grader, (SHIFT, "    raise ValueError\n"), (" = shift(x, offset)", f" = {call}")) == [0, 3]


def test_a_mistake_of_its_own_is_paid_for_beside_the_earlier_one(grader: Grader) -> None:
    unclipped = ("return np.clip(moved_before_clipping, 0.0, 1.0)", "return moved_before_clipping")
    assert earned(grader, (SHIFT, "    raise ValueError\n"), unclipped) == [0, 0]


def test_a_function_that_is_not_written_earns_nothing(grader: Grader) -> None:
    nothing = ("    moved_before_clipping = shift(x, offset)\n", "    raise NotImplementedError\n")
    assert earned(grader, (SHIFT, "    raise NotImplementedError\n"), nothing) == [0, 0]


def test_nothing_is_lent_while_the_earlier_questions_have_all_their_points(grader: Grader) -> None:
    # Right when it is asked for itself, wrong when another function asks: that is never seen in question 1.
    by_caller = SHIFT + "    # unreachable\n"
    sneaky = "    if __import__('sys')._getframe(1).f_code.co_name == 'shift_and_clip':\n        raise ValueError\n"
    assert earned(grader, (SHIFT, sneaky + by_caller)) == [3, 0]


def test_luck_is_not_helped(grader: Grader) -> None:
    # The hidden case asks twice: the third answer is another one than the second, and there is no fourth.
    counting = """    global calls
    moved_before_clipping = shift(x, offset)
    calls = globals().get("calls", 0) + 1
    moved_before_clipping = moved_before_clipping - (0.5 if calls == 3 else 0.0)
"""
    broken = (SHIFT, "    raise ValueError\n")
    assert earned(grader, broken, ("    moved_before_clipping = shift(x, offset)\n", counting)) == [0, 1]


def test_what_answers_at_random_is_not_tried_again(grader: Grader) -> None:
    """It is right with a loan; but who is random may be so by luck."""
    # By chance two answers may be alike: a count of calls never is.
    random_by_itself = """    global calls
    calls = globals().get("calls", 0) + 1
    wrong = np.mean(shift(x, 0.0) - x)
    moved_before_clipping = shift(x, offset) + wrong * (calls % 2)
"""
    off = (SHIFT, "    return np.asarray(x) + offset - 0.1\n")
    assert earned(grader, off, ("    moved_before_clipping = shift(x, offset)\n", random_by_itself)) == [0, 0]


def test_what_is_random_because_an_earlier_function_is_costs_nothing_more(grader: Grader) -> None:
    assert earned(grader, (SHIFT, "    return np.asarray(x) + __import__('random').random()\n")) == [0, 3]


def test_a_loan_is_no_longer_answered_in_the_next_case(grader: Grader) -> None:
    keeping = "    global kept\n    kept = shift\n    moved_before_clipping = shift(x, offset)\n"
    using = "    return kept(x, offset)\n"
    assert earned(grader, (SHIFT, using), ("    moved_before_clipping = shift(x, offset)\n", keeping)) == [0, 3]


BROKEN = (SHIFT, "    raise ValueError\n")
OWN = SOLUTION[SOLUTION.index("def shift_and_clip") :]


def test_a_compiled_function_is_helped_too(grader: Grader) -> None:
    compiled = """import tensorflow as tf


@tf.function
def shift_and_clip(x, offset):
    return tf.clip_by_value(tf.cast(shift(x, offset), tf.float32), 0.0, 1.0)
"""
    assert earned(grader, BROKEN, (OWN, compiled)) == [0, 3]


@pytest.mark.parametrize("made_of_it", ["shift", "tf.function(shift)"])
def test_another_name_or_a_graph_of_the_earlier_function_is_replaced_too(grader: Grader, made_of_it: str) -> None:
    renamed = OWN.replace(" = shift(x", " = moved_by(x")
    assert earned(grader, BROKEN, (OWN, f"import tensorflow as tf\n\nmoved_by = {made_of_it}\n\n\n{renamed}")) == [0, 3]


def test_a_graph_that_is_made_once_by_the_first_call_is_replaced_too(grader: Grader) -> None:
    once = """    global graph
    import tensorflow as tf

    if "graph" not in globals():
        graph = tf.function(shift)
    moved_before_clipping = graph(x, offset)
"""
    assert earned(grader, BROKEN, ("    moved_before_clipping = shift(x, offset)\n", once)) == [0, 3]


def test_the_function_that_the_earlier_one_is_a_graph_of_is_replaced_too(grader: Grader) -> None:
    inner = ("def shift(", "def inner(")
    graph = f"import tensorflow as tf\n\nshift = tf.function(inner)\n\n\n{OWN.replace(' = shift(x', ' = inner(x')}"
    assert earned(grader, BROKEN, (OWN, graph), inner) == [0, 3]


@pytest.mark.parametrize(
    ("helper", "points"),
    [
        ("def moved_by(x, offset):\n    return shift(x, offset) - 0.1", 0),
        ("def moved_by(x, offset, times):\n    return shift(x, times * offset)", 3),
    ],
)
def test_what_says_that_it_wraps_the_earlier_function_stays_what_it_is(
    grader: Grader, helper: str, points: float
) -> None:
    """It may do anything beside: right or wrong, that is its own."""
    call = "moved_by(x, offset, 1)" if "times" in helper else "moved_by(x, offset)"
    renamed = OWN.replace("shift(x, offset)", call)
    wrapping = f"import functools\n\n\n@functools.wraps(shift)\n{helper}\n\n\n{renamed}"
    assert earned(grader, BROKEN, (OWN, wrapping)) == [0, points]


def test_a_function_of_the_week_stands_for_itself_alone(worker: Worker) -> None:
    """Here one question's function is the very function of the question before, which is wrong."""
    source = (ROOT / "solutions" / "week01" / "week01.py").read_text(encoding="utf-8")
    begin, end = source.index("def targeted_fgsm"), source.index("def fooling_image")
    clipped = "    return tf.clip_by_value(x + perturbation, 0.0, 1.0)\n"
    assert clipped in source
    source = source[:begin] + "targeted_fgsm = fgsm\n\n\n" + source[end:]
    source = source.replace(clipped, "    return x + 0.5 * perturbation\n")
    verdict = Grader(load_week("week01"), 1, worker).grade("ann", source.encode())
    assert [question.earned for question in verdict.questions] == [3, 0, 0, 4, 3, 3]


def test_parameters_of_the_students_own_are_left_out(grader: Grader) -> None:
    more = ("def shift(x: np.ndarray, offset: float)", "def shift(x: np.ndarray, offset: float, verbose: bool = False)")
    assert earned(grader, BROKEN, more) == [0, 3]


def test_a_later_function_is_not_lent_to_an_earlier_one(grader: Grader) -> None:
    # Each leaves its work to the other: the one that dies when it is asked for itself would be lent to it.
    circle = OWN.replace("shift(x, offset)", "np.asarray(x) + (__import__('os')._exit(1) or offset)")
    to_later = (SHIFT, "    return shift_and_clip(x, offset)\n")
    assert earned(grader, to_later, (OWN, circle)) == [0, 0]


def test_a_question_lends_its_first_function_to_its_second() -> None:
    week = load_week("week02")
    lender = Lender(week, dict.fromkeys(week.functions), {})  # type: ignore[arg-type]
    assert "project_l2" in lender.earlier["pgd_l2"]
    assert "project_l2" not in lender.earlier["project_l2"]


@pytest.mark.slow
def test_two_broken_functions_do_not_hide_each_other(worker: Worker) -> None:
    """What breaks down for the sake of an earlier function is called again with the reference's in its place."""
    hog = "    raise MemoryError\n"
    source = (ROOT / "solutions" / "week01" / "week01.py").read_text(encoding="utf-8")
    targeted = "    return fgsm(model, x, target, -eps)"
    fooling = "    image = tf.cast(noise, tf.float32)\n    for _ in range(steps):\n        with"
    assert targeted in source
    assert fooling in source
    source = source.replace(targeted, f"{hog}{targeted}").replace(fooling, f"{hog}{fooling}")
    verdict = Grader(load_week("week01"), 1, worker).grade("ann", source.encode())
    assert [question.earned for question in verdict.questions] == [3, 4, 0, 0, 3, 3]


def gradient(model: Any, x: Any, steps: int = 1) -> Any:
    """A function of the reference, as it may be lent."""
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(model(x))
    return tape.gradient(total, x)


def total(x: Any, y: Any, scale: float = 1.0) -> Any:
    """Another one, which broadcasts."""
    return x + scale * y


def attack(model: Any, x: Any, y: Any, steps: int) -> Any:
    """One that is built on them."""


def lent(*of_call: Any, name: str = "gradient", as_tensors: bool = True) -> Any:
    first = replace(TINY.questions[0], functions=("gradient", "total"))
    week = replace(TINY, questions=(first, replace(TINY.questions[1], functions=("attack",))))
    functions = {"gradient": gradient, "total": total, "attack": attack}
    lender = Lender(week, functions, {"attack": ("model", "x", "y", "steps"), "gradient": ("model", "x", "steps")})
    assert lender.loan(functions).callbacks("gradient", of_call) == {}
    return lender.loan(functions, as_tensors).callbacks("attack", of_call)[name]


def test_a_model_of_the_call_is_named_by_its_place_or_is_the_only_one() -> None:
    model, x = Draw(1).linear_network(), Draw(1).images(2)
    expected = gradient(model, x).numpy()
    for place in (0, None):
        assert np.array_equal(lent(model, x)({"argument": place}, x), expected)
    assert isinstance(lent(model, x, as_tensors=False)({"argument": 0}, x), np.ndarray)
    for place in (1, 3, -1, "0", None):
        with pytest.raises(CheckFailed, match="not given"):
            lent(model, x, model)({"argument": place}, x)


def test_a_lent_function_can_not_be_asked_for_more_than_the_call_is_about() -> None:
    model, x, y = Draw(1).linear_network(), Draw(1).images(2), Draw(1).labels(2)
    ask = lent(model, x, y, 3)
    for fewer in (x, x[:1], x[0], [x[0]], x.reshape(2, 784)):
        with contextlib.suppress(ValueError):  # one image without its batch is nothing for this network
            ask({"argument": 0}, fewer, 3)
    for number in (4, -4, 10**12, np.int64(10**9), np.array(1e9), float("nan")):
        with pytest.raises(CheckFailed, match="larger steps"):
            ask({"argument": 0}, x, number)
    with pytest.raises(CheckFailed, match="several numbers"):
        ask({"argument": 0}, x, np.array([1, 2]))
    for more in (np.zeros((3, 28, 28, 1)), np.zeros((3, 784)), np.zeros((1, 10**4)), np.zeros((28, 56)), np.zeros(3)):
        with pytest.raises(CheckFailed, match="more than"):
            lent(model, x, y, 3, name="total")(more, more)
    with pytest.raises(CheckFailed, match="not given"):
        ask(model, x)


def test_a_number_that_is_not_counted_may_be_any_number_of_the_call() -> None:
    x = Draw(1).images(2)
    ask = lent(Draw(1).linear_network(), x, Draw(1).labels(2), 3, 2.5, name="total")
    ask(x, x, 2.5)  # an eps may well be the call's step_size
    with pytest.raises(CheckFailed, match="larger scale"):
        ask(x, x, 3.5)


def test_no_gradient_of_an_oracle_can_be_had_by_way_of_a_lent_function() -> None:
    model, x = Draw(1).linear_network(), Draw(1).images(2)
    queries = []

    def oracle(images: Any) -> Any:
        queries.append(len(images))
        return model(images)

    with pytest.raises(ValueError, match="None"):
        lent(oracle, x)({"argument": 0}, x)
    assert queries == [2]
