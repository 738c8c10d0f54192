"""The reports say what the verdicts say, reveal nothing more, and obey nothing that strangers wrote into them."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import math
import re
import statistics
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from autograder.errors import UsageError
from autograder.reports import Extras, print_table, write_reports
from autograder.reports.excerpts import excerpts
from autograder.reports.files import page_names
from autograder.reports.items import chance, discrimination, is_low
from autograder.reports.pages import student_page
from autograder.reports.rows import number, row_of, rows_of
from autograder.reports.stops import slowest_of, stops_of
from autograder.reports.summary import summary_of
from autograder.verdict import CaseResult, QuestionResult, Verdict
from autograder.week import ROOT, load_week
from autograder.whole_files import write_atomically
from tests.autograder.reporting import EVIL, RUN, Page, refused, verdict, written


def csv_rows(out: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO((out / "grades.csv").read_text(encoding="utf-8"))))


def test_grades_are_one_sorted_row_per_student(tmp_path: Path) -> None:
    verdicts = [
        verdict("zoe", (True, False, True)),
        refused("bob"),
        replace(refused("cat"), status="not_loadable"),
        verdict("ann"),
    ]
    out = written(tmp_path, verdicts)
    assert (out / "grades.csv").read_bytes() == (
        b"student,score,possible,percent,status,q1,q2\n"
        b"ann,8,8,100,graded,3,5\n"
        b"bob,0,8,0,refused,0,0\n"
        b"cat,0,8,0,not_loadable,0,0\n"
        b"zoe,7,8,87.5,graded,3,4\n"
    )


def test_an_error_of_ours_is_never_a_zero(tmp_path: Path) -> None:
    broken = verdict("ann", (True, False, True), outcome="error")
    lost = Verdict("bob", "week01", "error", message="the worker died twice")
    partly = replace(verdict("cat"), questions=verdict("cat").questions[:1])
    out = written(tmp_path, [broken, lost, partly])
    assert csv_rows(out)[1:] == [
        ["ann", "", "8", "", "error", "3", ""],
        ["bob", "", "8", "", "error", "", ""],
        ["cat", "", "8", "", "error", "3", ""],
    ]
    page = Page(out / "index.html")
    assert "Errors that are ours" in page.text
    for shown in ("q2, range", "expected 0.123456", "the worker died twice", "not every question has a result"):
        assert shown in page.text
    assert "our error, not yours" in Page(out / "students" / "ann.html").text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "＝"])
def test_no_cell_of_the_grades_is_a_formula(tmp_path: Path, start: str) -> None:
    out = written(tmp_path, [refused(f"{start}cmd()"), verdict("ann")])
    assert [f"'{start}cmd()", "ann"] == [row[0] for row in csv_rows(out)[1:]]


def test_no_name_splits_a_row_of_the_grades(tmp_path: Path) -> None:
    names = ["a,b", 'a"b', "a;=b", "a\nb", "a\tb", "a\rb"]
    out = written(tmp_path, [refused(name) for name in names])
    assert {row[0] for row in csv_rows(out)[1:]} == {"a,b", 'a"b', "a;=b", "a\\nb", "a\\tb", "a\\rb"}
    assert (out / "grades.csv").read_bytes().count(b"\n") == len(names) + 1
    assert '"a;=b",0,8' in (out / "grades.csv").read_text(encoding="utf-8")


def test_strangers_text_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    evil = replace(verdict(EVIL, (True, False, False)), message=EVIL, source=f"{EVIL}\nx = 1\n")
    question = replace(
        evil.questions[1], cases=(replace(evil.questions[1].cases[0], title=EVIL, message=EVIL, detail=EVIL),)
    )
    ours = replace(verdict("ann", (True, False, True), outcome="error"), message=EVIL)
    out = written(tmp_path, [replace(evil, questions=(evil.questions[0], question)), refused(f"x{EVIL}", EVIL), ours])
    for path in [out / "index.html", *(out / "students").glob("*.html")]:
        page = Page(path)
        assert len(page.named("script")) == (path.name == "index.html")
        assert not page.named("img")
        for _, attributes in page.tags:
            assert not any(name.startswith("on") for name in attributes)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", page.raw)
    (name,) = (out / "students").glob("script-*.html")
    assert Page(name).text.count("<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} \\x1b[2J") >= 4


def test_pages_need_no_network_and_allow_none(tmp_path: Path) -> None:
    out = written(tmp_path, [verdict("ann"), refused("bob")])
    for path in (out / "index.html", out / "students" / "ann.html"):
        page = Page(path)
        policy = next(a["content"] for a in page.named("meta") if a.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None
        assert policy.startswith("default-src 'none'")
        assert "http://" not in page.raw
        assert "https://" not in page.raw
        for link in page.named("a"):
            target = str(link["href"]).partition("#")[0]
            assert not target or (path.parent / target).is_file()
    raw = (out / "index.html").read_text(encoding="utf-8")
    script = re.search(r"<script>(.*?)</script>", raw, re.DOTALL)
    assert script is not None
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()}'" in raw


def test_a_students_page_tells_what_failed_and_nothing_that_is_secret(tmp_path: Path) -> None:
    out = written(tmp_path, [verdict("ann", (True, True, False)), verdict("bob")])
    page = Page(out / "students" / "ann.html")
    for shown in ("The gradient", "fresh images", "hidden", "Clip after the step", "4 of 8 points", "import numpy"):
        assert shown in page.text
    for secret in ("0.123456", str(RUN.seed), "bob"):
        assert secret not in page.raw
    assert {"href": "#L2"} in page.named("a")
    assert {"id": "L2"} in page.named("span")


def test_only_lines_that_are_there_are_linked(tmp_path: Path) -> None:
    out = written(tmp_path, [replace(verdict("ann"), message="Line 1, line 2, line 3, line 0, online 2")])
    links = [link["href"] for link in Page(out / "students" / "ann.html").named("a")]
    assert links == ["#L1", "#L2"]


def test_a_huge_submission_makes_a_page_of_bearable_size(tmp_path: Path) -> None:
    out = written(tmp_path, [replace(verdict("ann"), source="\n" * 900_000, message="x" * 500_000)])
    page = out / "students" / "ann.html"
    assert page.stat().st_size < 1_000_000
    assert "the rest is not shown" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("sandbox", "marked"), [("none: submissions ran without a sandbox", True), (RUN.sandbox, False)]
)
def test_results_from_without_a_sandbox_are_marked(tmp_path: Path, sandbox: str, marked: bool) -> None:
    out = written(tmp_path, [verdict("ann")], replace(RUN, sandbox=sandbox))
    for path in (out / "index.html", out / "students" / "ann.html"):
        assert ("Graded without a sandbox" in path.read_text(encoding="utf-8")) == marked
        assert sandbox in path.read_text(encoding="utf-8")
        assert "2 January 2025, 10:05 UTC" in path.read_text(encoding="utf-8")


def test_the_class_is_summed_up() -> None:
    verdicts = [
        verdict("ann"),
        verdict("bob", (True, False, True)),
        verdict("cat", (True, False, False)),
        refused("dan"),
        Verdict("eve", "week01", "error"),
    ]
    summary = summary_of(RUN, rows_of(RUN, verdicts))
    assert summary.counts == {"graded": 3, "refused": 1, "error": 1}
    assert summary.mean == pytest.approx((100 + 87.5 + 37.5 + 0) / 4)
    assert summary.median == pytest.approx((87.5 + 37.5) / 2)
    assert summary.full == 1
    assert [(bin.low, bin.count, bin.idle) for bin in summary.bins if bin.count] == [
        (0, 1, 1),
        (30, 1, 0),
        (80, 1, 0),
        (90, 1, 0),
    ]
    hardest, easiest = summary.questions
    assert (hardest.key, hardest.share, hardest.full, hardest.ran) == ("q2", pytest.approx((5 + 4 + 0) / 15), 1, 3)
    assert hardest.missed == ("range", 2)
    assert (easiest.key, easiest.share, easiest.missed) == ("q1", 1, None)
    assert [(mistake.key, mistake.count) for mistake in summary.mistakes] == [("q2", 2)]


def test_a_function_not_written_yet_is_said_once_for_each_question(tmp_path: Path) -> None:
    messages = (
        "NotImplementedError: week01, q1: fgsm is yours to implement\nline 2: raise NotImplementedError(...)",
        "Your function ended with: NotImplementedError.\nline 2: raise NotImplementedError(...)",
    )

    def unwritten(student: str) -> Verdict:
        whole = verdict(student, (True, False, False))
        cases = [replace(case, message=said) for case, said in zip(whole.questions[1].cases, messages, strict=True)]
        return replace(whole, questions=(whole.questions[0], replace(whole.questions[1], cases=tuple(cases))))

    out = written(tmp_path, [unwritten("ann"), unwritten("bob")])
    page = Page(out / "students" / "ann.html")
    assert page.text.count("Not written yet: fgsm.") == page.text.count("Not written yet") == 1
    assert "NotImplementedError" not in page.text
    assert "Not written yet" in Page(out / "index.html").text


def test_what_was_told_once_is_no_list_of_what_was_told_often(tmp_path: Path) -> None:
    page = Page(
        written(tmp_path, [verdict("ann", (False, True, True)), verdict("bob", (True, False, True))]) / "index.html"
    )
    assert "No two students were told the same." in page.text
    assert "Clip after the step" not in page.text


def test_a_class_where_nothing_ran_has_its_pages_too(tmp_path: Path) -> None:
    page = Page(written(tmp_path, [refused("ann")]) / "index.html")
    assert "No submission ran" in page.text
    assert "0 submissions" in Page(written(tmp_path, []) / "index.html").text


def test_file_names_are_plain_and_differ_on_every_file_system() -> None:
    students = [
        "ann",
        "Bob Lee",
        "Cat",
        "cat",
        "../../etc/passwd",
        "con",
        "a\\nb",
        "Zoë",
        "x" * 300,
        "dan.",
        "e/f",
        "--",
    ]
    names = page_names(students)
    assert (names["ann"], names["Bob Lee"]) == ("ann.html", "Bob Lee.html")
    assert len({name.casefold() for name in names.values()}) == len(students)
    for student, name in names.items():
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@ -]{0,90}\.html", name), (student, name)
    assert names["con"] != "con.html"


def test_pages_of_an_earlier_run_go_and_the_users_own_stay(tmp_path: Path) -> None:
    out = written(tmp_path, [verdict("ann"), verdict("bob")])
    (out / "students" / "notes.html").write_text("<p>mine</p>")
    (out / "students" / "notes.txt").write_text("mine")
    written(out, [verdict("bob")])
    assert {path.name for path in (out / "students").iterdir()} == {"bob.html", "notes.html", "notes.txt"}
    assert {path.name for path in out.iterdir()} == {
        "feedback.zip",
        "grades.csv",
        "index.html",
        "students",
    }


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grades.csv"
    write_atomically(path, "old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["grades.csv"]
    assert path.read_text() == "old"


def test_a_place_that_cannot_be_written_to_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="can't be written to") as caught:
        write_reports(tmp_path / "results", RUN, [verdict("ann")])
    assert "\n" not in str(caught.value)


def test_numbers_have_no_needless_decimals() -> None:
    assert [number(value) for value in (0, 20, 2.5, 100 / 3, 0.1 + 0.2, None)] == ["0", "20", "2.5", "33.33", "0.3", ""]


def test_the_table_fits_a_terminal_and_prints_text_only() -> None:
    stream = io.StringIO()
    evil = replace(verdict("[bold]dan\x1b[2J", (False, True, True)))
    verdicts = [verdict("ann", (True, False, True)), refused("bob"), evil, verdict("eve", (False, True, True), "error")]
    print_table(Console(file=stream, width=80, force_terminal=True, color_system=None), RUN, verdicts)
    shown = stream.getvalue()
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "\x1b[2J" not in shown
    assert "[bold]dan\\x1b" in shown
    assert "Clip after the step" in shown
    assert "week01.py is a link" in shown
    assert "our error in the case shape" in shown


def test_a_long_list_of_reasons_is_cut() -> None:
    stream = io.StringIO()
    print_table(Console(file=stream, width=80), RUN, [refused(f"student {index:03}") for index in range(100)])
    assert "and 60 more" in stream.getvalue()


def test_a_question_is_compared_with_the_rest_of_the_week() -> None:
    right = [1.0] * 10 + [0.0] * 10
    rest = [9.0, 8, 7, 9, 6, 5, 4, 6, 3, 2, 8, 7, 1, 2, 3, 1, 2, 5, 0, 1]
    totals = [one + other for one, other in zip(right, rest, strict=True)]
    # The point-biserial correlation, as it is written for what is right or wrong: the means of two halves apart.
    apart = statistics.fmean(rest[:10]) - statistics.fmean(rest[10:])
    assert discrimination(right, totals) == pytest.approx(apart / statistics.pstdev(rest) / 2)
    mirrored = [one + other for one, other in zip(right, reversed(rest), strict=True)]
    assert discrimination(right, mirrored) == pytest.approx(-apart / statistics.pstdev(rest) / 2)
    assert discrimination(right, [8 + one for one in right]) is None
    assert discrimination([1.0] * 20, rest) is None
    assert discrimination(right[1:], totals[1:]) is None


def test_a_question_is_low_only_beyond_chance() -> None:
    assert chance(103) == pytest.approx(math.tanh(0.196))
    assert [is_low(-0.2, 20), is_low(-0.2, 100), is_low(0.1, 100), is_low(0.1, 1_000), is_low(0.25, 1_000)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert is_low(-1.0, 20)
    assert not is_low(1.0, 20)


def test_a_question_that_tells_nobody_apart_is_pointed_out(tmp_path: Path) -> None:
    good, weak = (True, True, True), (True, False, False)
    useful = [verdict(f"a{index}", good if index % 2 else (False, False, False)) for index in range(24)]
    assert "low: look at the question" not in Page(written(tmp_path, useful) / "index.html").text
    against = [verdict(f"a{index}", weak if index % 2 else (False, True, True)) for index in range(24)]
    page = Page(written(tmp_path, against) / "index.html")
    assert page.text.count("low: look at the question") == 2
    assert "−1.00" in page.text
    assert "12 of 24" in page.text
    few = Page(written(tmp_path, against[:19]) / "index.html")
    assert "from 20 submissions on" in few.text
    assert "look at the question" not in few.text


def test_an_easy_question_is_not_blamed_for_telling_nobody_apart(tmp_path: Path) -> None:
    verdicts = [verdict(f"a{index:03}", (index >= 10, index < 105, True)) for index in range(200)]
    page = Page(written(tmp_path, verdicts) / "index.html")
    assert "Discrimination −" in page.text
    assert page.text.count("low: look at the question") == 1


def ended(student: str, *endings: str) -> Verdict:
    """A verdict whose cases of q2 were lost to calls that ended like this."""
    whole = verdict(student, (True, False, False))
    cases = [replace(case, ending=ending) for case, ending in zip(whole.questions[1].cases, endings, strict=True)]
    return replace(whole, questions=(whole.questions[0], replace(whole.questions[1], cases=tuple(cases))))


def test_who_was_stopped_is_named_with_the_reason(tmp_path: Path) -> None:
    stuck = replace(refused("dan"), status="not_loadable", ending="time limit", seconds=30)
    verdicts = [ended("ann", "time limit", "MemoryError"), ended("bob", "crash", "crash"), stuck]
    verdicts += [ended("cat", "ValueError", ""), verdict("eve")]
    rows = rows_of(RUN, verdicts)
    assert [(stop.student, stop.kinds) for stop in stops_of(rows)] == [
        ("ann", (("time-out", 1), ("out of memory", 1))),
        ("bob", (("crash", 2),)),
        ("dan", (("time-out", 1),)),
    ]
    assert slowest_of(rows)[0].student == "dan"
    page = Page(written(tmp_path, verdicts) / "index.html")
    assert "crash × 2" in page.text
    assert "30.0 s" in page.text


SOURCE = """import numpy as np


def helper(x):
    return x / 0


@decorated
def step(
    x,
):
    \"\"\"One step.\"\"\"

    y = helper(x)
    return y
# the end


def other(x):
    return x
"""


def lost(message: str) -> QuestionResult:
    return QuestionResult("q2", "One step", (CaseResult("shape", False, "failed", 1, message),))


def test_the_code_of_a_lost_question_stands_beside_it() -> None:
    lines = SOURCE.splitlines()
    (part,) = excerpts(lost("It is not clipped."), ("step",), lines)
    assert (part.title, part.cut) == ("step", False)
    assert (part.lines[0].text, part.lines[-1].text) == ("@decorated", "    return y")
    assert not any(line.named for line in part.lines)

    step, helper = excerpts(lost("ZeroDivisionError\nline 14: y = …\nline 5: return x / 0"), ("step",), lines)
    assert [line.number for part in (step, helper) for line in part.lines if line.named] == [14, 5]
    assert helper.title == "helper"

    _, top = excerpts(lost("line 1: import"), ("step",), lines)
    assert (top.title, len(top.lines)) == ("Line 1", 5)
    assert excerpts(lost("It is not there."), ("missing",), lines) == ()
    assert excerpts(lost("NotImplementedError: step is yours to implement"), ("step",), lines) == ()
    assert excerpts(verdict("ann").questions[1], ("step",), lines) == ()


def test_of_a_long_function_the_place_that_matters_is_shown() -> None:
    lines = ["def step(x):", *("    x += 1" for _ in range(500))]
    (start,) = excerpts(lost("It is not clipped."), ("step",), lines)
    (place,) = excerpts(lost("line 300: x += 1"), ("step",), lines)
    assert (start.lines[0].number, start.cut, place.cut) == (1, True, True)
    assert 300 in [line.number for line in place.lines]
    assert len(start.lines) == len(place.lines) <= 40


@pytest.mark.parametrize("source", ["def step", "@\n@\n@", "def step(\n" * 3_000, ")\n" * 100, "\\\n" * 50, EVIL, "\n"])
def test_whatever_the_code_is_it_is_only_looked_at(source: str) -> None:
    for part in excerpts(lost("line 1, line 2"), ("step",), source.splitlines()):
        assert 1 <= len(part.lines) <= 40


def test_a_students_page_shows_the_code_beside_the_case(tmp_path: Path) -> None:
    source = "def fgsm(model):\n    return model\n"
    failed = replace(verdict("ann", (True, False, True)), source=source)
    stopped = replace(failed, status="not_loadable", questions=(), message="Line 2 is not valid Python")
    for whole, named in ((failed, ["1", "2"]), (stopped, ["1", "2"]), (replace(verdict("ann"), source=source), [])):
        path = tmp_path / "ann.html"
        path.write_text(student_page(RUN, row_of(RUN, whole), week=load_week("week01")), encoding="utf-8")
        shown = [attributes for attributes in Page(path).named("span") if "data-line" in attributes]
        assert [line["data-line"] for line in shown] == named
        assert [line["data-line"] for line in shown if line.get("class") == "named"] == named[1:]


def test_feedback_holds_each_students_page_and_nothing_else(tmp_path: Path) -> None:
    source = (ROOT / "demo" / "submissions" / "ada" / "week01.py").read_text(encoding="utf-8")
    verdicts = [replace(verdict(student, (True, True, False)), source=source) for student in ("ann", "bob")]
    write_reports(tmp_path, RUN, verdicts, Extras(week=load_week("week01")))
    assert (tmp_path / "similar" / "pair-1.html").is_file()
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert archive.namelist() == ["ann/week01.html", "bob/week01.html"]
        for student, other in (("ann", "bob"), ("bob", "ann")):
            page = archive.read(f"{student}/week01.html").decode("utf-8")
            assert page == (tmp_path / "students" / f"{student}.html").read_text(encoding="utf-8")
            for secret in (f">{other}<", "expected 0.123456", str(RUN.seed), "alike"):
                assert secret not in page
