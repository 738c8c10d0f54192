"""Why the build writes nothing: one exception, whose text teaches."""

from __future__ import annotations


class RefusalError(Exception):
    """Something about a week makes its assignment unfit to hand out; the text says what, where and what to do."""
