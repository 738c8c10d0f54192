"""`autograder build`: what it writes, what it refuses, and that it writes nothing then."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from autograder.build.build import build
from autograder.build.one_week import Folders
from autograder.build.zips import folder_files
from autograder.errors import UsageError
from autograder.week import load_week
from tests.autograder.building import WEEKS, skip_the_lab

TESTS = ["tests/file.py", "tests/known_mistakes.json", "tests/q1.py", "tests/q2.py"]
ASSIGNMENT = ["README.md", "lab.ipynb", *TESTS, "tiny.py"]


class House:
    """A course with the tiny week alone, that a test may change and build."""

    def __init__(self, folder: Path) -> None:
        self.folders = Folders(folder / "solutions", folder / "assignments", folder / "dist")
        shutil.copytree(WEEKS / "tiny", self.folders.solutions / "tiny")
        self.console = Console(
            record=True, soft_wrap=True, width=200, quiet=False, file=(folder / "said.txt").open("w")
        )

    @property
    def week(self) -> Path:
        return self.folders.solutions / "tiny"

    @property
    def assignment(self) -> Path:
        return self.folders.assignments / "tiny"

    def change(self, file: str, old: str, new: str) -> None:
        path = self.week / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def build(self, *weeks: str, check: bool = False) -> tuple[int, str]:
        """The exit status, and what was said."""
        status = build(weeks, check, self.folders, self.console)
        return status, self.console.export_text()

    def written(self) -> dict[str, bytes]:
        folders = [self.folders.assignments, self.folders.dist]
        return {f"{each.name}/{name}": text for each in folders for name, text in folder_files(each).items()}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_the_lab(monkeypatch)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The tiny week, built once with everything."""
    house = House(tmp_path_factory.mktemp("built"))
    house.folders.dist.mkdir(parents=True)
    for name in ("otter-gone.zip", "gradescope-gone.zip", "my-notes.zip"):
        (house.folders.dist / name).touch()
    status, said = house.build()
    assert status == 0, said
    return house


def test_it_writes_the_assignment_and_the_zips(built: House) -> None:
    assert sorted(folder_files(built.assignment)) == ASSIGNMENT
    made = ["gradescope-tiny.zip", "otter-tiny.zip", "student-bundle.zip"]
    assert sorted({*folder_files(built.folders.dist)} - {"my-notes.zip"}) == made


def test_zips_of_weeks_that_are_no_more_go_and_nothing_else(built: House) -> None:
    left = folder_files(built.folders.dist)
    assert "otter-gone.zip" not in left
    assert "gradescope-gone.zip" not in left
    assert "my-notes.zip" in left


def test_the_module_keeps_all_but_its_solutions(built: House) -> None:
    stub, solution = (built.assignment / "tiny.py").read_text(), (built.week / "tiny.py").read_text()
    assert 'raise NotImplementedError("tiny, q2: shift_and_clip is yours to implement")' in stub
    given = [line for line in stub.splitlines() if "NotImplementedError" not in line]
    assert [line for line in solution.splitlines() if line in given] == given


def test_the_lab_is_a_valid_notebook_with_stable_ids(built: House) -> None:
    notebook = nbformat.read(built.assignment / "lab.ipynb", as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids) == 4
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_a_cells_id_stays_when_another_cell_is_added() -> None:
    from autograder.build.lab import make_notebook

    before = json.loads(make_notebook("# %%\na = 1\n\n# %%\nb = 2\n"))
    after = json.loads(make_notebook("# %% [markdown]\n# New.\n\n# %%\na = 1\n\n# %%\nb = 2\n"))
    assert [cell["id"] for cell in after["cells"]][1:] == [cell["id"] for cell in before["cells"]]


def test_the_readme_has_objectives_points_and_the_commands(built: House) -> None:
    readme = (built.assignment / "README.md").read_text()
    assert "- Try every kind of argument and answer without TensorFlow" in readme
    assert "| q1: Add an offset | `shift` | 3 | 2 |" in readme
    assert "otter check tiny.py" in readme


def test_known_mistakes_travel_as_numbers_for_the_public_cases(built: House) -> None:
    known = json.loads((built.assignment / "tests" / "known_mistakes.json").read_text())
    sentences = {sentence for entry in known.values() for sentence, _numbers in entry}
    assert len(known) == len(sentences) == 2


def test_the_bundle_has_what_students_need_and_nothing_that_grades(built: House) -> None:
    with zipfile.ZipFile(built.folders.dist / "student-bundle.zip") as bundle:
        names = [name.removeprefix("adversarial-course/") for name in bundle.namelist()]
        requirements = bundle.read("adversarial-course/requirements.txt").decode()
    assert {f"tiny/{name}" for name in ASSIGNMENT} < set(names)
    assert {"README.md", "requirements.txt", "pyproject.toml", "course/checks.py"} < set(names)
    assert not [name for name in names if "mistakes/" in name]
    roots = {name.split("/")[0] for name in names}
    assert roots == {"README.md", "requirements.txt", "pyproject.toml", "course", "tiny"}
    assert not [name for name in names if "__pycache__" in name]
    for wanted in ("tensorflow==", "otter-grader==", "ipykernel==", "cleverhans=="):
        assert wanted in requirements
    for grading in ("landlockpy", "dask", "typer", "[grading]", "msgpack", "pytest"):
        assert grading not in requirements


def test_twice_in_a_row_is_byte_identical_and_check_is_content(house: House) -> None:
    assert house.build()[0] == 0
    first = house.written()
    status, said = house.build("tiny", check=True)
    assert (status, "is what solutions/ makes" in said) == (0, True)
    status, said = house.build("tiny")
    assert "tiny: 0 of 7 files written" in said
    assert house.written() == first


def test_check_says_what_would_change_and_writes_nothing(house: House, no_lab: None) -> None:
    status, said = house.build(check=True)
    assert status == 1
    assert "would be added" in said
    assert house.written() == {}
    house.build()
    before = house.written()
    house.change("tiny.py", "as float32.", "as float32 numbers.")
    (house.assignment / "old.py").write_text("x = 1\n")
    (house.assignment / ".OTTER_LOG").write_text("a student's own")
    status, said = house.build(check=True)
    assert status == 1
    assert "~ assignments/tiny/tiny.py would change: lines added: 1, removed: 1" in said
    assert "`x` moved by `offset`, as float32 numbers." in said
    assert "old.py would be removed" in said
    assert "autograder build" in said
    assert {**before, "assignments/tiny/old.py": b"x = 1\n"} == house.written()
    assert house.build()[0] == 0
    assert not (house.assignment / "old.py").exists()
    assert (house.assignment / ".OTTER_LOG").exists()


Q1, Q2 = "questions/q1_shift.py", "questions/q2_shift_and_clip.py"
MISTAKES_OF_Q1 = "mistakes/q1_shift.py"
Edit = tuple[str, str, str]

# What is wrong, how the tiny week is edited so that it is (file, old, new), and what the refusal says.
REFUSALS: list[tuple[str, list[Edit], str]] = [
    (
        "the solution fails a case",
        [("tiny.py", "np.float32(offset)", "np.float32(2 * offset)")],
        "The solution fails q1.1, Adds the offset: Expected 3.500 on average, got 6.000.",
    ),
    (
        "the solution makes a known mistake",
        [
            ("tiny.py", 'dtype="float32") + ', 'dtype="float32") - '),
            (Q1, "np.arange(3.0) + 2.5, np", "np.arange(3.0) + (2.5 if reference is None else -2.5), np"),
            (Q2, "np.clip(x + 0.3, 0, 1)", "np.clip(x - 0.3, 0, 1)"),
        ],
        "The solution is wrong, or its public case q1, Adds the offset. Students, who have no reference beside it",
    ),
    ("points of a question", [(Q1, "points=2", "points=1")], "q1: its cases give 2 points, week.toml says 3."),
    ("points of the week", [("week.toml", "points = 6", "points = 7")], "give 6 points, week.toml says 7."),
    (
        "the stub scores",
        [(Q2, "expect_equal(shift_and_clip, reference, np.clip", "assert callable(shift_and_clip), (np.clip")],
        "The stub passes q2.1, Clips to [0, 1]",
    ),
    (
        "a line of the solution in the lab",
        [("lab.py", "from tiny import shift", "# moved_before_clipping =  shift( x,offset )\nfrom tiny import shift")],
        "lab.ipynb holds a line of a solution or of a hidden case: moved_before_clipping = shift( x,offset )",
    ),
    (
        "a line of a hidden case in the lab",
        [("lab.py", "from tiny import shift", "# images_nobody_has_seen = draw.images(2)\nfrom tiny import shift")],
        "lab.ipynb holds a line",
    ),
    (
        "a line of the solution in the README",
        [("week.toml", "Try every kind", "moved_before_clipping = shift(x, offset)")],
        "README.md holds a line",
    ),
    (
        "a signature inside the markers",
        [
            ("tiny.py", "def shift(x", "# BEGIN SOLUTION\ndef shift(x"),
            ("tiny.py", 'as float32."""\n    # BEGIN SOLUTION\n', 'as float32."""\n'),
            ("tiny.py", "return moved\n    # END SOLUTION", "return moved\n# END SOLUTION"),
        ],
        "tiny.py: shift has no solution block.",
    ),
    (
        "a mistake that passes",
        [(MISTAKES_OF_Q1, "np.asarray(x) - offset", "np.asarray(x) + offset")],
        "q1 lets a known mistake of shift pass: 'Your answer equals x - offset",
    ),
    (
        "a mistake that no case names",
        [(Q1, "[] if reference is None else reference", "[] and reference")],
        "q1 fails a known mistake of shift without naming it",
    ),
    ("a mistake of no function", [(MISTAKES_OF_Q1, '"shift":', '"shove":')], "shove is no function of tiny"),
    ("mistakes that stop", [(MISTAKES_OF_Q1, "import numpy", "import nonesuch.numpy")], "mistakes can't be imported"),
    (
        "a case that trips over an answer",
        [
            (Q1, 'checks.array_from(checks.call(shift, x, offset), x.shape, "shift")', "shift(x, offset) + 0"),
            (MISTAKES_OF_Q1, '(np.asarray(x) - offset).astype("float32")', "None"),
        ],
        "q1.1, Adds the offset: the case itself breaks",
    ),
    ("a double quote", [(Q1, 'name="Adds the offset"', "name='Adds \"the\" offset'")], "no double quotes"),
    ("a syntax error", [("tiny.py", "import numpy as np", "import numpy as")], "tiny/tiny.py, line 5: "),
    (
        "a syntax error in the lab",
        [("lab.py", "from tiny import shift", "from tiny import")],
        "tiny/lab.py, line 7: ",
    ),
    ("a solution that stops", [("tiny.py", "import numpy as np", "import numpy as np\n1 / 0")], "ZeroDivisionError"),
    ("a question that stops", [(Q1, 'name = "q1"', 'name = "q1"[7]')], "q1_shift.py can't be loaded: IndexError"),
    (
        "a public case that needs the reference",
        [(Q1, "np.arange(3.0) + 2.5, np", 'reference.answer("shift", np.arange(3.0), 2.5), np')],
        "q1.1, Adds the offset: the case itself breaks when the solution, on a student's machine, answers it.",
    ),
    (
        "chance that does not come from draw",
        [(Q1, "x = only_for_the_hidden_case(draw)", "x = only_for_the_hidden_case(draw) + np.random.random()")],
        "The solution passes q1.2, Adds the offset to fresh numbers, but not once its draws",
    ),
]


@pytest.mark.parametrize(("edits", "told"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_it_refuses(house: House, no_lab: None, edits: list[Edit], told: str) -> None:
    for file, old, new in edits:
        house.change(file, old, new)
    status, said = house.build()
    assert told in said
    assert "Nothing was written." in said
    assert status == 1
    assert house.written() == {}


@pytest.mark.parametrize("name", ["week01", "week1", "1", "01"])
def test_a_week_is_known_by_its_number(name: str) -> None:
    assert load_week(name).name == "week01"


def test_a_missing_file_is_refused(house: House) -> None:
    (house.week / "lab.py").unlink()
    assert "tiny/lab.py is missing; week.toml promises it." in house.build()[1]


def test_a_solution_under_another_weeks_name_is_refused_with_what_to_do(house: House) -> None:
    (house.week / "tiny.py").rename(house.week / "week01.py")
    told = "expected the solution at solutions/tiny/tiny.py: rename week01.py, and replace week01 in lab.py"
    assert told in house.build()[1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("points = 6", "", "week.toml can't be used: points is missing: it is a number above 0$"),
        ("points = 6", "pionts = 6", "points is missing: it is a number above 0; nothing reads pionts: is it misspelt"),
        ("load_seconds", "lode_seconds", r"load_seconds in \[limits\] is missing: .*; nothing reads lode_seconds in"),
        ('key = "q2"', "", r"key in \[\[questions\]\] number 2 is missing: it is a text"),
        ('key = "q2"', 'key = "q1"', "two questions have the key q1"),
        ('key = "q2"', 'key = "../q2"', "a question's key is q1, q2 and so on, got '../q2'"),
        ("points = 6", 'points = "6"', "points must be a number above 0, got '6'"),
        ("load_seconds = ", "load_seconds = -", r"load_seconds in \[limits\] must be a number above 0, got -"),
        ("trains = []", 'trains = ["no_such"]', "trains names no_such, which no question asks for"),
        ("points = 6", "points = ", "week.toml is not TOML"),
        ("points = 6", "questions = 3", "week.toml is not TOML"),
    ],
)
def test_a_week_toml_that_cannot_be_used_says_which_key(house: House, old: str, new: str, told: str) -> None:
    house.change("week.toml", old, new)
    with pytest.raises(UsageError, match=told):
        house.build()


def test_a_lab_that_stops_is_refused_with_its_cell_and_error(house: House) -> None:
    house.change("lab.py", "from tiny import shift", "from tiny import shift\n\n# %%\nshift(1.0, 'half')")
    status, said = house.build()
    assert status == 1
    assert "tiny/lab.py stops with the solution in place" in said
    assert "ValueError: could not convert string to float" in said
    assert "shift(1.0, 'half')" in said
    assert house.written() == {}


def test_a_refusal_leaves_what_was_built_before(house: House, no_lab: None) -> None:
    house.build()
    before = house.written()
    house.change("tiny.py", "np.float32(offset)", "np.float32(2 * offset)")
    assert house.build()[0] == 1
    assert house.written() == before


def test_rounding_on_another_machine_changes_nothing(house: House, no_lab: None) -> None:
    house.build()
    path = house.assignment / "tests" / "known_mistakes.json"
    known = json.loads(path.read_text())
    for entry in known.values():
        entry[0][1] = [number * (1 + 1e-5) for number in entry[0][1]]
    path.write_text(json.dumps(known))
    kept = path.read_bytes()
    assert house.build(check=True)[0] == 0
    assert house.build()[0] == 0
    assert path.read_bytes() == kept
    path.write_text(path.read_text().replace("subtracted", "taken away"))
    assert house.build(check=True)[0] == 1


def test_what_a_user_can_get_wrong_is_one_line(house: House, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no week 'week99'"):
        house.build("week99")
    shutil.rmtree(house.week)
    with pytest.raises(UsageError, match="There is no week in"):
        house.build()


def test_a_folder_that_cannot_be_written_is_one_line(house: House, no_lab: None) -> None:
    house.folders.assignments.write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="Can't write"):
        house.build()
