"""What a process wrote on standard error before it ended, as far as people want to read it."""

from __future__ import annotations

import os
from typing import IO

MOST = 2000  # bytes


def last_words(errors: IO[bytes]) -> str:
    """The end of what was written to the file `errors`, which is closed then."""
    with errors:
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - MOST))
        return errors.read().decode("utf-8", "replace").strip()
