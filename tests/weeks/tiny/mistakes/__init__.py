"""Known mistakes of the tiny week: what students answer instead, with a sentence each."""

from __future__ import annotations

from . import q1_shift, q2_shift_and_clip
from .common import Mistake

MISTAKES: dict[str, list[Mistake]] = {**q1_shift.MISTAKES, **q2_shift_and_clip.MISTAKES}
