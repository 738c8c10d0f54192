"""What stopped the student's file, where `otter check` runs it as one cell of a notebook; in the lab it is imported."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Mapping


def what_stopped_the_file(names: Mapping[str, object], functions: Iterable[str]) -> str:
    """The line that the file stopped at and what Python says about it; "" where it ran to its end or was imported.

    `names` are the names of the kernel, of which IPython keeps all cells as `In`; `functions` are those that the file
    should define. What stood above the line is defined, so that nothing else shows that the file stopped.
    """
    kept = names.get("In")
    cells = "".join(map(str, kept)) if isinstance(kept, list) else ""
    is_cell = "init_grading_mode(" in cells and any(f"def {function}(" in cells for function in functions)
    error = getattr(sys, "last_value", None)  # the kernel keeps the last exception that nobody caught
    return _line_and_words(error, names) if is_cell and error is not None else ""


def _line_and_words(error: BaseException, names: Mapping[str, object]) -> str:
    if isinstance(error, SyntaxError):
        return f"Line {error.lineno}: {type(error).__name__}: {error.msg}."
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_globals is names]
    return f"Line {lines[-1] if lines else '?'}: {type(error).__name__}: {error}"
