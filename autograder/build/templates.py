"""The texts that the build writes, from the templates beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
    autoescape=False,
)


def render(template: str, **values: Any) -> bytes:
    """The text of `template` with its `values`, as UTF-8. `points(2.0)` in a template reads `2`."""
    return _ENVIRONMENT.get_template(template).render(points=lambda number: f"{number:g}", **values).encode()
