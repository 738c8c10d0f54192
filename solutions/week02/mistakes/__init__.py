"""Known mistakes of week 2: variants of the reference, each with the sentence that a student who made it will read.

They run on the trusted side only: to name the mistake behind a wrong answer, and to prove that no question lets one
of them pass. A sentence may be shown for a hidden case, so it holds no input and no expected value.
"""

from __future__ import annotations

from . import q1_project_linf, q2_bim, q3_pgd, q4_mim, q5_pgd_l2, q6_confusion
from .common import Mistake

MISTAKES: dict[str, list[Mistake]] = {
    **q1_project_linf.MISTAKES,
    **q2_bim.MISTAKES,
    **q3_pgd.MISTAKES,
    **q4_mim.MISTAKES,
    **q5_pgd_l2.MISTAKES,
    **q6_confusion.MISTAKES,
}
