"""What hostile submissions get: from `otter run`, and from `autograder grade`.

    sudo .venv/bin/python -m benchmarks.cheats [--only NAME…] [--seconds 60]

runs every hostile file of the tests (tests/submissions/threats and those that tests/autograder/hostile.py makes) under
`otter run`, with dist/otter-week01.zip, and grades all of them as one class with `autograder grade`; it writes
docs/cheats.md. What was run is kept in results/cheats.jsonl: stopped, it goes on where it was.

`otter run` has no sandbox, so it gets a cage (`benchmarks/cage.py`). That takes root, and a Python with this project's
packages which other users can start (`--python`).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from autograder.week import ROOT
from benchmarks.cage import TRACES, ZIP, Cheat, Doors, Ran, digest, run_otter
from tests.autograder.hostile import (
    BY_HAND,
    HONEST,
    HOSTILE,
    MEMORISED,
    ORACLE_CHEATS,
    grade_hostile,
    honest_behind,
    make_hostile_files,
    memorised,
    short_week,
    source_of,
)

KEPT = ROOT / "results" / "cheats.jsonl"
OUT = ROOT / "docs" / "cheats.md"
RIGHT_INSIDE = ("22_a_formula_for_a_name", "22_a_line_break_in_a_name", "22_is_named_otter", "22_is_named_numpy")
"""Odd as files, while what is in them would be right."""
CANNOT_BE_STARTED = 126  # the status that a shell gives for a program that may not be run
HEADING = """\
Written by `benchmarks/cheats.py`. On the left `otter run` of otter-grader {otter}, with the zip that our build makes
for it, hidden cases included. On the right `autograder grade` on the same files, all of them in one class with one
worker, with two honest submissions behind every two hostile ones.

The files of rows 1 to 20 and 24 stand around a base that is worth {real} of 20 points to `otter run` and {base} to
ours, which lends it right earlier functions; those of rows 22 and 23 are odd as files. **Bold** is a
score that was not earned. `otter run` has no limits of its own: it was killed after {seconds} s, had 6 GB of addresses,
and ran as a user who has no files but a secret, another student's submission and the zip. A cheat that is made for one
of the two graders may do nothing to the other.

*Shows* is what the file itself says when it got at something. LEAK stands in an exception's text before inputs that the
function was given; `autograder grade` asks the public cases first, so there they are inputs of public cases.
"""
FOOT = """\
Row 21 ({oracle}) needs a week with an oracle, which week 1 is not: the tests grade them, and each loses its question.
"""


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
        left = in_words(ran[name], 20.0 if name in RIGHT_INSIDE else 0.0 if name[:2] in ("22", "23") else real)
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
    doors = Doors()
    port = doors.port
    with tempfile.TemporaryDirectory() as folder:
        ran = kept()
        every = list(cheats(Path(folder), port))
        for number, cheat in enumerate(every, 1):
            known = ran.get(cheat.name)
            if (known and known.digest == cheat.digest and not wanted.only) or cheat.name not in (
                wanted.only or [cheat.name]
            ):
                continue
            found = run_otter(cheat, wanted.python, wanted.seconds, doors)
            if found.status == CANNOT_BE_STARTED:
                sys.exit(f"Other users can't start {wanted.python}: name a Python that they can, with --python.")
            ran[cheat.name] = found
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(found)) + "\n")
            print(f"{number} of {len(every)}: {cheat.name}: {in_words(found, 99)}", flush=True)
        if not wanted.only:
            write_table(ran, ours(port), wanted.seconds)
            print(f"Written: {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
