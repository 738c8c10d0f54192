"""Does week01.py load? And what is not checked here? This file gives no points."""

import logging

from otter.logging import get_logger
from otter.test_files import test_case

from course.checks import CheckFailed
from course.loading import what_stopped_the_file

OK_FORMAT = False

name = "The file loads (no points)"  # Otter prints it before the result; -q goes by the name of this file

FUNCTIONS = ["input_gradient", "fgsm", "targeted_fgsm", "fooling_image", "disguised_image", "accuracy_by_epsilon"]
NOTE = "Public cases only: 12 hidden cases (11 points) are run when you hand in."


def hidden_cases_remain():
    """Otter says only what failed, unless it is logged as a warning at least."""
    logging.addLevelName(logging.WARNING + 1, "NOTE")
    get_logger("week01").log(logging.WARNING + 1, NOTE)


def did_not_load(*_arguments):
    """What stands for every function of a file that stops: nothing of it is graded."""
    raise CheckFailed("Your file did not load: the first result names the line.")


@test_case(name="The file loads to its end", points=0)
def test_loads(env):
    hidden_cases_remain()
    stopped = what_stopped_the_file(env, FUNCTIONS)
    if stopped:
        env.update(dict.fromkeys(FUNCTIONS, did_not_load))
        raise CheckFailed(stopped)
