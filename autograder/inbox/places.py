"""Where submissions lie: a folder, or a zip archive that is read where it is. Neither follows a link.

Both are asked by names from their top downwards (`("ann", "week01.py")`), so that whoever looks for submissions need
not know which it is. An archive is never unpacked: a member's name never becomes a path on this machine.
"""

from __future__ import annotations

import itertools
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autograder.errors import UsageError
from autograder.inbox.entry import RefusedError, kind_refusal, too_large
from autograder.names import printable

MAX_MEMBERS = 200_000
"""A whole course's export has fewer members than this."""

MAX_FILES = 1_000
"""One student hands in fewer files than this."""


@dataclass(frozen=True)
class Item:
    """What lies under a name: a `file`, a `folder`, a `link` or something `other`, and a file's size in bytes."""

    kind: str
    size: int = 0


class Place(Protocol):
    """A tree of names with files in it. A failing disk is an `OSError`."""

    title: str

    def names(self, parts: tuple[str, ...]) -> list[str]:
        """The names in a folder, in no order."""

    def look(self, parts: tuple[str, ...]) -> Item | None:
        """What lies there, None for nothing; links are not followed."""

    def crowded(self, parts: tuple[str, ...]) -> int:
        """How many files a folder holds, if those are too many for one student and that is known; else 0."""

    def read(self, parts: tuple[str, ...], most: int) -> bytes:
        """The file's bytes. Raises `RefusedError` when it is no ordinary file, or larger than `most`."""


class Folder:
    """A folder on the disk. Links on the way to it are the user's own."""

    def __init__(self, path: Path) -> None:
        self.title = str(path)
        self._path = path

    def names(self, parts: tuple[str, ...]) -> list[str]:
        """The names in a folder, in no order."""
        return os.listdir(self._path.joinpath(*parts))

    def look(self, parts: tuple[str, ...]) -> Item | None:
        """What lies there, None for nothing; links are not followed."""
        try:
            return _item(self._path.joinpath(*parts).lstat())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def crowded(self, parts: tuple[str, ...]) -> int:
        """Always 0: what else is in a folder is never looked at."""
        return 0

    def read(self, parts: tuple[str, ...], most: int) -> bytes:
        """The file's bytes.

        What is looked at is what is open: swapping the file for a link or a pipe after it was found gains nothing.
        """
        name = parts[-1]
        try:
            descriptor = _open_below(self._path, parts)
        except OSError as error:
            raise RefusedError(f"{printable(name)} can't be read: {error.strerror}.") from error
        try:
            item = _item(os.fstat(descriptor))
            refusal = kind_refusal(item.kind, item.size, name)
            if refusal:
                raise RefusedError(refusal)
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(most + 1)
        finally:
            os.close(descriptor)
        if len(content) > most:
            raise RefusedError(too_large(len(content), name))
        return content


def _open_below(folder: Path, parts: Iterable[str]) -> int:
    """A descriptor of the file `folder`/`parts`, opened name by name without following a link or waiting for a pipe."""
    descriptor = os.open(folder, os.O_RDONLY)
    for part in parts:
        parent = descriptor
        try:
            descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
        finally:
            os.close(parent)
    return descriptor


def _item(status: os.stat_result) -> Item:
    return Item(_kind(status.st_mode), status.st_size)


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


class Archive:
    """A zip archive, read in memory and only as far as asked; a name that would lead out of it stands there as `..`."""

    def __init__(self, path: Path) -> None:
        """Read the table of contents. Raises `UsageError` when there is none, or one too large."""
        self.title = str(path)
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, struct.error, RuntimeError, EOFError, ValueError) as error:
            raise UsageError(f"{path} is no zip archive that can be read: {error}. Download it again.") from error
        members = self._archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise UsageError(f"{path} holds {len(members):,} files, where an export of a class has fewer than this.")
        self._folders: dict[tuple[str, ...], dict[str, None]] = {(): {}}
        self._files: dict[tuple[str, ...], zipfile.ZipInfo] = {}
        self._counts: dict[tuple[str, ...], int] = {}
        for member in members:
            self._add(member)

    def _add(self, member: zipfile.ZipInfo) -> None:
        parts = tuple(part or ".." for part in member.filename.removesuffix("/").split("/"))[:20]
        for depth in range(len(parts)):
            self._folders.setdefault(parts[:depth], {})[parts[depth]] = None
            self._counts[parts[:depth]] = self._counts.get(parts[:depth], 0) + 1
        if member.filename.endswith("/"):
            self._folders.setdefault(parts, {})
        else:
            self._files[parts] = member

    def names(self, parts: tuple[str, ...]) -> list[str]:
        """The names in a folder, in no order."""
        return list(self._folders.get(parts, ()))

    def look(self, parts: tuple[str, ...]) -> Item | None:
        """What lies there, None for nothing."""
        if parts in self._folders:
            return Item("folder")
        member = self._files.get(parts)
        if member is None:
            return None
        mode = member.external_attr >> 16
        return Item(_kind(mode) if stat.S_IFMT(mode) else "file", member.file_size)

    def crowded(self, parts: tuple[str, ...]) -> int:
        """How many files a folder holds, if those are too many for one student; else 0."""
        count = self._counts.get(parts, 0)
        return count if count > MAX_FILES else 0

    def read(self, parts: tuple[str, ...], most: int) -> bytes:
        """The file's bytes: no more than `most` are ever unpacked, whatever the archive says of its size."""
        item, name = self.look(parts), parts[-1]
        if item is None or item.kind != "file":
            raise RefusedError(kind_refusal(item.kind, 0, name) if item else f"{printable(name)} can't be read.")
        member = self._files[parts]
        # The other methods unpack a whole block at a time, which a few bytes can blow up.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
            raise RefusedError(f"{printable(name)} is packed in a way that is not read. Hand in the file itself.")
        try:
            with self._archive.open(member) as file:
                content = file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, ValueError, OSError) as error:
            raise RefusedError(f"{printable(name)} can't be read from the archive, which is damaged.") from error
        if len(content) > most:
            raise RefusedError(too_large(max(item.size, len(content)), name))
        return content


def some_names(place: Place, parts: tuple[str, ...]) -> str:
    """The first names in a folder, for a message."""
    try:
        names = sorted(printable(name) for name in itertools.islice(place.names(parts), 10_000))[:6]
    except OSError:
        return "what can't be read"
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "") or "nothing"
