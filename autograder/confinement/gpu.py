"""Whether submissions can compute on a GPU in a sandbox: found by trying, as the sandbox itself is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.worker.wire import ClosedError

if TYPE_CHECKING:
    from autograder.confinement.sandbox import Sandbox

PATIENCE = 60  # seconds: the first process that starts the driver may load it into the kernel


def driver_trouble(sandbox: Sandbox) -> str:
    """What keeps the GPU's driver from working for a submission in `sandbox`, in a few words; "" where it works."""
    with tempfile.TemporaryDirectory() as folder:
        (home := Path(folder) / "home").mkdir()
        try:
            return str(sandbox.ask(home, "driver", {}, PATIENCE))
        except TimeoutError:
            return f"it did not start within {PATIENCE} seconds"
        except ClosedError as error:
            return str(error)
