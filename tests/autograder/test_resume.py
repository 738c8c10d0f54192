"""A second run grades only what is new; a run that was killed goes on where it stopped and loses nothing."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.gradebook import Gradebook
from autograder.provenance import week_digest
from autograder.week import ROOT, load_week
from tests.autograder.conftest import Graded, run_grade
from tests.autograder.samples import few_samples

SOLUTION = (ROOT / "tests" / "weeks" / "tiny" / "tiny.py").read_text(encoding="utf-8")
SLOW = "\nimport time\ntime.sleep(0.3)\n"  # a kill comes in between
# What is graded, and what it is worth.
VARIANTS = {
    SOLUTION: 6,
    SOLUTION.replace("+ np.float32(offset)", "- np.float32(offset)"): None,
    f"{SOLUTION}\ndef shift(x, offset):\n    raise ValueError('no')\n": None,
    f"{SOLUTION}\nimport os\ndef shift_and_clip(x, offset):\n    os._exit(3)\n": 3,
    "def shift(:\n": 0,
}


@pytest.fixture
def weeks(tmp_path: Path) -> Path:
    """A copy of the tiny week, so that a test can change it."""
    return copy_of_weeks(tmp_path)


def copy_of_weeks(folder: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tests" / "weeks" / "tiny", folder / "weeks" / "tiny", ignore=ignored)
    return folder / "weeks"


def a_class(folder: Path, names: list[str]) -> dict[str, str]:
    """A class in `folder`: whose submission is what. They take a while to import, and one is refused."""
    folder.mkdir()
    sources = {name: list(VARIANTS)[number % len(VARIANTS)] for number, name in enumerate(names)}
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source + SLOW, encoding="utf-8")
    (folder / "refused.zip").touch()
    return sources


def verdicts_by_source(out: Path, sources: dict[str, str], week: str = "tiny") -> dict[str, dict[str, Any]]:
    """What each different source got, whoever handed it in; nothing but the time it took may differ."""
    with Gradebook(out / "gradebook.sqlite") as gradebook:
        verdicts = {verdict.student: verdict for verdict in gradebook.verdicts(gradebook.last_run(week))}
    found: dict[str, dict[str, Any]] = {}
    for student, source in sources.items():
        values = without_times(verdicts[student].to_dict())
        assert found.setdefault(source, values) == values
    return found


def without_times(value: Any) -> Any:
    """The value without seconds, and without what only says whose it is."""
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in ("seconds", "student")}
    return [without_times(item) for item in value] if isinstance(value, list | tuple) else value


def rows(out: Path) -> list[tuple[Any, ...]]:
    """The verdicts in the gradebook as they lie there, each with its number; it must be whole."""
    path = out / "gradebook.sqlite"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'verdicts'").fetchone():
            return []
        return connection.execute(
            "SELECT student, week_digest, verdicts.id, run, submission, saved, verdicts.payload"
            " FROM verdicts JOIN runs ON run = runs.id"
        ).fetchall()


def graded_now(before: list[tuple[Any, ...]], out: Path) -> list[str]:
    """The students who got a new verdict since `before`, of which nothing may have been changed."""
    after = rows(out)
    assert set(before) <= set(after)
    return sorted(row[0] for row in set(after) - set(before))


def grade(inbox: Path, out: Path, weeks: Path, *options: str) -> Graded:
    graded = run_grade(inbox, out, "--solutions", str(weeks), *options, week="tiny")
    assert graded.returncode == 0, graded.output
    return graded


def kill(inbox: Path, out: Path, weeks: Path, verdicts: int, seconds: float) -> None:
    """Run the grader until it has given so many verdicts, then for some seconds, then kill it as a power cut would."""
    before = rows(out)
    command = [sys.executable, "-m", "autograder.cli", "grade", "tiny", str(inbox), "--out", str(out)]
    options = ["--solutions", str(weeks), "--workers", "2", "--quiet"]
    grader = subprocess.Popen([*command, *options], cwd=ROOT, stderr=subprocess.PIPE)
    while grader.poll() is None and len(rows(out)) < len(before) + verdicts:
        time.sleep(0.1)
    with contextlib.suppress(subprocess.TimeoutExpired):
        grader.wait(timeout=seconds)
    family = psutil.Process(grader.pid).children(recursive=True) if grader.poll() is None else []
    grader.kill()
    _, errors = grader.communicate(timeout=60)
    assert grader.returncode in (0, -signal.SIGKILL), errors
    assert psutil.wait_procs(family, timeout=30)[1] == []
    graded_now(before, out)


@dataclass(frozen=True)
class Resumed:
    """A class whose grader was killed several times, and then went on."""

    inbox: Path
    out: Path
    weeks: Path
    sources: dict[str, str]
    graded: Graded

    @property
    def everybody(self) -> list[str]:
        return ["refused", *sorted(self.sources)]


def killed_again_and_again(folder: Path, times: int, students: int) -> Resumed:
    """Kill the grader `times` times at random moments; the next run must finish, and what was saved must stay."""
    inbox, out, weeks = folder / "class", folder / "out", copy_of_weeks(folder)
    sources = a_class(inbox, [f"student{number:02}" for number in range(students)])
    dice = random.Random(times)
    for number in range(times):
        in_the_middle = number % 2 == 0
        kill(inbox, out, weeks, verdicts=int(in_the_middle), seconds=dice.uniform(0.0, 0.5 if in_the_middle else 8.0))
    before = rows(out)
    graded = grade(inbox, out, weeks)
    graded_now(before, out)
    # Whoever edits the library while this runs has everybody graded again, and rightly.
    given = [(row[0], row[1]) for row in rows(out)]
    assert len(set(given)) == len(given), "somebody was graded twice"
    resumed = Resumed(inbox, out, weeks, sources, graded)
    assert sorted({student for student, _ in given}) == sorted(graded.rows) == resumed.everybody
    for student, source in sources.items():
        assert VARIANTS[source] in (None, float(graded.rows[student]["score"])), student
    return resumed


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    return killed_again_and_again(tmp_path_factory.mktemp("resumed"), times=2, students=len(VARIANTS) + 1)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_grader_killed_twenty_times_goes_on_and_loses_nothing(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path, times=20, students=30)


def test_order_workers_and_interruptions_change_no_verdict(resumed: Resumed, tmp_path: Path) -> None:
    names = [f"another{number}" for number in reversed(range(len(VARIANTS)))]
    sources = a_class(tmp_path / "class", names)
    with Gradebook(resumed.out / "gradebook.sqlite") as gradebook:
        seed = gradebook.seed("tiny")
    grade(tmp_path / "class", tmp_path / "out", resumed.weeks, "--seed", str(seed), "--workers", "1")
    assert verdicts_by_source(tmp_path / "out", sources) == verdicts_by_source(resumed.out, resumed.sources)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_order_and_workers_change_no_verdict_of_week_1(tmp_path: Path) -> None:
    texts = [sample.path.read_text(encoding="utf-8") for sample in few_samples("week01", 3, ("q2", "q4", "q6"))]
    found = []
    for workers, order in (("1", texts), ("2", texts[::-1])):
        inbox, out = tmp_path / f"class{workers}", tmp_path / f"out{workers}"
        inbox.mkdir()
        sources = {f"student{number:02}": text for number, text in enumerate(order)}
        for student, text in sources.items():
            (inbox / f"{student}.py").write_text(text, encoding="utf-8")
        graded = run_grade(inbox, out, "--seed", "5", "--workers", workers)
        assert graded.returncode == 0, graded.output
        found.append(verdicts_by_source(out, sources, "week01"))
    assert found[0] == found[1]


def test_a_second_run_grades_what_changed_and_nothing_else(resumed: Resumed) -> None:
    inbox, out, weeks = resumed.inbox, resumed.out, resumed.weeks
    assert resumed.graded.rows["student00"]["score"] == "6"
    before = rows(out)
    (inbox / "student00.py").write_text("def shift(x, offset):\n    return x + offset\n", encoding="utf-8")
    second = grade(inbox, out, weeks)
    assert graded_now(before, out) == ["student00"]
    kept = len(resumed.everybody) - 1
    assert f"{kept} were kept from earlier runs." in " ".join(second.output.split())
    assert f"{kept} verdicts kept from earlier runs" in (out / "index.html").read_text(encoding="utf-8")
    assert {**second.rows, "student00": None} == {**resumed.graded.rows, "student00": None}
    less = second.rows["student00"]["score"]
    assert float(less) < 6
    before = rows(out)

    (inbox / "student05.py").write_text("x = 1\n", encoding="utf-8")
    (inbox / "student03.py").write_text("x = 1\n", encoding="utf-8")
    third = grade(inbox, out, weeks, "--again", "--student", "Student05", "--student", "student00")
    assert graded_now(before, out) == ["student00", "student05"]
    assert sorted(third.rows) == resumed.everybody
    assert set(re.findall(r"student\d\d", third.output)) == {"student00", "student05"}
    others = f"What the reports say of {kept - 1} others is from earlier runs."
    assert others in " ".join(third.output.split())
    assert "2 verdicts in" in third.output
    assert (third.rows["student05"]["score"], third.rows["student03"]["score"]) == ("0", "3")

    shown = CliRunner().invoke(app, ["history", "tiny", "STUDENT00", "--out", str(out)], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    lines = [line.split() for line in shown.output.splitlines() if " graded " in line and "6" in line]
    assert [line[4] for line in lines] == ["6", less, less]
    assert len({line[0] for line in lines}) == 3


def test_every_file_of_a_week_and_of_the_library_counts_for_its_digest(tmp_path: Path, weeks: Path) -> None:
    before = week_digest(load_week("tiny", weeks))
    (weeks / "tiny" / "__pycache__").mkdir()
    (weeks / "tiny" / "__pycache__" / "tiny.pyc").touch()
    assert week_digest(load_week("tiny", weeks)) == before
    mistakes = weeks / "tiny" / "mistakes"
    (mistakes / "q2_shift_and_clip.py").rename(mistakes / "q2.py")
    renamed = week_digest(load_week("tiny", weeks))
    (mistakes / "q1_shift.py").open("a").write("# changed\n")
    changed = week_digest(load_week("tiny", weeks))
    (weeks / "tiny" / "questions" / "q1_shift.py").open("a").write("# changed\n")
    assert len({before, renamed, changed, week_digest(load_week("tiny", weeks))}) == 4


def test_what_history_and_student_cannot_find_is_one_clear_line(tmp_path: Path, weeks: Path) -> None:
    inbox = tmp_path / "class"
    a_class(inbox, ["student0"])
    graded = run_grade(inbox, tmp_path / "out", "--solutions", str(weeks), "--student", "studen1", week="tiny")
    assert graded.returncode == 2
    assert "There is no submission of studen1. Did you mean student" in graded.output
    assert not (tmp_path / "out").exists()
    for arguments, says in (
        (["history", "tiny", "ann", "--out", str(tmp_path)], "There is no gradebook in"),
        (["history", "tiny", "ann", "--out", str(made(tmp_path))], "The gradebook holds no verdict on ann in tiny."),
        (["history", "1", "ann", "--out", str(made(tmp_path))], "The gradebook holds no verdict on ann in week01."),
    ):
        command = [sys.executable, "-m", "autograder.cli", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert says in done.stderr


def made(folder: Path) -> Path:
    with Gradebook(folder / "book" / "gradebook.sqlite"):
        return folder / "book"
