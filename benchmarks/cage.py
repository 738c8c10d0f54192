"""`otter run` on one submission, in a cage: it has no sandbox of its own, and what it runs here is hostile.

Process, mount and temporary folder of its own, a user that nobody is, a limit on addresses and one of time. That takes
root. Nothing outside of its temporary folder can be written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.build.zips import zip_name
from autograder.confinement.unprivileged import free_user
from autograder.week import ROOT
from tests.autograder.hostile import HONEST, SECRET

ZIP = ROOT / "dist" / zip_name("otter", "week01")
ADDRESSES = 6 << 30
TRACES = re.compile(r"FOUND \[|found \['|touched [1-9]|an attack library is there|LEAK")
"""What the hostile files say when they got at something."""

UNSHARE = ("unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child")
IN_THE_CAGE = """
mount --bind "$1/tmp" /tmp || exit 99
cd /tmp/work
timeout -s KILL "$2" prlimit --as="$3" setpriv --reuid="$4" --regid="$4" --clear-groups --no-new-privs \\
    env -i PATH=/usr/bin:/bin HOME=/tmp/home AUTOGRADER_TEST_SECRET="$5" TF_CPP_MIN_LOG_LEVEL=3 \\
    "$6" -m otter run -a /tmp/otter.zip -o /tmp/work "$7" >/tmp/printed 2>&1
echo $? >/tmp/status
grep -l "^Uid:[[:space:]]*$4[[:space:]]" /proc/[0-9]*/status 2>/dev/null | wc -l >/tmp/left
"""


@dataclass(frozen=True)
class Cheat:
    """A hostile submission: the file or folder that is handed in, under the name of its threat.

    `digest` is of what an outcome depends on: the submission and the zip.
    """

    name: str
    path: Path
    digest: str


def digest(*parts: str) -> str:
    """A short digest of the zip and of these texts."""
    return hashlib.sha256(ZIP.read_bytes() + "\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Ran:
    """How `otter run` ended. `score` is None when there are no results; `left` counts processes that outlive it."""

    name: str
    digest: str
    score: float | None
    hung: bool = False
    status: int = 0
    left: int = 0
    notes: list[str] = field(default_factory=list)


def run_otter(cheat: Cheat, python: Path, seconds: int, doors: Doors) -> Ran:
    """Run `otter run` on one submission in its cage, and look at what it left."""
    user = free_user()
    with tempfile.TemporaryDirectory() as cage:
        temporary = Path(cage, "tmp")
        furnish(temporary, cheat, user)
        Path(cage).chmod(0o755)
        command = [*UNSHARE, "sh", "-c", IN_THE_CAGE, "cage"]
        values = [cage, seconds, ADDRESSES, user, SECRET, python, f"/tmp/work/{cheat.path.name}"]
        subprocess.run([*command, *map(str, values)], check=True, timeout=seconds + 60, cwd="/")
        status, left = (int((temporary / name).read_text()) for name in ("status", "left"))
        results = text_of(temporary / "work" / "results.json")
        traces = TRACES.findall(visible(results) + text_of(temporary / "printed"))
        notes = sorted({f"shows {trace!r}" for trace in traces}) + doors.visits()
        if any(temporary.rglob("pwned")):
            notes.append("code ran from a pickle")
    return Ran(cheat.name, cheat.digest, total(results), status == 137, status, left, notes)


def furnish(temporary: Path, cheat: Cheat, user: int) -> None:
    """Put into the cage's folder what is handed in, the zip, a secret and what somebody else handed in."""
    (temporary / "work" / "other").mkdir(parents=True)
    (temporary / "home").mkdir()
    (temporary / "work" / "secret.txt").write_text(SECRET)
    (temporary / "work" / "other" / "week01.py").write_text(HONEST)
    shutil.copy(ZIP, temporary / "otter.zip")
    copy(cheat.path, temporary / "work" / cheat.path.name)
    for path in (temporary, *temporary.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


def text_of(path: Path) -> str:
    """The beginning of a file, whatever is in it; "" where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(5_000_000).decode("utf-8", "replace")


def copy(path: Path, to: Path) -> None:
    """Copy what is handed in, as it is: a link as a link, a pipe as a pipe."""
    if path.is_fifo():
        os.mkfifo(to)
    elif path.is_dir():
        shutil.copytree(path, to, symlinks=True)
    else:
        shutil.copy(path, to, follow_symlinks=False)


def total(results: str) -> float | None:
    """The points in a `results.json`; None when there is nothing to read in it."""
    try:
        values = json.loads(results)
        if "tests" not in values:
            return float(values["score"])
        return sum(float(test["score"]) for test in values["tests"] if "score" in test)
    except (ValueError, TypeError, KeyError):
        return None


def visible(results: str) -> str:
    """What a student sees of a `results.json`."""
    try:
        tests = json.loads(results)["tests"]
        return "\n".join(str(test.get("output", "")) for test in tests if test.get("visibility") != "hidden")
    except (ValueError, TypeError, KeyError):
        return ""


class Doors:
    """A port of the loopback that nobody should come to, neither by a connection nor with a datagram."""

    def __init__(self) -> None:
        self._connections, self._datagrams = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self._connections.bind(("127.0.0.1", 0))
        self._connections.listen()
        self.port: int = self._connections.getsockname()[1]
        self._datagrams.bind(("127.0.0.1", self.port))
        for door in (self._connections, self._datagrams):
            door.setblocking(False)

    def visits(self) -> list[str]:
        """Who came since the last time, in words."""
        connections = list(iter(lambda: _next(self._connections.accept), None))
        datagrams = list(iter(lambda: _next(lambda: self._datagrams.recv(100)), None))
        for connection, _ in connections:
            connection.close()
        return ["the connection was made"] * bool(connections) + ["the datagram came"] * bool(datagrams)


def _next(take: Callable[[], Any]) -> Any:
    try:
        return take()
    except BlockingIOError:
        return None
