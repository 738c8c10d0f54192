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
        assert book.history("ann", "week01") == [VERDICT, changed]
        third = book.start_run(RUN, "w2")
        book.save(third, VERDICT)
        assert len(book.history("ann", "week01")) == 3


def test_a_verdict_is_there_for_another_reader_as_soon_as_it_is_saved(path: Path) -> None:
    with Gradebook(path) as writer, Gradebook(path) as reader:
        number = writer.start_run(RUN, "w1")
        writer.save(number, VERDICT)
        assert reader.verdicts(number) == [VERDICT]


def test_two_may_open_a_new_gradebook_at_once(path: Path) -> None:
    def open_and_close(_: int) -> int:
        with Gradebook(path) as book:
            return book.seed("week01", wanted=3)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_and_close, range(16))) == [3] * 16


def test_a_weeks_seed_stays_until_another_is_wanted(path: Path) -> None:
    with Gradebook(path) as book:
        seed = book.seed("week01")
    with Gradebook(path) as book:
        assert book.seed("week01") == seed
        assert book.seed("week01", wanted=0) == 0
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
