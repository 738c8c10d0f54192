"""The files that a process may open from here on: Landlock, through `landlockpy`.

Landlock only ever takes away. The fork server enters first; each child enters once more, to less: of the scratch
folder its own part, of `/proc` itself. A process can neither trace nor open the memory of one that entered less.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

_PR_SET_DUMPABLE = 4


def confine(files: dict[str, Any] | None) -> None:
    """Keep this process, and all that it starts, to `files["readable"]` and `files["writable"]`, for good.

    Both are paths of files, or of folders with all that is beneath. The network is closed, and where the kernel can do
    that, nobody outside can be signalled. Without `files` nothing happens. Raises `OSError` where it can't be.
    """
    if files is None:
        return
    from landlockpy import AccessFS, Ruleset, Scope

    of_a_file = AccessFS.EXECUTE | AccessFS.READ_FILE
    to_read = of_a_file | AccessFS.READ_DIR
    with Ruleset(scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as ruleset:
        for path in files["readable"]:
            ruleset.allow_path(path, to_read if os.path.isdir(path) else of_a_file)
        for path in files["writable"]:
            to_write = AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.IOCTL_DEV
            ruleset.allow_path(path, ruleset.handled_fs if os.path.isdir(path) else of_a_file | to_write)
        ruleset.restrict()


def close_memory() -> None:
    """Close this process's memory and descriptors to others of its user: its children, where no Landlock does that."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process can't be closed to others of its user")
