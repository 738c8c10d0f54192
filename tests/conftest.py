"""The order of the files: the longest first, or one process would end with them while the other has nothing to do."""

from __future__ import annotations

import pytest

LONGEST = ("test_verdicts.py", "test_tenfold.py", "test_threats.py", "test_build_week01.py", "test_resume.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files, and leave the tests of each in their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
