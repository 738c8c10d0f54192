"""`python -m solutions.reproduce`: the command, with TensorFlow's start kept quiet."""

from __future__ import annotations

import sys

from course.quiet import quiet_start


def start() -> int:
    """Import what takes long, then run the command."""
    try:
        with quiet_start():
            from course.device import use_gpu_politely
            from solutions.reproduce.command import main

            use_gpu_politely()
        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(start())
