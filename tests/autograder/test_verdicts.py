"""The grader's verdicts on the sample submissions, through the real command: what each must lose, and nothing else.

The first line of a sample says it: `# loses: q2; may lose: q3 q6`, where the latter depend on the former.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.week import ROOT, load_week
from tests.autograder.conftest import Graded, run_grade

SAMPLES = ROOT / "tests" / "submissions" / "week01"
DEMO = ROOT / "demo" / "submissions"
CORRECT = sorted((SAMPLES / "correct").glob("*.py"))
WRONG = sorted((SAMPLES / "wrong").glob("*.py"))
POINTS = {question.key: question.points for question in load_week("week01").questions}

# The demo class: the questions that each loses, and words of what it is told.
DEMO_CLASS: dict[str, tuple[set[str], str]] = {
    "ada": (set(), ""),
    "alan": (set(), ""),
    "barbara": (set(), ""),
    "edsger": (set(), ""),
    "grace": (set(), ""),
    "noor": ({"q3"}, "away from the target"),
    "pavel": ({"q2"}, "take its sign"),
    "rosa": ({"q2"}, "without the clip"),
    "sana": ({"q2"}, "taken from the network's predictions"),
    "tomas": ({"q1"}, "averaged over the batch"),
    "oscar": ({"q4"}, "longer than 8 seconds"),
    "trudy": ({"q3"}, "ended its own process"),
    "mallory": ({"q3"}, ""),
    "wendy": (set(POINTS), "Line 23 is not valid Python"),
}


def lost(graded: Graded, student: str) -> set[str]:
    return {key for key, points in POINTS.items() if float(graded.rows[student][key]) < points}


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("samples")
    (folder / "class").mkdir()
    for path in CORRECT + WRONG:
        (folder / "class" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return run_grade(folder / "class", folder / "out", "--quiet")


@pytest.mark.parametrize("path", CORRECT, ids=lambda path: path.stem)
def test_a_correct_submission_gets_everything(samples: Graded, path: Path) -> None:
    assert samples.rows[path.stem]["score"] == "20", samples.messages(path.stem)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_mistake_loses_points_on_its_own_question_alone(samples: Graded, path: Path) -> None:
    declared = re.match(r"# loses: ([\w ]+)(?:; may lose: ([\w ]+))?", path.read_text(encoding="utf-8"))
    assert declared
    must, may = (set((part or "").split()) for part in declared.groups())
    assert must <= lost(samples, path.stem) <= must | may, samples.messages(path.stem)


def test_there_are_enough_samples() -> None:
    assert len(CORRECT) + 5 >= 8
    functions = load_week("week01").functions
    for function in functions:
        assert sum(path.stem.startswith(f"{function}__") for path in WRONG) >= 4, function


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return run_grade(DEMO, tmp_path_factory.mktemp("demo"))


@pytest.mark.parametrize("student", DEMO_CLASS)
def test_the_demo_class_gets_what_it_deserves(demo: Graded, student: str) -> None:
    questions, words = DEMO_CLASS[student]
    assert demo.rows[student]["status"] == ("not_loadable" if student == "wendy" else "graded")
    assert lost(demo, student) == questions, demo.messages(student)
    assert words in demo.messages(student)


def test_the_demo_class_is_complete(demo: Graded) -> None:
    assert demo.returncode == 0
    assert set(demo.rows) == set(DEMO_CLASS) == {path.name for path in DEMO.iterdir()}
    assert "14 verdicts" in demo.output
    assert list(demo.rows["ada"]) == ["student", "score", "possible", "percent", "status", *POINTS]
