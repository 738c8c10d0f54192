"""Known mistakes of week 1: variants of the reference, each with the sentence that a student who made it will read.

They run on the trusted side only: to name the mistake behind a wrong answer, and to prove that no question lets one
of them pass. A sentence may be shown for a hidden case, so it holds no input and no expected value.
"""

from __future__ import annotations

from . import q1_input_gradient, q2_fgsm, q3_targeted_fgsm, q4_fooling_image, q5_disguised_image, q6_accuracy_by_epsilon
from .common import Mistake

MISTAKES: dict[str, list[Mistake]] = {
    **q1_input_gradient.MISTAKES,
    **q2_fgsm.MISTAKES,
    **q3_targeted_fgsm.MISTAKES,
    **q4_fooling_image.MISTAKES,
    **q5_disguised_image.MISTAKES,
    **q6_accuracy_by_epsilon.MISTAKES,
}
