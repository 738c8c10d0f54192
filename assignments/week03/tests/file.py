"""Does week03.py load? And what is not checked here? This file gives no points."""

import logging
import sys
import traceback

from otter.logging import get_logger
from otter.test_files import test_case

from course.checks import CheckFailed

OK_FORMAT = False

name = "The file loads (no points)"  # Otter prints it before the result; -q goes by the name of this file

FUNCTIONS = ["binary_threshold", "gaussian_blur", "percentile_filter", "defend", "defence_report", "bpda_attack", "randomised_logits", "eot_gradient"]
NOTE = "Public cases only: 14 hidden cases (9.5 points) are run when you hand in."


def hidden_cases_remain():
    """Otter says only what failed, unless it is logged as a warning at least."""
    logging.addLevelName(logging.WARNING + 1, "NOTE")
    get_logger("week03").log(logging.WARNING + 1, NOTE)


def runs_as_a_cell(env):
    """Whether `otter check` runs the file here, as one cell of a notebook; in the lab it is imported."""
    cells = "".join(env.get("In", []))
    return "init_grading_mode(" in cells and any(f"def {function}(" in cells for function in FUNCTIONS)


def where_and_what(error, env):
    """The line of the file that the error came from, and what Python says about it."""
    if isinstance(error, SyntaxError):
        return f"Line {error.lineno}: {type(error).__name__}: {error.msg}."
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_globals is env]
    return f"Line {lines[-1] if lines else '?'}: {type(error).__name__}: {error}"


def stand_in(told):
    """What stands for every function: nothing of a file that stops is graded, and every result says why."""

    def did_not_load(*_arguments):
        raise CheckFailed(f"Your file did not load. {told}")

    return did_not_load


@test_case(name="The file loads to its end", points=0)
def test_loads(env):
    hidden_cases_remain()
    error = getattr(sys, "last_value", None)  # the kernel keeps the last exception that nobody caught
    if error is not None and runs_as_a_cell(env):
        told = where_and_what(error, env)
        env.update(dict.fromkeys(FUNCTIONS, stand_in(told)))
        raise CheckFailed(told)
