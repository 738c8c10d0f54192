"""Hostile submissions, graded for real through `autograder grade`; the rows are those of the threat model.

All of a week are one class in one process, and behind every hostile submission come honest ones in the same worker,
which must still get every point. An ordinary run asks two cases of each question; `make test-all` the whole week.
"""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.confinement.watch import MAX_THREADS
from autograder.verdict import Verdict
from autograder.week import ROOT
from tests.autograder.conftest import Graded, run_grade
from tests.autograder.hostile import (
    BY_HAND,
    EVERYTHING,
    FEW_CASES,
    FEW_QUESTIONS,
    HONEST_AMONG_THE_FILES,
    HOSTILE,
    LACKS_A_FUNCTION,
    MEMORISED,
    ORACLE_CHEATS,
    SECRET,
    THREATS,
    Class,
    by_row,
    grade_hostile,
    honest_behind,
    oracle_cheat,
    put_in_pairs,
    shorten,
)
from tests.autograder.samples import POINTS

# Hundreds of seconds where the machine is busy: every hostile file is graded, and an honest one after it.
pytestmark = pytest.mark.timeout(900)


# What an import that never ends gives: nothing can be graded.
NOT_LOADABLE = {"09_ends_at_import", "09_exits_at_import", "10_loops_at_import"}
WHAT_IS_SAID = {
    "02_leaks_by_lines": "ZeroDivisionError",
    "02_leaks_through_exceptions": "an exception of your own",
    "05_reads_memory": "found []",
    "07_pickle_bomb": "_Bomb is not an answer",
    "07_pickles_where_others_look": "must return an array or a tensor of numbers",
    "09_ends_at_import": "ended its own process",
    "09_exit_in_a_function": "ended its own process by an exit with status 0",
    "09_exits_at_import": "SystemExit",
    "09_kills_itself": "SystemExit",
    "10_loops_at_import": "longer than 4 seconds",
    "10_loops_in_a_function": "longer than 2 seconds",
    "10_loops_in_c": "longer than 2 seconds",
    "11_allocates_without_end": "Too many open files",
    "11_fills_the_disk": "it wrote more than 256 MB or 10,000 files",
    "11_starts_threads": f"more than {MAX_THREADS} threads",
    "12_forks_a_survivor": "BlockingIOError",
    "12_starts_programs": "BlockingIOError",
    "13_limits_of_others": "touched 0:",
    "14_opens_a_connection": "PermissionError",
    "14_sends_datagrams": "PermissionError",
    "15_reads_what_it_can": "nothing to see",
    "15_looks_for_the_gradebook": "nothing to see",
    "16_floods": "more than 16 functions and models",
    "16_frames_of_its_own": "declares more than may be sent",
    "16_malformed_answers": "nested more than",
    "18_calls_cleverhans": "implement it yourself",
    "18_calls_others": "implement it yourself",
    "20_changes_and_denies": "had changed",
    "20_changes_the_weights": "the model's weights",
    "24_draws_at_random": "two different answers",
    "24_every_other_time": "two different answers",
}


@pytest.fixture(scope="session")
def visitors() -> Iterator[int]:
    """A listening port on the loopback; nobody may come."""
    with socket.socket() as listener, socket.socket(socket.AF_UNIX) as abstract:
        listener.bind(("127.0.0.1", 0))
        abstract.bind(f"\0autograder-test-{listener.getsockname()[1]}")
        for one in (listener, abstract):
            one.listen()
            one.setblocking(False)
        yield listener.getsockname()[1]
        for one in (listener, abstract):
            with pytest.raises(BlockingIOError):
                one.accept()


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory, visitors: int) -> Class:
    return grade_hostile(tmp_path_factory.mktemp("threats"), visitors, FEW_QUESTIONS, FEW_CASES)


@pytest.fixture(scope="session")
def graded(few: Class) -> Graded:
    return few.graded


def test_every_row_of_the_threat_model_has_two_variants(few: Class) -> None:
    rows = by_row([*HOSTILE, *BY_HAND, *few.files, *ORACLE_CHEATS])
    assert sorted(rows) == list(range(1, 25))
    assert min(map(len, rows.values())) >= 2, rows


def expect_everything(verdict: Verdict) -> None:
    """Every case passed: what an honest submission gets, whoever came before it."""
    failed = [(case.title, case.message) for q in verdict.questions for case in q.cases if case.outcome != "passed"]
    assert (verdict.status, failed) == ("graded", []), verdict.message
    assert verdict.questions


def expect_real_score(graded: Graded, name: str) -> None:
    row = graded.rows[name]
    if name in NOT_LOADABLE:
        assert (row["status"], row["score"]) == ("not_loadable", "0")
        return
    assert row["status"] == "graded", graded.messages(name)
    base, honest = graded.rows["00_base"], graded.rows["ann"]
    for key in (key for key in row if re.fullmatch(r"q\d", key)):
        if key in ("q1", "q2", "q6"):
            assert row[key] == base[key] == honest[key], (key, graded.messages(name))
        else:
            assert float(row[key]) <= max(float(base[key]), 0.5) < float(honest[key]), (key, graded.messages(name))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_gets_its_real_score(graded: Graded, name: str) -> None:
    expect_real_score(graded, name)


@pytest.mark.parametrize("name", [*HOSTILE, *BY_HAND])
def test_the_next_submission_is_unharmed(graded: Graded, name: str) -> None:
    for student in honest_behind([*HOSTILE, *BY_HAND])[name]:
        expect_everything(graded.verdicts[student])


@pytest.mark.parametrize("name", WHAT_IS_SAID)
def test_the_message_says_what_happened(graded: Graded, name: str) -> None:
    assert WHAT_IS_SAID[name] in graded.messages(name)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_all_that_a_week_asks_is_asked_of_hostile_submissions(tmp_path: Path, visitors: int) -> None:
    everything = grade_hostile(tmp_path, visitors)
    for name in HOSTILE:
        expect_real_score(everything.graded, name)
    for behind in honest_behind([*HOSTILE, *BY_HAND]).values():
        for student in behind:
            expect_everything(everything.graded.verdicts[student])
            assert everything.graded.rows[student]["score"] == "20"
    for name in MEMORISED:
        expect_only_public_points(everything.graded, name)
    for name, words in WHAT_IS_SAID.items():
        assert words in everything.graded.messages(name), name


def test_hidden_inputs_reach_nobody(graded: Graded) -> None:
    verdict = graded.verdicts["02_leaks_through_exceptions"]
    hidden = [case for question in verdict.questions for case in question.cases if case.hidden]
    assert hidden
    # Their own line may be shown, which holds the word; what it was evaluated to may not.
    assert not any(re.search(r"LEAK_\d|LEAK \[\[", case.message) for case in hidden)
    public = [case.message for question in verdict.questions for case in question.cases if not case.hidden]
    # The public cases run first: what they show can hold public inputs only, at most one per public call so far.
    assert max(message.count("[") for message in public) <= 20
    page = next(graded.out.glob("students/02_leaks*exceptions.html")).read_text(encoding="utf-8")
    assert not re.search(r"LEAK_\d", page)


def test_which_of_their_lines_were_called_spells_out_nothing_hidden(graded: Graded) -> None:
    verdict = graded.verdicts["02_leaks_by_lines"]
    hidden = [case.message for question in verdict.questions for case in question.cases if case.hidden]
    assert any("ZeroDivisionError" in message for message in hidden)
    assert not any(re.search(r"LEAK\d", message) for message in hidden)


def test_a_flood_of_line_numbers_is_cut(graded: Graded) -> None:
    cases = [case for question in graded.verdicts["16_floods"].questions for case in question.cases]
    assert any("ValueError: flood" in case.message for case in cases)
    assert max(len(case.message) for case in cases) < 6_000
    assert any("Got text" in case.message for case in cases)


def test_nothing_secret_was_found(graded: Graded) -> None:
    for name in ("15_reads_what_it_can", "15_looks_for_the_gradebook"):
        assert "FOUND [" not in graded.messages(name)
        # As often as it was asked, where it could look it found nothing.
        assert "nothing to see" in graded.messages(name)
    assert SECRET not in (graded.out / "students" / "15_reads_what_it_can.html").read_text(encoding="utf-8")


def test_no_pickle_ran(graded: Graded) -> None:
    assert not [*Path.cwd().glob("pwned"), *Path.home().glob("pwned"), *graded.out.parent.rglob("pwned")]


@pytest.mark.parametrize("name", MEMORISED)
def test_memorised_public_answers_lose_the_hidden_points(graded: Graded, name: str) -> None:
    expect_only_public_points(graded, name)


def expect_only_public_points(graded: Graded, name: str) -> None:
    cases = [case for q in graded.verdicts[name].questions if q.key == "q2" for case in q.cases]
    assert {case.hidden for case in cases} == {False, True}
    assert all((case.outcome == "failed") == case.hidden for case in cases), graded.messages(name)


def test_hostile_names_and_files_never_stop_the_class(few: Class) -> None:
    """Threats 22 and 23: each gets a row, and the honest ones among them full marks."""
    graded = few.graded
    behind = {student for two in honest_behind([*HOSTILE, *BY_HAND]).values() for student in two}
    others = {"00_base", *HONEST_AMONG_THE_FILES, *HOSTILE, *BY_HAND}
    assert len(graded.rows) == len(few.files) + len(behind) + len(others)
    for student in HONEST_AMONG_THE_FILES:
        expect_everything(graded.verdicts[student])
    for part, status, words in few.files.values():
        (found,) = [student for student in graded.rows if student.lstrip("'").startswith(part)]
        assert graded.rows[found]["status"] == status, (part, graded.rows[found])
        said = next(verdict.message for verdict in graded.verdicts.values() if verdict.student.startswith(part))
        assert words in said, (part, said)
    text = (graded.out / "grades.csv").read_text(encoding="utf-8")
    assert not any(line.startswith(("=", "+", "-", "@")) for line in text.splitlines())
    assert len(text.splitlines()) == len(graded.rows) + 1


def test_a_missing_function_costs_only_its_own_question(graded: Graded) -> None:
    row, honest = graded.rows[LACKS_A_FUNCTION], graded.rows["ann"]
    assert row["q3"] == "0"
    assert float(row["score"]) == float(honest["score"]) - float(honest["q3"])
    assert "There is no function targeted_fgsm" in graded.messages(LACKS_A_FUNCTION)


def test_queries_are_counted_and_answered_on_the_trusted_side(tmp_path: Path) -> None:
    """Threat 21, with a week that has an oracle: the counter can't be passed by, and there is no gradient to read."""
    weeks, inbox = tmp_path / "weeks", tmp_path / "class"
    shutil.copytree(ROOT / "tests" / "weeks" / "everything", weeks / "everything")
    shorten(weeks / "everything" / "week.toml", ("q4",))
    inbox.mkdir()
    put_in_pairs(inbox, {name: oracle_cheat(name) for name in ORACLE_CHEATS}, EVERYTHING)
    graded = run_grade(
        inbox, tmp_path / "out", "--quiet", "--workers", "1", "--solutions", str(weeks), week="everything"
    )
    assert graded.returncode == 0, graded.output
    for name in ORACLE_CHEATS:
        row = graded.rows[name]
        assert (row["status"], row["q4"]) == ("graded", "0"), (name, graded.messages(name))
        for student in honest_behind(ORACLE_CHEATS)[name]:
            expect_everything(graded.verdicts[student])
    assert "more than 5 queries" in graded.messages("21_asks_more_often")


UP_TO_ONE = pytest.approx(0.5, abs=0.5)  # what another draw shows
HANDED_OVER: dict[str, dict[str, dict[str, Any]]] = {
    "week01": {
        "_disguises": {"q4": 3.5, "q5": 0.5},
        "_excused_by_another": {"q1": 2.5, "q6": 0.5},
        "_third_answer": {"q1": 2.5},
    },
    "week02": {
        "_hands_over": {"q1": 3, "q2": 0, "q4": 0},
        "_remembers": {"q1": 3, "q2": 0, "q4": 0},
        "_knows_the_labels": {"q1": 2.5, "q2": 0, "q4": 0},
        "_poisons_the_probe": {"q1": 3, "q2": 0, "q4": 0},
    },
    "week03": {"_reports_without_defence": {"q3": 2.5, "q4": UP_TO_ONE}},
    "week04": {
        "_remembers": {"q1": 4, "q2": 0.5, "q3": 0},
        "_trains_nothing": {"q1": 3.5, "q2": 0.5, "q3": 0},
        "_gives_up_the_loss": {"q1": 0, "q2": 3, "q3": 0},  # its step is right for the loss that it claims
        "_by_size": {"q1": 4, "q2": 1.5, "q3": 2},
        "_strange_witness": dict.fromkeys(POINTS["week04"], 0),
        "_labels_eightfold": {"q2": 0, "q3": 0},
    },
}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("week", HANDED_OVER)
def test_an_earlier_function_hands_no_answer_over(week: str, tmp_path: Path) -> None:
    """Threat 19, where later functions are built on one of the student's: none is paid for what another answers."""
    (tmp_path / "class").mkdir()
    for name in HANDED_OVER[week]:
        shutil.copy(THREATS / f"{name}_{week}.py", tmp_path / "class" / f"{name[1:]}.py")
    graded = run_grade(tmp_path / "class", tmp_path / "out", "--quiet", week=week)
    for name, points in HANDED_OVER[week].items():
        row = graded.rows[name[1:]]
        assert row["status"] == "graded", name
        assert {question: float(row[question]) for question in points} == points, graded.messages(name[1:])


@pytest.fixture(autouse=True, scope="session")
def no_escape() -> Iterator[None]:
    yield
    assert not (ROOT.parent / "escaped.py").exists()
    shutil.rmtree(ROOT / "pwned", ignore_errors=True)
