"""Whether submissions can compute on a GPU in a sandbox: found by trying, as the sandbox itself is."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.worker.wire import ClosedError, WireError

if TYPE_CHECKING:
    from autograder.confinement.sandbox import Sandbox

PATIENCE = 60  # seconds: the first process that starts the driver may load it into the kernel


def driver_trouble(sandbox: Sandbox) -> str:
    """What keeps the GPU's driver from working for a submission in `sandbox`, in a few words; "" where it works."""
    with tempfile.TemporaryDirectory() as folder:
        (home := Path(folder) / "home").mkdir()
        confined = sandbox.start(home, "driver")
        try:
            deadline = time.monotonic() + PATIENCE
            confined.channel.send(confined.files_of_a_child(confined.scratch), deadline)
            return str(confined.channel.receive(deadline))
        except TimeoutError:
            return f"it did not start within {PATIENCE} seconds"
        except (ClosedError, WireError):
            confined.end()
            return confined.complaint
        finally:
            confined.end()
