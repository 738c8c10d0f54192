"""The files that a process may open from here on: Landlock, through `landlockpy`.

Landlock only ever takes away. The fork server enters first; each child enters once more, to less: of the scratch
folder its own part, of `/proc` itself. A process can neither trace nor open the memory of one that entered less.
"""

from __future__ import annotations

import os
from typing import Any


def confine(files: dict[str, Any] | None) -> None:
    """Keep this process, and all that it starts, to the paths in `files`, for good.

    `readable` and `devices` are files, or folders with all that is beneath; devices can be written to, too. Of the
    folders `listable` the names can be seen, and of those beneath; in the folders `writable` files can be made, and in
    the folders `changeable` files that are there can be read and written. What the kernel's Landlock can close beside
    files is closed: TCP, signals to others, abstract sockets of others. Without `files` nothing happens. Raises
    `OSError`, which says what for, where it can't be.
    """
    if files is None:
        return
    from landlockpy import AccessFS, RestrictFlag, Ruleset, Scope

    to_read = AccessFS.EXECUTE | AccessFS.READ_FILE | AccessFS.READ_DIR
    to_use = to_read | AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.IOCTL_DEV
    to_keep = to_use | AccessFS.MAKE_REG | AccessFS.MAKE_DIR | AccessFS.MAKE_SYM | AccessFS.MAKE_FIFO
    to_keep |= AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR | AccessFS.REFER
    try:
        with Ruleset(scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as ruleset:
            for paths, access in (
                (files["listable"], AccessFS.READ_DIR),
                (files["readable"], to_read),
                (files["devices"], to_use),
                (files["changeable"], AccessFS.READ_FILE | AccessFS.WRITE_FILE),
                (files["writable"], to_keep),
            ):
                for path in paths:
                    ruleset.allow_path(path, access if os.path.isdir(path) else access & ~AccessFS.READ_DIR)
            ruleset.restrict(RestrictFlag.LOG_SAME_EXEC_OFF)  # or the audit log could be flooded
    except OSError as error:
        raise OSError(error.errno, f"Landlock can't be entered: {error}") from None
