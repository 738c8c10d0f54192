"""Known mistakes of week 3: variants of the reference, each with the sentence that a student who made it will read.

They run on the trusted side only: to name the mistake behind a wrong answer, and to prove that no question lets one
of them pass. A sentence may be shown for a hidden case, so it holds no input and no expected value.
"""

from __future__ import annotations

from . import q1_binary_threshold, q2_filters, q3_defend, q4_defence_report, q5_bpda_attack, q6_randomness
from .common import Mistake

MISTAKES: dict[str, list[Mistake]] = {
    **q1_binary_threshold.MISTAKES,
    **q2_filters.MISTAKES,
    **q3_defend.MISTAKES,
    **q4_defence_report.MISTAKES,
    **q5_bpda_attack.MISTAKES,
    **q6_randomness.MISTAKES,
}
