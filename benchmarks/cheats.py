"""What hostile submissions get: from `otter run`, and from `autograder grade`.

    sudo .venv/bin/python -m benchmarks.cheats [--only NAME…] [--seconds 60]

runs every hostile file of the tests (tests/submissions/threats and those that tests/autograder/hostile.py makes) under
`otter run`, with dist/otter-week01.zip, and grades all of them as one class with `autograder grade`; it writes
docs/cheats.md. What was run is kept in results/cheats.jsonl: stopped, it goes on where it was.

`otter run` has no sandbox, so it gets a cage: process, mount and temporary folder of its own, a user that nobody is,
6 GB of addresses, and a limit of time. That takes root, and a Python with this project's packages which other users
can start (`--python`). Nothing of it can be written outside of its temporary folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from autograder.unprivileged import free_user
from autograder.week import ROOT
from tests.autograder.hostile import (
    BY_HAND,
    HONEST,
    HOSTILE,
    MEMORISED,
    ORACLE_CHEATS,
    SECRET,
    grade_hostile,
    honest_behind,
    make_hostile_files,
    memorised,
    short_week,
    source_of,
)

ZIP = ROOT / "dist" / "otter-week01.zip"
KEPT = ROOT / "results" / "cheats.jsonl"
OUT = ROOT / "docs" / "cheats.md"
ADDRESSES = 6 << 30
TRACES = re.compile(r"FOUND \[|found \['|touched [1-9]|an attack library is there|LEAK")
"""What the hostile files say when they got at something."""

IN_THE_CAGE = """
mount --bind "$1/tmp" /tmp || exit 99
cd /tmp/work
timeout -s KILL "$2" prlimit --as="$3" setpriv --reuid="$4" --regid="$4" --clear-groups --no-new-privs \\
    env -i PATH=/usr/bin:/bin HOME=/tmp/home AUTOGRADER_TEST_SECRET="$5" TF_CPP_MIN_LOG_LEVEL=3 \\
    "$6" -m otter run -a /tmp/otter.zip -o /tmp/work "$7" >/tmp/printed 2>&1
echo $? >/tmp/status
grep -l "^Uid:[[:space:]]*$4[[:space:]]" /proc/[0-9]*/status 2>/dev/null | wc -l >/tmp/left
"""

HEADING = """\
Written by `benchmarks/cheats.py`. On the left `otter run` of otter-grader {otter}, with the zip that our build makes
for it, hidden cases included. On the right `autograder grade` on the same files, all of them in one class with one
worker, each followed by an honest submission.

The files of rows 1 to 20 and 24 stand around a base that is worth {real} of 20 points to `otter run` and {base} to
ours, which also takes what follows from an earlier function; those of rows 22 and 23 are odd as files. **Bold** is a
score that was not earned. `otter run` has no limits of its own: it was killed after {seconds} s, had 6 GB of addresses,
and ran as a user who has no files but a secret, another student's submission and the zip. A cheat that is made for one
of the two graders may do nothing to the other.
"""
FOOT = """\
Row 21 ({oracle}) needs a week with an oracle, which week 1 is not: the tests grade them, and each loses its question.
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


def cheats(folder: Path, port: int) -> Iterator[Cheat]:
    """Every hostile submission of week 1, written below `folder`, as they know the places of `otter run`."""
    work = "/tmp/work"
    replacements = {
        "PORT": str(port),
        "ABSTRACT": repr("\0nobody"),
        "TEST_PID": "1",
        "SECRET_FILE": repr(f"{work}/secret.txt"),
        "OUT_FOLDER": repr(work),
        "KNOWN_PLACES": repr([work, f"{work}/secret.txt", f"{work}/other/week01.py", "/tmp/otter.zip"]),
    }
    sources = {"00_base": source_of("00_base", replacements)}
    sources |= {name: source_of(name, replacements) for name in HOSTILE}
    sources |= memorised(short_week(folder / "weeks"))
    for name, source in sources.items():
        path = folder / name / "week01.py"
        path.parent.mkdir()
        path.write_text(source, encoding="utf-8")
        yield Cheat(name, path, digest(source.replace(str(port), "PORT")))
    files = make_hostile_files(folder / "files")
    for name, (part, _, _) in files.items():
        (found,) = [path for path in (folder / "files").iterdir() if printable(path.name).startswith(part)]
        yield Cheat(name, found / "week01.py" if found.is_dir() else found, digest(name, HONEST))
    for name in ("otter", "numpy"):
        yield Cheat(f"22_is_named_{name}", folder / "files" / f"{name}.py", digest(name, HONEST))


def printable(name: str) -> str:
    """The name as reports spell it."""
    return name.replace("\n", "\\n")


def run_otter(cheat: Cheat, python: Path, seconds: int, port_visits: socket.socket) -> Ran:
    """Run `otter run` on one submission in its cage, and look at what it left."""
    user = free_user()
    with tempfile.TemporaryDirectory() as cage:
        temporary = Path(cage, "tmp")
        (temporary / "work" / "other").mkdir(parents=True)
        (temporary / "home").mkdir()
        (temporary / "work" / "secret.txt").write_text(SECRET)
        (temporary / "work" / "other" / "week01.py").write_text(HONEST)
        shutil.copy(ZIP, temporary / "otter.zip")
        handed_in = temporary / "work" / cheat.path.name
        copy(cheat.path, handed_in)
        for path in (temporary, *temporary.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)
        Path(cage).chmod(0o755)
        command = [
            "unshare",
            "--pid",
            "--fork",
            "--mount",
            "--mount-proc",
            "--kill-child",
            "sh",
            "-c",
            IN_THE_CAGE,
            "cage",
        ]
        values = [cage, seconds, ADDRESSES, user, SECRET, python, f"/tmp/work/{cheat.path.name}"]
        subprocess.run([*command, *map(str, values)], check=True, timeout=seconds + 60, cwd="/")
        status = int((temporary / "status").read_text())
        printed = (temporary / "printed").read_text(encoding="utf-8", errors="replace")[:1_000_000]
        results = temporary / "work" / "results.json"
        text = results.read_text(encoding="utf-8", errors="replace") if results.is_file() else ""
        score = total(text)
        notes = sorted({f"shows {trace!r}" for trace in TRACES.findall(visible(text) + printed)})
        if any(temporary.rglob("pwned")):
            notes.append("code ran from a pickle")
        if visited(port_visits):
            notes.append("the connection was made")
        left = int((temporary / "left").read_text())
    return Ran(cheat.name, cheat.digest, score, status == 137, status, left, notes)


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


def visited(listener: socket.socket) -> bool:
    """Whether somebody came; forgets who."""
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def in_words(ran: Ran, real: float) -> str:
    """The cell of the table: the score, beside the real one where it differs, and what else happened."""
    if ran.hung:
        score = "hung until it was killed, no score"
    elif ran.score is None:
        score = f"no results (status {ran.status})"
    elif ran.score > real + 0.01:
        score = f"**{ran.score:g}**"
    else:
        score = f"{ran.score:g}"
    left = [f"{ran.left} of its processes outlive it"] if ran.left and not ran.hung else []
    return "; ".join([score, *ran.notes, *left])


def ours(port: int) -> dict[str, tuple[str, bool]]:
    """By name: what `autograder grade` gives in words, and whether the honest submission behind it got every point."""
    with tempfile.TemporaryDirectory() as folder:
        whole = grade_hostile(Path(folder), port)
    rows, found = whole.graded.rows, {}
    behind = honest_behind([*HOSTILE, *BY_HAND])
    for name in [*HOSTILE, *MEMORISED, "00_base"]:
        said = whole.graded.messages(name)
        traces = sorted({f"shows {trace!r}" for trace in TRACES.findall(re.sub(r"(?m)^line \d+:.*$", "", said))})
        words = rows[name]["score"] if rows[name]["status"] == "graded" else f"0, {rows[name]['status']}"
        unharmed = all(rows[student]["score"] == "20" for student in behind.get(name, ()))
        found[name] = ("; ".join([words, *traces]), unharmed)
    for name, (part, _, _) in whole.files.items():
        (row,) = [row for student, row in rows.items() if student.lstrip("'").startswith(part)]
        found[name] = (f"0, {row['status']}", True)
    for name in ("otter", "numpy"):
        found[f"22_is_named_{name}"] = (f"{rows[name]['score']} (it is right)", True)
    return found


def write_table(ran: dict[str, Ran], graded: dict[str, tuple[str, bool]], seconds: int) -> None:
    """Write docs/cheats.md."""
    real = ran["00_base"].score or 0.0
    lines = [
        "# What hostile submissions get",
        "",
        HEADING.format(otter=version("otter-grader"), real=f"{real:g}", base=graded["00_base"][0], seconds=seconds),
        "| row | submission | `otter run` | `autograder grade` | the next one |",
        "|---|---|---|---|---|",
    ]
    for name in sorted(ran):
        if name == "00_base" or name not in graded:
            continue
        words, unharmed = graded[name]
        left = in_words(ran[name], 20.0 if name.startswith("22_is_named") else real)
        title = name[3:].replace("_", " ")
        cells = [str(int(name[:2])), title, left, words, "every point" if unharmed else "**harmed**"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    oracle = ", ".join(sorted(name[3:].replace("_", " ") for name in ORACLE_CHEATS))
    lines += ["", FOOT.format(oracle=oracle)]
    OUT.write_text("\n".join(lines), encoding="utf-8")


def kept() -> dict[str, Ran]:
    """What earlier runs of this command found."""
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    return {ran.name: ran for ran in (Ran(**json.loads(line)) for line in lines)}


def main() -> None:
    """Run what was not run yet, grade the class, and write the table."""
    parser = argparse.ArgumentParser(description="What hostile submissions get from otter run and from us.")
    parser.add_argument("--only", nargs="*", help="run these names again, and write no table")
    parser.add_argument("--seconds", type=int, default=60, help="when otter run is killed")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="a Python that other users can start")
    wanted = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("otter run has no sandbox, and gets a cage that only root can make: run this as root.")
    if not ZIP.exists():
        sys.exit(f"There is no {ZIP.name} in dist/: run `autograder build week01` first.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    KEPT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        port = listener.getsockname()[1]
        ran = kept()
        every = list(cheats(Path(folder), port))
        for number, cheat in enumerate(every, 1):
            known = ran.get(cheat.name)
            if (known and known.digest == cheat.digest and not wanted.only) or cheat.name not in (
                wanted.only or [cheat.name]
            ):
                continue
            found = run_otter(cheat, wanted.python, wanted.seconds, listener)
            ran[cheat.name] = found
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(found)) + "\n")
            print(f"{number} of {len(every)}: {cheat.name}: {in_words(found, 99)}", flush=True)
        if not wanted.only:
            write_table(ran, ours(port), wanted.seconds)
            print(f"Written: {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
