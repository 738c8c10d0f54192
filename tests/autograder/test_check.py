"""`autograder check` and `otter check`, as a student meets them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from autograder.build.one_week import Folders
from autograder.check import _say_result, check
from autograder.errors import UsageError
from autograder.verdict import CaseResult, QuestionResult
from tests.autograder.building import WEEKS, build_tiny, otter_check

SOLUTION = (WEEKS / "tiny" / "tiny.py").read_text()
Checked = tuple[int, str]
Check = Callable[[str], Checked]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return build_tiny(tmp_path_factory.mktemp("checked"))


@pytest.fixture
def stub(folders: Folders) -> str:
    return (folders.assignments / "tiny" / "tiny.py").read_text()


@pytest.fixture
def autograder_check(folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Checks a text as the file tiny.py: exit status and what was said."""

    def run(text: str) -> Checked:
        path = tmp_path / "tiny.py"
        path.write_text(text)
        status = check("tiny", path, folders.assignments, folders.solutions)
        return status, capsys.readouterr().out

    return run


@pytest.fixture
def otter_check_of(folders: Folders, tmp_path: Path) -> Callable[..., str]:
    """Runs `otter check tiny.py`, with options, in a copy of the assignment that holds the text."""

    def run(text: str, *options: str) -> str:
        folder = tmp_path / "tiny"
        shutil.copytree(folders.assignments / "tiny", folder)
        (folder / "tiny.py").write_text(text)
        return otter_check(folder, "tiny.py", *options)

    return run


def half_done(stub: str) -> str:
    """Question 1 with a known mistake, question 2 not begun."""
    return stub.replace('raise NotImplementedError("tiny, q1: shift is yours to implement")', "return x - offset")


def test_autograder_check_of_the_solution(autograder_check: Check) -> None:
    status, said = autograder_check(SOLUTION)
    assert status == 0
    assert "q1  Add an offset: 2 of 2 points" in said
    assert "✓ Clips to [0, 1]" in said
    assert "3 of 3 points in the public cases. Hidden cases remain: 3 points more" in said


def test_a_path_says_week_and_file_at_once(
    folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny.py").write_text(SOLUTION)
    assert check(str(tmp_path / "tiny.py"), None, folders.assignments, folders.solutions) == 0
    assert "tiny.py\n\nq1  Add an offset: 2 of 2 points" in capsys.readouterr().out
    with pytest.raises(UsageError, match=r"There is no Python file .*/nowhere/tiny\.py"):
        check(str(tmp_path / "nowhere" / "tiny.py"), None, folders.assignments, folders.solutions)


def test_autograder_check_of_the_stub(autograder_check: Check, stub: str) -> None:
    status, said = autograder_check(stub)
    assert status == 1
    assert "Not written yet: tiny, q1: shift is yours to implement" in said
    assert "Not written yet: tiny, q2: shift_and_clip is yours to implement" in said
    assert "0 of 3 points" in said
    assert "Traceback" not in said


def test_autograder_check_of_half_the_work_names_the_mistake(autograder_check: Check, stub: str) -> None:
    status, said = autograder_check(half_done(stub))
    assert status == 1
    assert "✗ Adds the offset" in said
    assert "Expected 3.500 on average, got -1.500" in said
    assert "q2: shift_and_clip is yours" in said


def test_a_second_case_with_the_same_reason_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    cases = (CaseResult("One", False, "failed", 0.0, "Wrong."), CaseResult("Two", False, "failed", 0.0, "Wrong."))
    _say_result(QuestionResult("q1", "A question", cases), Console(soft_wrap=True))
    said = capsys.readouterr().out
    assert said.count("Wrong.") == 1
    assert "Two\n      The same as above." in said


def test_autograder_check_shows_the_real_traceback_with_its_line(autograder_check: Check) -> None:
    status, said = autograder_check(SOLUTION.replace("np.float32(offset)", "np.float64(nonsense)"))
    assert status == 1
    assert "NameError: name 'nonsense' is not defined" in said
    assert 'tiny.py", line 11, in shift' in said
    assert "moved = np.asarray(x" in said
    assert "run_questions.py" not in said


def test_autograder_check_of_an_exit_in_a_function(autograder_check: Check) -> None:
    status, said = autograder_check(SOLUTION.replace("return moved\n", "raise SystemExit(0)\n"))
    assert status == 1
    assert "SystemExit" in said
    assert "0 of 3 points" in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def shift(x, offset:\n    return x\n", ("tiny.py did not load", "line 1", "SyntaxError")),
        ("x = 1\n1 / 0\n", ("tiny.py did not load", "line 2, in <module>", "ZeroDivisionError")),
        ("import sys\nsys.exit()\n", ("tiny.py did not load", "line 2", "remove the call of exit()")),
        ("import nonesuch\n", ("tiny.py did not load", "line 1", "No module named 'nonesuch'")),
        ("", ("tiny.py has no function shift: was it renamed or removed?", "tiny.py has no function shift_and_clip")),
        ("shift = 3\n", ("tiny.py has no function shift:",)),
    ],
)
def test_autograder_check_of_what_does_not_load(autograder_check: Check, text: str, told: tuple[str, ...]) -> None:
    status, said = autograder_check(text)
    assert status == 1
    for part in told:
        assert part in said
    assert "importlib" not in said


def test_a_file_that_is_no_text_does_not_load(autograder_check: Check) -> None:
    assert autograder_check("x = '\0'\n")[0] == 1


def test_the_default_file_is_the_one_here_and_never_an_empty_stub_elsewhere(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"There is no tiny.py in this folder\. Go to the folder"):
        check("tiny", None, folders.assignments, folders.solutions)
    (tmp_path / "tiny.py").write_text(SOLUTION)
    assert check("tiny", None, folders.assignments, folders.solutions) == 0
    assert str(tmp_path / "tiny.py") in capsys.readouterr().out


def test_a_loop_without_an_end_is_stopped_once_and_its_line_named(
    autograder_check: Check, stub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.check.PATIENCE", 0.02)
    loops = stub.replace(
        "    raise NotImplementedError", "    while True:\n        pass\n    raise NotImplementedError", 1
    )
    status, said = autograder_check(loops)
    assert status == 1
    assert "is there a loop that does not end? It was here:" in said
    assert re.search(r"line \d+, in shift: (while True:|pass)", said)


def test_ctrl_c_says_what_was_running(
    folders: Folders, stub: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tiny.py"
    path.write_text(stub.replace("    raise NotImplementedError", "    raise KeyboardInterrupt", 1))
    with pytest.raises(SystemExit) as ended:
        check("tiny", path, folders.assignments, folders.solutions)
    assert ended.value.code == 130
    said = capsys.readouterr().out
    assert "Interrupted in q1." in said
    assert "in shift: raise KeyboardInterrupt" in said


def test_what_a_user_can_get_wrong_is_one_line(folders: Folders, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no week 'week99'"):
        check("week99", None, folders.assignments, folders.solutions)
    with pytest.raises(UsageError, match="There is no Python file"):
        check("tiny", tmp_path / "none.py", folders.assignments, folders.solutions)
    with pytest.raises(UsageError, match="Run `autograder build tiny` first"):
        check("tiny", None, tmp_path, folders.solutions)


REMAIN = "Public cases only: 2 hidden cases (3 points) are run when you hand in."


def test_otter_check_of_the_solution(otter_check_of: Callable[[str], str]) -> None:
    said = otter_check_of(SOLUTION)
    assert "All tests passed!" in said
    assert REMAIN in said


@pytest.mark.slow
def test_otter_check_says_that_loading_is_not_a_question(otter_check_of: Callable[[str], str], stub: str) -> None:
    said = otter_check_of(stub)
    assert "The file loads (no points) results: All test cases passed!" in said
    assert "tiny.py results" not in said


@pytest.mark.slow
def test_otter_check_of_half_the_work(otter_check_of: Callable[[str], str], stub: str) -> None:
    said = otter_check_of(half_done(stub))
    assert "Expected 3.500 on average, got -1.500" in said
    assert "NotImplementedError: tiny, q2: shift_and_clip is yours to implement" in said
    assert REMAIN in said


def test_otter_check_of_a_syntax_error(otter_check_of: Callable[[str], str]) -> None:
    said = otter_check_of("import os\n\ndef shift(x, offset:\n    return x\n")
    assert "SyntaxError" in said
    assert "Line 3" in said
    assert "NoneType" not in said
    assert "Your file did not load: the first result names the line." in said


@pytest.mark.slow
def test_one_question_of_a_file_that_raises_at_its_end_does_not_pass(otter_check_of: Callable[..., str]) -> None:
    text = f"{SOLUTION}\n\n1 / 0\n"
    said = otter_check_of(text, "-q", "q1")
    assert "All tests passed!" not in said
    assert f"Your file did not load. Line {len(text.splitlines())}: ZeroDivisionError: division by zero" in said


def test_otter_check_of_a_file_that_raises_at_its_end(otter_check_of: Callable[[str], str]) -> None:
    text = f"{SOLUTION}\n\ndef last():\n    raise ValueError('oops')\n\n\nlast()\n"
    line = text.splitlines().index("    raise ValueError('oops')") + 1
    said = otter_check_of(text)
    assert f"Line {line}: ValueError: oops" in said
    assert "All tests passed!" not in said
    assert said.count("ValueError: oops") == 1
    assert "Your file did not load: the first result names the line." in said
