"""The zip for Otter really runs under it, frozen values come back, and secrets are found inside zips."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.build import frozen
from autograder.build.cases import QuestionFile
from autograder.build.leaks import leaks, secrets
from autograder.build.one_week import Folders
from autograder.build.otter_zip import frozen_source
from autograder.build.recording import RecordedDraw
from autograder.build.requirements import pinned
from autograder.build.zips import make_zip
from autograder.week import ROOT, load_week
from course.draw import Draw
from tests.autograder.building import build_tiny, otter_run


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return build_tiny(tmp_path_factory.mktemp("zips"))


@pytest.mark.slow  # of week 1 every run has it, in test_build_week01.py
def test_otter_run_gives_the_solution_all_points_and_the_stub_none(folders: Folders, tmp_path: Path) -> None:
    archive = folders.dist / "otter-tiny.zip"
    solved = otter_run(archive, folders.solutions / "tiny" / "tiny.py", tmp_path)
    assert solved == {"q1": (3, 3), "q2": (3, 3)}
    stub = otter_run(archive, folders.assignments / "tiny" / "tiny.py", tmp_path)
    assert stub == {"q1": (0, 3), "q2": (0, 3)}


def test_the_zip_for_otter_holds_no_solution_and_warns(folders: Folders) -> None:
    with zipfile.ZipFile(folders.dist / "otter-tiny.zip") as archive:
        names = archive.namelist()
        readme = archive.read("README.md").decode()
        everything = b"\n".join(archive.read(name) for name in names)
    assert {"setup.sh", "run_autograder", "otter_config.json", "environment.yml", "files/course/checks.py"} < set(names)
    assert {"tests/q1.py", "files/frozen/q1.2.npz", "files/frozen/q2.2.npz"} < set(names)
    assert "files/frozen/q1.1.npz" not in names
    assert "Otter runs the student's code in the process that holds the tests" in readme
    assert b"moved_before_clipping" not in everything
    assert not [name for name in names if "mistakes/" in name]
    assert b"_shift_backwards" not in everything
    assert b"mistakes/" not in everything


def test_a_student_cannot_pass_a_reference_of_their_own(folders: Folders) -> None:
    week = load_week("tiny", folders.solutions)
    source = frozen_source(QuestionFile(week.questions[0], week.questions[0].file.read_text()))
    compile(source, "q1.py", "exec")
    assert "draw, reference = replay('q1.2')" in source
    assert "draw = reference = None" in source
    assert "def test_adds(shift: Any)" in source
    assert source.index("__future__") < source.index("from frozen import replay")


def test_frozen_values_come_back() -> None:
    values: dict[Any, Any] = {
        "plain": [None, True, 3, 0.1, "text"],
        "array": np.arange(6, dtype=np.float32).reshape(2, 3),
        7: [[np.int64(3)], {"deep": np.array([True])}],
        "empty": [],
    }
    back = frozen.load(frozen.save(values))
    assert back["plain"] == values["plain"]
    assert back["array"].dtype == np.float32
    assert (back["array"] == values["array"]).all()
    assert back[7][0][0] == 3
    assert back[7][1]["deep"].dtype == bool
    assert back["empty"] == []
    assert frozen.save(values) == frozen.save(values)


def test_a_frozen_model_computes_the_same() -> None:
    model, x = Draw(3).convolutional_network(), Draw(3).images(2)
    assert (np.asarray(frozen.load(frozen.save(model))(x)) == np.asarray(model(x))).all()


def test_what_cannot_be_frozen_is_said() -> None:
    with pytest.raises(TypeError, match="A function can't be frozen"):
        frozen.save([test_frozen_values_come_back])


def test_a_recording_is_given_again_in_its_order() -> None:
    draw = frozen.FrozenDraw([["images", 1], ["number", 2]])
    reference = frozen.FrozenReference([["f", 3]])
    assert [draw.images(8), draw.number(0, 1), reference.answer("f", "anything")] == [1, 2, 3]
    assert reference.mistakes("f", 1) == []
    with pytest.raises(RuntimeError, match="build the zip again"):
        draw.images(8)


def test_a_network_that_its_case_changes_is_frozen_as_it_was_drawn() -> None:
    events: list[list[Any]] = []
    model = RecordedDraw(Draw(3), events).dense_network()
    drawn = model.get_weights()
    model.set_weights([weight / 2 for weight in drawn])
    [[_, kept]] = frozen.load(frozen.save(events))
    assert all((now == then).all() for now, then in zip(kept.get_weights(), drawn, strict=True))


def test_secrets_are_long_lines_that_are_not_given() -> None:
    lines = ["    return x", "    secret_of_the_solution = 1 + 1  # and why", "given_to_everybody = number + 12345"]
    found = secrets(lines, ["x = 1\n    given_to_everybody  =  number + 12345\n"])
    assert found == {"secret_of_the_solution=1+1#andwhy", "secret_of_the_solution=1+1"}


@pytest.mark.parametrize(
    "wrap", [lambda text: text, lambda text: make_zip({"deep/inner.zip": make_zip({"a.py": text})})]
)
def test_secrets_are_found_however_they_are_spaced_and_packed(wrap: Any) -> None:
    secret = secrets(["secret_of_the_solution = 1 + 1"], [])
    name = "file.zip" if wrap(b"x") != b"x" else "file.py"
    assert leaks([(name, wrap(b"if x:\n\tsecret_of_the_solution=1  +  1\n"))], secret)
    assert not leaks([(name, wrap(b"secret_of_another = 1 + 1\n"))], secret)


def test_a_notebooks_cells_are_read_as_text() -> None:
    cells = [{"source": ["secret = 'a\\n\"quoted\" string'\n", "other"]}]
    secret = secrets(["secret = 'a\\n\"quoted\" string'"], [])
    assert leaks([("lab.ipynb", json.dumps({"cells": cells}).encode())], secret)


def test_requirements_are_the_projects_own_pins() -> None:
    project = (ROOT / "requirements.txt").read_text()
    assert all(line in project for line in pinned(("tensorflow", "numpy")))
    with pytest.raises(KeyError):
        pinned(("no-such-package",))
