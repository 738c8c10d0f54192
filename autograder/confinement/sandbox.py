"""The sandbox behind one small interface: start the fork server confined, and say how well it is confined.

The mechanism is Landlock, through the package `landlockpy`, and a filter of system calls (no root, no containers).
Whether it works is found by trying: before anything is graded, a probe inside tries what a hostile submission would.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from autograder.confinement import policy
from autograder.confinement.gpu import driver_trouble
from autograder.confinement.homes import remove_files_of
from autograder.confinement.last_words import last_words
from autograder.confinement.packages import make_view, python_itself
from autograder.errors import UsageError
from autograder.worker.wire import Channel, ClosedError, WireError

UNCONFINED = "none: submissions ran without a sandbox, so no file here was protected from them"
FOLDERS_FOR_ALL = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")))
WARDEN = Path(__file__).with_name("warden.py")
START = "import sys; sys.path[:0] = [sys.argv[1]]; from autograder.worker import {module}; {module}.main()"


@dataclass(frozen=True)
class Sandbox:
    """How submissions are confined. `level` is what every report says about it.

    `confined` is by Landlock; the filter of system calls is there without it, too. With a `user`, it runs as that user.
    """

    level: str
    confined: bool = True
    gpu: bool = False
    user: int | None = None

    def start(self, home: Path, module: str) -> Confined:
        """Start `autograder.worker.<module>` in a new sandbox whose only writable folder is `home/scratch`."""
        view, scratch = home / "view", home / "scratch"
        view.mkdir()
        scratch.mkdir()
        if self.user is not None:
            home.chmod(0o711)
            home.parent.chmod(0o711)
            self.hand_over(scratch)
        readable = [*make_view(view), view]
        ours, theirs = socket.socketpair()
        lifeline_read, lifeline_write = os.pipe()
        environment = {**policy.ENVIRONMENT, "HOME": str(scratch), "TMPDIR": str(scratch), "MPLCONFIGDIR": str(scratch)}
        if not self.gpu:
            environment["CUDA_VISIBLE_DEVICES"] = "-1"
        interpreter = os.path.realpath(sys.executable)
        files = self._files(readable, scratch) if self.confined else None
        given = json.dumps({"files": files, "close_memory": self.user is not None, "gpu": self.gpu})
        orders = {
            "command": [interpreter, "-I", "-S", "-B", "-c", START.format(module=module), str(view), given],
            "environment": environment,
            "folder": str(scratch),
            "user": self.user,
            "lifeline": lifeline_read,
        }
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        warden = subprocess.Popen(
            [sys.executable, "-I", str(WARDEN), json.dumps(orders)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=[lifeline_read],
            start_new_session=True,
        )
        theirs.close()
        os.close(lifeline_read)
        return Confined(warden, Channel(ours), lifeline_write, scratch, errors, files, self.gpu)

    def ask(self, home: Path, module: str, about: dict[str, Any], seconds: float) -> Any:
        """What `autograder.worker.<module>`, started in `home`, answers to `about` and to what a child may open.

        Raises `ClosedError`, or `TimeoutError` after so many `seconds`, with what it wrote last when it does not.
        """
        confined = self.start(home, module)
        try:
            deadline = time.monotonic() + seconds
            confined.channel.send({**about, "files": confined.files_of_a_child(confined.scratch)}, deadline)
            return confined.channel.receive(deadline)
        except TimeoutError:
            confined.end()
            raise TimeoutError(confined.complaint) from None
        except (ClosedError, WireError):
            confined.end()
            raise ClosedError(confined.complaint) from None
        finally:
            confined.end()

    def hand_over(self, folder: Path) -> None:
        """Let submissions write in `folder` and come to it; where they run as our own user there is nothing to do."""
        if self.user is not None:
            os.chown(folder, self.user, self.user, follow_symlinks=False)

    def take_back(self, folder: Path) -> None:
        """Undo `hand_over`, but let them come to what is in `folder`."""
        if self.user is not None:
            os.chown(folder, os.geteuid(), os.getegid(), follow_symlinks=False)
            folder.chmod(0o711)

    def clean_up(self) -> None:
        """Remove what a submission left outside of its folder, which only another user's can: in folders for all."""
        if self.user is not None:
            remove_files_of(self.user, FOLDERS_FOR_ALL)

    def _files(self, readable: list[Path], scratch: Path) -> dict[str, Any]:
        """What the fork server may open."""
        wanted = [*policy.SYSTEM_PATHS, *map(str, [*readable, *python_itself()])]
        devices = [Path("/dev/null")]
        if self.gpu:
            wanted += policy.GPU_READABLE
            devices += [device for name in policy.GPU_DEVICES for device in sorted(Path("/dev").glob(name))]
        return {
            "listable": [os.path.realpath(sysconfig.get_path("stdlib"))],  # to import from it, its names must be seen
            "readable": sorted({os.path.realpath(path) for path in wanted if os.path.exists(path)}),
            "devices": [str(device) for device in devices],
            "changeable": [policy.NAMES_OF_THREADS] if self.gpu else [],
            "writable": [str(scratch)],
        }


@dataclass
class Confined:
    """A process that runs in a sandbox, its channel, and its end.

    `complaint`, once it has ended, is what it wrote last on standard error: why it did not start.
    """

    warden: subprocess.Popen[bytes]
    channel: Channel
    lifeline: int
    scratch: Path
    errors: IO[bytes] = field(repr=False)
    files: dict[str, Any] | None = field(repr=False)
    gpu: bool
    complaint: str = ""

    def files_of_a_child(self, folder: Path) -> dict[str, Any] | None:
        """What a child of this fork server may open: less than it, in its scratch and in `/proc` its own part alone.

        Of the rest it keeps what it has, which a few coarse rules say faster than the fork server's many fine ones.
        """
        if self.files is None:
            return None
        home = self.scratch.parent
        kept = {"/".join(path.split("/")[:2]) for path in self.files["readable"] if home not in Path(path).parents}
        proc_files = policy.PROC_FILES + (policy.GPU_PROC_FILES if self.gpu else ())
        own = [path for path in proc_files if os.path.exists(path)]
        readable = [*sorted(kept - {"/proc"}), str(home / "view"), *own]
        changeable = [policy.OWN_NAMES_OF_THREADS] if self.gpu else []
        return {**self.files, "readable": readable, "changeable": changeable, "writable": [str(folder)]}

    def end(self) -> None:
        """Kill it and all it started, and wait until nothing is left."""
        if self.errors.closed:
            return
        self.channel.close()
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1
        try:
            self.warden.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.warden.kill()
            self.warden.wait()
        lines = last_words(self.errors).splitlines()
        self.complaint = lines[-1] if lines else "it ended without a word"

    def pids(self) -> set[int]:
        """The processes that run in it."""
        try:
            return {process.pid for process in psutil.Process(self.warden.pid).children(recursive=True)}
        except psutil.NoSuchProcess:
            return set()


def choose_sandbox(requested: str, gpu: bool) -> Sandbox:
    """The strongest sandbox that works here, found by trying. Raises `UsageError` when none does.

    `requested` is `auto`, or `none` for no sandbox at all, which every result then says.
    """
    if requested not in ("auto", "none"):
        raise UsageError(f"--sandbox takes auto or none, not {requested!r}.")
    if requested == "none":
        return Sandbox(level=UNCONFINED, confined=False, gpu=gpu)
    if not sys.platform.startswith("linux"):
        raise UsageError(
            "Nothing can be graded here: submissions are confined with Landlock, which only Linux has, and run in "
            "processes that only Linux can watch. Grade on Linux 6.2 or newer; `autograder check` works everywhere."
        )
    try:
        import landlockpy
    except Exception as error:  # a broken installation may raise anything at import
        raise UsageError(_no_sandbox(f"the package landlockpy can't be imported ({error})")) from None
    try:
        version = landlockpy.abi_version()
    except OSError as error:
        raise UsageError(_no_sandbox(f"Landlock is refused here ({os.strerror(error.errno or 0)})")) from None
    if version < 1:
        raise UsageError(_no_sandbox("this kernel does not offer Landlock (it may be switched off at boot)"))
    sandbox = Sandbox(level=f"Landlock ABI {version} and a filter of system calls", gpu=gpu)
    if gpu and (trouble := driver_trouble(sandbox)):
        level = f"{sandbox.level}; submissions compute on the CPU, as the GPU does not work in it ({trouble})"
        sandbox = Sandbox(level=level)
    breaches = probe(sandbox)
    if breaches:
        raise UsageError(_no_sandbox(f"the sandbox starts, but a submission could still {' and '.join(breaches)}"))
    return sandbox


def probe(sandbox: Sandbox, secrets: Sequence[str] = ()) -> list[str]:
    """What a process inside `sandbox` can do that it must not, such as open one of the `secrets`.

    Raises `UsageError` when it does not even start.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket() as listener,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as named,
    ):
        outside = Path(folder) / "outside"
        outside.write_text("not for submissions")
        outside.chmod(0o600)
        (home := Path(folder) / "home").mkdir()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        abstract.bind(f"\0{folder}")
        abstract.listen()
        datagrams.bind(f"\0{folder}datagrams")
        named.bind(f"{folder}/socket")
        # A process of our own to aim at: a trace that succeeds stops its target.
        decoy = subprocess.Popen(["sleep", "60"], start_new_session=True)
        targets = {
            "file": str(outside),
            "secrets": list(secrets),
            "port": listener.getsockname()[1],
            "abstract": folder,
            "socket": f"{folder}/socket",
            "pid": decoy.pid,
        }
        try:
            breaches = sandbox.ask(home, "probe", targets, seconds=30)
        except (ClosedError, TimeoutError) as error:
            raise UsageError(_no_sandbox(str(error))) from None
        finally:
            decoy.kill()
            decoy.wait()
    return list(breaches)


def _no_sandbox(reason: str) -> str:
    return (
        f"No sandbox works here: {reason}. Grading runs untrusted code, so it stops. Your choices: grade on Linux 6.2 "
        "or newer with the package landlockpy installed; or, only for submissions that you trust, add --sandbox none, "
        "which marks every result it writes."
    )
