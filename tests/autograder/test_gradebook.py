"""The gradebook gives back what was kept, keeps history, and says in one line when it can't be used."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.gradebook import Gradebook
from autograder.verdict import CaseResult, QuestionResult, Run, Verdict

RUN = Run(
    week="week01",
    title="Fooled",
    seed=7,
    sandbox="full",
    device="CPU",
    started="2025-01-01T10:00:00",
    seconds=0.0,
    versions={"tensorflow": "2.21.0"},
    question_keys=("q1",),
    possible=3,
)
CASE = CaseResult("shape", False, "failed", 3, message="expected (2, 28, 28, 1)\udcff", seconds=0.2)
VERDICT = Verdict("ann", "week01", "graded", (QuestionResult("q1", "Gradient", (CASE,)),), digest="d1", source="é\0\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "gradebook.sqlite"


def test_what_is_kept_comes_back_after_closing(path: Path) -> None:
    with Gradebook(path) as book:
        number = book.start_run(RUN, "w1")
        book.save(number, VERDICT)
        book.save(number, replace(VERDICT, student="Zoë"))
        book.finish_run(number, replace(RUN, seconds=3.5))
    with Gradebook(path) as book:
        assert book.run(number) == replace(RUN, seconds=3.5)
        assert book.verdicts(number) == [replace(VERDICT, student="Zoë"), VERDICT]


def test_saving_twice_changes_nothing_and_a_new_submission_adds_to_the_history(path: Path) -> None:
    changed = replace(VERDICT, digest="d2", message="second try")
    with Gradebook(path) as book:
        first = book.start_run(RUN, "w1")
        for _ in range(2):
            book.save(first, VERDICT)
        second = book.start_run(RUN, "w1")
        book.save(second, changed)
        assert book.verdicts(first) == [VERDICT]
        assert book.verdicts(second) == [changed]
        assert [(one.verdict, one.number) for one in book.history("ann", "week01")] == [(VERDICT, 1), (changed, 2)]
        third = book.start_run(RUN, "w2")
        book.save(third, VERDICT)
        assert len(book.history("ann", "week01")) == 3
        assert book.students("week01") == ["ann"]
        assert book.students("week02") == []


def test_a_verdict_is_kept_while_nothing_that_it_depends_on_changes(path: Path) -> None:
    with Gradebook(path) as book:
        first = book.start_run(RUN, "w1")
        book.save(first, VERDICT)
        later = book.start_run(replace(RUN, started="2025-01-02T10:00:00"), "w1")
        assert book.keep(later, "ann", "d1") == VERDICT
        assert book.keep(later, "bob", "d1") is None
        assert book.keep(later, "ann", "d2") is None
        (judgement,) = book.judgements(later)
        assert (judgement.number, judgement.run) == (first, RUN)
        others = {"digest": (RUN, "w2"), "seed": (replace(RUN, seed=8), "w1"), "week": (replace(RUN, week="x"), "w1")}
        others["sandbox"] = (replace(RUN, sandbox="none: submissions ran without a sandbox"), "w1")
        for name, (run, digest) in others.items():
            assert book.keep(book.start_run(run, digest), "ann", "d1") is None, name
        newer_sandbox = book.start_run(replace(RUN, sandbox="fuller"), "w1")
        assert book.keep(newer_sandbox, "ann", "d1") == VERDICT


def test_an_error_of_ours_is_never_kept_and_neither_is_what_came_before_it(path: Path) -> None:
    with Gradebook(path) as book:
        book.save(book.start_run(RUN, "w1"), VERDICT)
        book.save(book.start_run(RUN, "w1"), replace(VERDICT, status="error"))
        assert book.keep(book.start_run(RUN, "w1"), "ann", "d1") is None


def test_grading_anew_goes_on_where_grading_anew_was_interrupted(path: Path) -> None:
    anew = replace(VERDICT, message="anew")
    with Gradebook(path) as book:
        first = book.start_run(RUN, "w1")
        book.save(first, VERDICT)
        book.finish_run(first, RUN)
        interrupted = book.start_run(RUN, "w1", again=True)
        assert book.keep(interrupted, "ann", "d1") is None
        book.save(interrupted, anew)
        second = book.start_run(RUN, "w1", again=True)
        assert book.keep(second, "ann", "d1") == anew
        book.finish_run(second, RUN)
        assert book.keep(book.start_run(RUN, "w1", again=True), "ann", "d1") is None
        assert book.keep(book.start_run(RUN, "w1"), "ann", "d1") == anew


def test_the_other_students_are_reported_as_they_were_last(path: Path) -> None:
    ann, bob, cat = (replace(VERDICT, student=student) for student in ("ann", "bob", "cat"))
    gone = replace(VERDICT, student="gone")
    with Gradebook(path) as book:
        for verdicts in ([gone, ann], [ann, bob]):
            number = book.start_run(RUN, "w1")
            for verdict in verdicts:
                book.save(number, verdict)
            book.finish_run(number, RUN)
        interrupted = book.start_run(RUN, "w2")
        book.save(interrupted, cat)
        book.save(interrupted, replace(bob, message="changed"))
        number = book.start_run(RUN, "w2")
        book.carry_over(number, without={"ann"})
        assert book.verdicts(number) == [replace(bob, message="changed"), cat]
        unconfined = book.start_run(replace(RUN, sandbox="none: submissions ran without a sandbox"), "w2")
        with pytest.raises(UsageError, match="with another sandbox"):
            book.carry_over(unconfined, without={"ann"})
        assert book.verdicts(unconfined) == []
        reseeded = book.start_run(replace(RUN, seed=8), "w2")
        with pytest.raises(UsageError, match="with another seed"):
            book.carry_over(reseeded, without={"ann"})


def test_a_verdict_is_there_for_another_reader_as_soon_as_it_is_saved(path: Path) -> None:
    with Gradebook(path) as writer, Gradebook(path) as reader:
        number = writer.start_run(RUN, "w1")
        writer.save(number, VERDICT)
        assert reader.verdicts(number) == [VERDICT]


def test_two_may_open_a_new_gradebook_at_once(path: Path) -> None:
    def open_and_close(_: int) -> int:
        with Gradebook(path) as book:
            book.keep_seed("week01", 3)
            return book.seed("week01")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_and_close, range(16))) == [3] * 16


def test_a_weeks_seed_stays_until_another_is_wanted(path: Path) -> None:
    with Gradebook(path) as book:
        seed = book.seed("week01")
        book.keep_seed("week01", seed)
    with Gradebook(path) as book:
        assert book.seed("week01") == seed
        assert book.seed("week01", wanted=0) == 0
        assert book.seed("week01") == seed
        book.keep_seed("week01", 0)
        assert book.seed("week01") == 0
        assert book.seed("week02", wanted=5) == 5


def not_a_database(path: Path) -> None:
    path.write_bytes(b"student,score\n" * 200)


def somebody_elses(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE runs (x)")
    connection.commit()
    connection.close()


def from_the_future(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("make", [not_a_database, somebody_elses, from_the_future, Path.mkdir])
def test_a_file_that_is_no_gradebook_is_one_clear_line(path: Path, make: object) -> None:
    path.parent.mkdir()
    assert callable(make)
    make(path)
    with pytest.raises(UsageError) as caught:
        Gradebook(path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_one_clear_line(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="Choose another folder"):
        Gradebook(path)
