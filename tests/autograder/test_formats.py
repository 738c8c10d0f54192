"""The grades in the columns that Canvas, Moodle and Gradescope import, as JSON lines, and the feedback to send back."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.inbox import About
from autograder.inbox.roster import Attendance
from autograder.reports import Extras, write_reports
from autograder.verdict import CaseResult, QuestionResult, Run, Verdict

RUN = Run(
    week="week01",
    title="Fooled, once",
    seed=918273645,
    sandbox="full",
    device="CPU",
    started="2025-01-02T10:05:07+00:00",
    seconds=12.5,
    versions={},
    question_keys=("q1",),
    possible=8,
)
CASES = (
    CaseResult("shape", False, "passed", 3, seconds=0.5),
    CaseResult("fresh images", True, "failed", 5, message="Clip after the step.", detail="expected 0.123456"),
)
ANN = Verdict("ann", "week01", "graded", (QuestionResult("q1", "The gradient", CASES),), digest="abc", seconds=1.5)
BROKEN = replace(ANN, student="bob", status="error", questions=(), message="the worker died twice")
EVIL = Verdict("=cmd()", "week01", "refused", message="The name begins with =")
ALL = ("canvas", "moodle", "gradescope", "jsonl")


def written(out: Path, verdicts: list[Verdict], **extras: object) -> Path:
    write_reports(out, RUN, verdicts, Extras(**{"formats": ALL, **extras}))  # type: ignore[arg-type]
    return out


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_canvas_finds_students_by_its_own_number(tmp_path: Path) -> None:
    out = written(tmp_path, [ANN, BROKEN, EVIL], about={"ann": About("canvas", "12345", late=True)})
    assert table(out / "canvas.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "week01: Fooled, once"],
        ["    Points Possible", "", "", "", "", "8"],
        ["'=cmd()", "", "", "", "", "0"],
        ["ann", "12345", "", "", "", "3"],
        ["bob", "", "", "", "", ""],
    ]


def test_a_format_that_was_asked_for_once_never_holds_the_grades_of_yesterday(tmp_path: Path) -> None:
    written(tmp_path, [ANN], formats=("canvas", "jsonl"))
    out = written(tmp_path, [ANN, BROKEN], formats=())
    assert [row[0] for row in table(out / "canvas.csv")[2:]] == ["ann", "bob"]
    assert len((out / "grades.jsonl").read_text().splitlines()) == 2
    assert not (out / "moodle.csv").exists()
    assert not (out / "gradescope").exists()


def test_another_systems_number_is_not_taken_for_canvass(tmp_path: Path) -> None:
    out = written(tmp_path, [ANN], about={"ann": About("moodle", "777", folder="ann_777_assignsubmission_file")})
    assert table(out / "canvas.csv")[2][:2] == ["ann", ""]


def test_moodle_finds_students_by_the_number_of_their_submission(tmp_path: Path) -> None:
    about = {"ann": About("moodle", "777"), "=cmd()": About("gradescope", "5", "+1@uni.edu", "@0042")}
    out = written(tmp_path, [ANN, EVIL, BROKEN], about=about)
    assert table(out / "moodle.csv") == [
        ["Identifier", "Full name", "ID number", "Email address", "Grade", "Last modified (grade)"],
        ["", "'=cmd()", "'@0042", "'+1@uni.edu", "0", ""],
        ["Participant 777", "ann", "", "", "3", ""],
        ["", "bob", "", "", "", ""],
    ]


def test_gradescope_gets_a_result_for_each_student_who_has_a_score(tmp_path: Path) -> None:
    out = written(tmp_path, [ANN, BROKEN, EVIL])
    names = {path.name for path in (out / "gradescope").iterdir()}
    assert len(names) == 2
    result = json.loads((out / "gradescope" / "ann.json").read_text(encoding="utf-8"))
    assert (result["score"], result["execution_time"], result["visibility"]) == (3, 1.5, "visible")
    assert [(test["name"], test["score"], test["max_score"], test["visibility"]) for test in result["tests"]] == [
        ("q1: shape", 3, 3, "visible"),
        ("q1: fresh images", 0, 5, "after_published"),
    ]
    assert "0.123456" not in json.dumps(result)
    (out / "gradescope" / "mine.json").write_text("{}")
    written(out, [EVIL])
    assert {path.name for path in (out / "gradescope").iterdir()} == names - {"ann.json"} | {"mine.json"}


def test_json_lines_say_all_that_a_script_needs(tmp_path: Path) -> None:
    before = replace(RUN, started="2025-01-01T00:00:00+00:00")
    about = {"ann": About("canvas", "12345", late=True)}
    out = written(tmp_path, [ANN, BROKEN], about=about, earlier={"ann": before})
    ann, bob = map(json.loads, (out / "grades.jsonl").read_text(encoding="utf-8").splitlines())
    assert (ann["student"], ann["score"], ann["percent"], ann["late"], ann["graded"]) == (
        "ann",
        3,
        37.5,
        True,
        before.started,
    )
    assert [case["outcome"] for case in ann["questions"][0]["cases"]] == ["passed", "failed"]
    assert (bob["status"], bob["score"], bob["late"]) == ("error", None, False)
    assert "0.123456" not in (out / "grades.jsonl").read_text(encoding="utf-8")
    assert str(RUN.seed) not in (out / "grades.jsonl").read_text(encoding="utf-8")


def test_only_what_is_asked_for_is_written(tmp_path: Path) -> None:
    written(tmp_path, [ANN], formats=())
    assert {path.name for path in tmp_path.iterdir()} == {"feedback.zip", "grades.csv", "index.html", "students"}


@pytest.mark.parametrize("folder", ["../../etc", "a\\..\\b", "x" * 300, "", "Ann\n"])
def test_feedback_has_a_folder_for_each_student_and_no_path_out_of_it(tmp_path: Path, folder: str) -> None:
    about = {
        "ann": About("moodle", "7", folder=folder),
        "Zoë": About("moodle", "8", folder="Zoë M_8_assignsubmission_file"),
    }
    out = written(tmp_path, [ANN, replace(ANN, student="Zoë"), EVIL], about=about)
    with zipfile.ZipFile(out / "feedback.zip") as archive:
        names = archive.namelist()
        assert {"ann/week01.html", "Zoë M_8_assignsubmission_file/week01.html"} < set(names)
        assert len(names) == 3
        assert not any(".." in name or "=" in name for name in names)
        assert archive.read("ann/week01.html") == (out / "students" / "ann.html").read_bytes()
    first = (out / "feedback.zip").read_bytes()
    written(out, [ANN, replace(ANN, student="Zoë"), EVIL], about=about)
    assert (out / "feedback.zip").read_bytes() == first


def test_pages_say_who_was_late_when_a_verdict_was_given_and_who_is_missing(tmp_path: Path) -> None:
    before = replace(RUN, started="2024-12-24T00:00:00+00:00", sandbox="an older one")
    there = Attendance(5, ("cat", "<dan>"), ("ann",), shared=("li wei",))
    out = written(tmp_path, [ANN], about={"ann": About(late=True)}, earlier={"ann": before}, attendance=there)
    page = (out / "students" / "ann.html").read_text(encoding="utf-8")
    assert "handed in late" in page
    assert "24 December 2024" in page
    assert "an older one" in page
    index = (out / "index.html").read_text(encoding="utf-8")
    assert '<span class="tag">late</span>' in index
    assert "Handed in nothing: 2 of 5 on the roster" in index
    assert "cat; &lt;dan&gt;" in index
    assert "Not on the roster: 1" in index
    assert "<p>li wei</p>" in index
    assert "1 verdict kept from earlier runs" in index
