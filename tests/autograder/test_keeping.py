"""What the gradebook keeps of a run: seeds that nobody can guess, and a verdict for everybody, however odd one is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from autograder.class_run import save
from autograder.gradebook import Gradebook
from autograder.verdict import CaseResult, QuestionResult, Run, Verdict

RUN = Run("week01", "Fooled", 2**63 - 1, "full", "CPU", "2025-01-01T10:00:00", 0.0, {}, ("q1",), 3)


def test_a_fresh_seed_is_too_large_to_be_found_by_trying(tmp_path: Path) -> None:
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        seeds = [book.seed(f"week{number}") for number in range(50)]
        for number, seed in enumerate(seeds):
            book.keep_seed(f"week{number}", seed)
        assert max(seeds).bit_length() > 58
        assert max(seeds) < 2**63  # SQLite's integers are signed
        assert [book.seed(f"week{number}") for number in range(50)] == seeds


def test_the_seeds_of_earlier_gradebooks_and_the_largest_one_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.sqlite"
    with Gradebook(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO seeds VALUES ('week01', ?)", (2**31 - 1,))
    connection.close()
    with Gradebook(path) as book:
        assert book.seed("week01") == 2**31 - 1
        book.keep_seed("week02", book.seed("week02", 2**63 - 1))
        number = book.start_run(RUN, "w1")
    with Gradebook(path) as book:
        assert book.seed("week02") == 2**63 - 1
        assert book.run(number).seed == 2**63 - 1


def test_a_verdict_that_can_not_be_kept_is_our_error_and_stops_nobody(tmp_path: Path) -> None:
    case = CaseResult("shape", False, "passed", 3, message=b"bytes")  # type: ignore[arg-type]
    odd = Verdict("ann", "week01", "graded", (QuestionResult("q1", "Gradient", (case,)),), digest="d1")
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        number = book.start_run(RUN, "w1")
        kept = save(book, number, odd)
        assert (kept.status, kept.student) == ("error", "ann")
        assert "TypeError" in kept.message
        fine = Verdict("bob", "week01", "refused", message="a link")
        assert save(book, number, fine) == fine
        assert book.verdicts(number) == [kept, fine]


def test_a_gradebook_that_can_not_be_written_is_not_passed_over(tmp_path: Path) -> None:
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        number = book.start_run(RUN, "w1")
        book._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(sqlite3.OperationalError):
            save(book, number, Verdict("ann", "week01", "refused"))
