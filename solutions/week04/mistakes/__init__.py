"""Known mistakes of week 4: variants of the reference, each with the sentence that a student who made it will read.

They run on the trusted side only: to name the mistake behind a wrong answer, and to prove that no question lets one
of them pass. A sentence may be shown for a hidden case, so it holds no input and no expected value.
"""

from __future__ import annotations

from . import (
    q1_adversarial_loss,
    q2_train_step,
    q3_adversarial_fit,
    q4_augment,
    q5_robustness_table,
    q6_fgsm_random_start,
)
from .common import Mistake

MISTAKES: dict[str, list[Mistake]] = {
    **q1_adversarial_loss.MISTAKES,
    **q2_train_step.MISTAKES,
    **q3_adversarial_fit.MISTAKES,
    **q4_augment.MISTAKES,
    **q5_robustness_table.MISTAKES,
    **q6_fgsm_random_start.MISTAKES,
}
