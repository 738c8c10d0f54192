"""Solutions are cut out on the syntax tree: nothing of them stays, nothing else goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.build.refusal import RefusalError
from autograder.build.stub import check_signatures, make_stub, solution_lines
from autograder.week import ROOT, Question, Week, load_week

TINY = load_week("tiny", ROOT / "tests" / "weeks")


def week_of(*functions: str) -> Week:
    questions = tuple(Question(f"q{n}", "", (name,), 1, Path(), 1) for n, name in enumerate(functions, 1))
    return replace(TINY, name="week09", questions=questions)


def test_a_body_becomes_an_exception_that_names_week_question_and_function() -> None:
    source = '''"""Module."""

import numpy as np


def one(x: float) -> float:
    """Doubles."""
    # BEGIN SOLUTION
    twice = 2 * x
    return twice
    # END SOLUTION


GIVEN = 3
'''
    assert (
        make_stub(source, week_of("one"))
        == '''"""Module."""

import numpy as np


def one(x: float) -> float:
    """Doubles."""
    raise NotImplementedError("week09, q1: one is yours to implement")


GIVEN = 3
'''
    )


def test_a_string_that_holds_the_marker_stays() -> None:
    source = '''TEXT = """
    # BEGIN SOLUTION
"""
NOTE = "# END SOLUTION"  # not the marker: # END SOLUTION


def one():
    """Says # BEGIN SOLUTION
    # BEGIN SOLUTION
    """
    # BEGIN SOLUTION
    return """
    # END SOLUTION
    """
    # END SOLUTION
'''
    stub = make_stub(source, week_of("one"))
    assert stub.endswith('    """\n    raise NotImplementedError("week09, q1: one is yours to implement")\n')
    assert 'NOTE = "# END SOLUTION"' in stub
    assert "return" not in stub


def test_given_lines_around_a_block_stay() -> None:
    source = """def one(xs):
    total = 0
    for x in xs:
        # BEGIN SOLUTION
        if x:
            total += x
        # END SOLUTION
    return total
"""
    stub = make_stub(source, week_of("one"))
    assert "        raise NotImplementedError" in stub
    assert "    return total\n" in stub


def test_nested_functions_and_methods() -> None:
    source = '''def outer():
    """Returns a function."""

    def inner(x):
        # BEGIN SOLUTION
        def deepest():
            return x

        return deepest()
        # END SOLUTION

    return inner


class Given:
    def method(self):
        # BEGIN SOLUTION
        return 1
        # END SOLUTION
'''
    stub = make_stub(source, week_of("outer"))
    assert stub.count("q1: outer is yours to implement") == 1
    assert '"week09: method is yours to implement"' in stub
    assert "    return inner\n" in stub
    assert "deepest" not in stub


def test_a_helper_of_the_solution_alone_goes() -> None:
    source = """import math

# BEGIN SOLUTION
import secrets


@property
def helper():
    return secrets
# END SOLUTION


def one():
    # BEGIN SOLUTION
    return helper()
    # END SOLUTION
"""
    stub = make_stub(source, week_of("one"))
    assert "helper" not in stub
    assert "secrets" not in stub
    assert stub.startswith("import math\n")


def test_two_blocks_in_one_function() -> None:
    source = """def one(x):
    # BEGIN SOLUTION
    y = x
    # END SOLUTION
    print("given")
    # BEGIN SOLUTION
    return y
    # END SOLUTION
"""
    assert make_stub(source, week_of("one")).count("raise NotImplementedError") == 2
    assert solution_lines(source, "week09.py") == ["    y = x", "    return y"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def one():\n    # BEGIN SOLUTION\n    return 1\n", "line 2: # BEGIN SOLUTION has no # END SOLUTION"),
        ("def one():\n    return 1\n    # END SOLUTION\n", "has no partner"),
        (
            "def one():\n    # BEGIN SOLUTION\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n",
            "has no partner",
        ),
        ("def one():\n    x = 1  # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n", "the line to itself"),
        ("def one():\n    return 1\n", "one has no solution block"),
        ("def two():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n", "0 functions one"),
        ('def one():\n    # BEGIN SOLUTION\n    """Doc."""\n    return 1\n    # END SOLUTION\n', "docstring of one"),
        ("# BEGIN SOLUTION\ndef one():\n    return 1\n# END SOLUTION\n", "no solution block"),
        (
            "def one():\n    x = [\n        # BEGIN SOLUTION\n        1,\n        # END SOLUTION\n    ]\n",
            "cuts the statement at line 2",
        ),
        (
            "def one():\n    # BEGIN SOLUTION\n    if True:\n        x = 1\n    # END SOLUTION\n        y = 2\n",
            "cuts the statement at line 3",
        ),
    ],
)
def test_what_cannot_be_cut_is_refused(source: str, told: str) -> None:
    with pytest.raises(RefusalError, match=told):
        make_stub(source, week_of("one"))


@pytest.mark.parametrize(
    "stub",
    [
        'def one(y):\n    """Doc."""\n',
        'def one(x=1):\n    """Doc."""\n',
        'def one(x: int):\n    """Doc."""\n',
        'def one(x) -> int:\n    """Doc."""\n',
        'def one(x):\n    """Other."""\n',
        "def two(x):\n    pass\n",
    ],
)
def test_another_signature_is_refused(stub: str) -> None:
    with pytest.raises(RefusalError, match="one"):
        check_signatures('def one(x):\n    """Doc."""\n    return x\n', stub, week_of("one"))
