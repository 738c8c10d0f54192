"""Submissions are found whatever strangers call them, and read without following a link or waiting for a pipe."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.inbox import MAX_BYTES, Entry, RefusedError, find_submissions, read_submission
from autograder.week import load_week

WEEK = load_week("week01")
CODE = b"def fgsm(model, x, y, eps):\n    return x\n"


def hand_in(path: Path, content: bytes = CODE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def by_student(path: Path) -> dict[str, Entry]:
    entries = find_submissions(path, WEEK)
    assert len({entry.student for entry in entries}) == len(entries)
    return {entry.student: entry for entry in entries}


def refusals(path: Path) -> dict[str, str]:
    return {student: entry.refusal for student, entry in by_student(path).items() if entry.refusal}


def test_folders_and_flat_files_may_be_mixed_and_come_sorted(tmp_path: Path) -> None:
    hand_in(tmp_path / "Zoë Müller" / "week01.py")
    hand_in(tmp_path / "ann" / "week01.py")
    hand_in(tmp_path / "bob@uni.edu.py")
    entries = find_submissions(tmp_path, WEEK)
    assert [entry.student for entry in entries] == ["Zoë Müller", "ann", "bob@uni.edu"]
    assert [read_submission(entry) for entry in entries] == [CODE] * 3


@pytest.mark.parametrize("name", ["ann.py", "ann/week01.py"])
def test_one_file_is_named_after_itself_or_its_folder(tmp_path: Path, name: str) -> None:
    (entry,) = find_submissions(hand_in(tmp_path / name), WEEK)
    assert entry.student == "ann"
    assert read_submission(entry) == CODE


def test_one_file_may_be_named_relative_to_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(tmp_path / "ann" / "week01.py")
    monkeypatch.chdir(tmp_path / "ann")
    for path in (Path("week01.py"), Path()):
        (entry,) = find_submissions(path, WEEK)
        assert (entry.student, read_submission(entry)) == ("ann", CODE)


def test_the_path_itself_may_be_a_link(tmp_path: Path) -> None:
    hand_in(tmp_path / "class" / "ann" / "week01.py")
    (tmp_path / "link").symlink_to(tmp_path / "class")
    (entry,) = find_submissions(tmp_path / "link", WEEK)
    assert read_submission(entry) == CODE


def test_only_the_declared_file_counts(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann" / "week01.py")
    for name in ("numpy.py", "otter.py", "conftest.py", "sitecustomize.py", "course/__init__.py"):
        hand_in(tmp_path / "ann" / name, b"raise SystemExit('never run')")
    hand_in(tmp_path / ".DS_Store")
    hand_in(tmp_path / "roster.csv")
    hand_in(tmp_path / "__MACOSX" / "week01.py")
    (entry,) = find_submissions(tmp_path, WEEK)
    assert (entry.student, read_submission(entry)) == ("ann", CODE)


def test_what_is_no_submission_is_told(tmp_path: Path) -> None:
    for name in (
        "ann.py",
        "bob/week01.py",
        "eve.txt",
        "roster.csv",
        ".cache/x",
        ".dan/week01.py",
        "res/gradebook.sqlite",
    ):
        hand_in(tmp_path / name)
    passed_over: list[str] = []
    entries = find_submissions(tmp_path, WEEK, passed_over.append)
    assert [entry.student for entry in entries] == [".dan", "ann", "bob"]
    assert passed_over == [".cache", "eve.txt", "roster.csv"]


def test_the_results_of_an_earlier_run_are_no_student(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann" / "week01.py")
    hand_in(tmp_path / "results" / "gradebook.sqlite", b"")
    hand_in(tmp_path / "stopped" / ".grading", b"process 1")
    hand_in(tmp_path / "sly" / "gradebook.sqlite", b"")
    hand_in(tmp_path / "sly" / "week01.py")
    assert set(by_student(tmp_path)) == {"ann", "sly"}


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ann\nbob", "ann\\nbob"),
        ("=cmd()", "=cmd()"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("＝cmd()", "＝cmd()"),
        ("..\\evil", "..\\\\evil"),
        ("....", "...."),
        ("ann\u202eyp.exe", "ann\\u202eyp.exe"),
        ("\x1b[2Jann", "\\x1b[2Jann"),
        (b"\xff\xfe", "\\udcff\\udcfe"),
    ],
)
def test_a_hostile_name_is_refused_and_escaped_while_others_go_on(
    tmp_path: Path, name: str | bytes, student: str
) -> None:
    hand_in(tmp_path / "ann" / "week01.py")
    hand_in(tmp_path / os.fsdecode(name) / "week01.py")
    hand_in(tmp_path / f"{os.fsdecode(name)}.py")
    entries = by_student(tmp_path)
    assert set(entries) == {"ann", student, f"{student}'"}
    assert not entries["ann"].refusal
    assert "rename it" in entries[student].refusal
    with pytest.raises(RefusedError, match="rename it"):
        read_submission(entries[student])


def test_names_that_differ_stay_different_when_escaped(tmp_path: Path) -> None:
    for name in ("a\nb", "a\\nb", "ann"):
        hand_in(tmp_path / name / "week01.py")
    assert set(by_student(tmp_path)) == {"a\\nb", "a\\\\nb", "ann"}


def test_links_are_refused_at_every_level(tmp_path: Path) -> None:
    secret = hand_in(tmp_path / "elsewhere" / "week01.py", b"secret")
    inbox = tmp_path / "class"
    hand_in(inbox / "ann" / "week01.py")
    (inbox / "bob").symlink_to(secret.parent)
    (inbox / "cat.py").symlink_to(secret)
    (inbox / "dan").mkdir()
    (inbox / "dan" / "week01.py").symlink_to(secret)
    (inbox / "eve.py").symlink_to(tmp_path / "nothing")
    refused = refusals(inbox)
    assert set(refused) == {"bob", "cat", "dan", "eve"}
    assert all("is a link" in reason for reason in refused.values())


def test_pipes_sockets_and_folders_are_refused_without_waiting(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann.py")
    os.mkfifo(tmp_path / "bob.py")
    (tmp_path / "cat").mkdir()
    os.mkfifo(tmp_path / "cat" / "week01.py")
    (tmp_path / "dan" / "week01.py").mkdir(parents=True)
    (tmp_path / "eve.py").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "fay"))
        refused = refusals(tmp_path)
    assert {student: reason.split(" is a ")[1].split(".")[0] for student, reason in refused.items()} == {
        "bob": "pipe, a socket or a device",
        "cat": "pipe, a socket or a device",
        "dan": "folder",
        "eve": "folder",
        "fay": "pipe, a socket or a device",
    }


def test_a_file_swapped_after_it_was_found_gains_nothing(tmp_path: Path) -> None:
    secret = hand_in(tmp_path / "elsewhere" / "week01.py", b"secret")
    inbox = tmp_path / "class"
    swaps = {
        "ann": lambda path: path.symlink_to(secret),
        "bob": lambda path: os.mkfifo(path),
        "cat": lambda path: path.mkdir(),
        "dan": lambda path: path.write_bytes(b"#" * (MAX_BYTES + 1)),
        "eve": lambda path: None,
    }
    for student in (*swaps, "fay"):
        hand_in(inbox / student / "week01.py")
    entries = by_student(inbox)
    for student, swap in swaps.items():
        (inbox / student / "week01.py").unlink()
        swap(inbox / student / "week01.py")
    (inbox / "fay").rename(inbox / "gone")
    (inbox / "fay").symlink_to(secret.parent)
    for student in (*swaps, "fay"):
        with pytest.raises(RefusedError):
            read_submission(entries[student])


def test_size_is_limited_to_the_byte(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann.py", b"#" * MAX_BYTES)
    hand_in(tmp_path / "bob.py", b"#" * (MAX_BYTES + 1))
    entries = by_student(tmp_path)
    assert len(read_submission(entries["ann"])) == MAX_BYTES
    assert "too large: 1,000,001 bytes" in entries["bob"].refusal


def test_what_is_no_python_file_says_so(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann.py")
    hand_in(tmp_path / "bob.zip", b"PK\x03\x04")
    hand_in(tmp_path / "dan.py.txt")
    hand_in(tmp_path / "eve" / "solution.py")
    (tmp_path / "fay").mkdir()
    hand_in(tmp_path / "gus.PY")
    refused = refusals(tmp_path)
    assert "never unpacked" in refused["bob"]
    assert "dan.py.txt is a text file" in refused["dan"]
    assert (
        refused["eve"]
        == "There is no week01.py in this folder; it holds solution.py. Name the one that counts week01.py."
    )
    assert "it holds nothing" in refused["fay"]
    assert set(refused) == {"bob", "dan", "eve", "fay"}


def test_the_one_file_that_is_nearly_called_so_is_taken(tmp_path: Path) -> None:
    for student, name in {
        "ann": "Week01.py",
        "bob": "week01 (1).py",
        "eve": "week01_final.PY",
        "fay": "my week01.ipynb",
    }.items():
        hand_in(tmp_path / student / name)
        hand_in(tmp_path / student / "notes.txt")
    hand_in(tmp_path / "gus" / "week01 (1).py")
    hand_in(tmp_path / "gus" / "week01 (2).py")
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal" / "week01 (1).py").symlink_to("/etc/passwd")
    refused = refusals(tmp_path)
    assert "it holds week01 (1).py" in refused["gus"]
    assert "week01 (1).py is a link" in refused["hal"]
    assert set(refused) == {"gus", "hal"}


def test_ten_thousand_other_files_do_not_flood_the_message(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann.py")
    (tmp_path / "bob").mkdir()
    for number in range(10_000):
        (tmp_path / "bob" / f"{number}\n").touch()
    assert len(refusals(tmp_path)["bob"]) < 150


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann.py")
    hand_in(tmp_path / "bob.py").chmod(0)
    entries = by_student(tmp_path)
    with pytest.raises(RefusedError, match="Permission denied"):
        read_submission(entries["bob"])


@pytest.mark.parametrize(
    "names", [("ann/week01.py", "ann.py"), ("ann.py", "Ann.py"), ("Zoë.py", "Zoë/week01.py"), ("ann.py", "ann.zip")]
)
def test_two_files_for_one_student_are_the_users_to_settle(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        hand_in(tmp_path / name)
    with pytest.raises(UsageError, match="Two files for one student") as caught:
        find_submissions(tmp_path, WEEK)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("archived", [False, True])
def test_the_folder_around_a_class_is_looked_into(tmp_path: Path, archived: bool) -> None:
    """As archives have it that a file manager makes of a folder."""
    for student in ("ann", "bob"):
        hand_in(tmp_path / "class" / "submissions" / student / "week01.py")
    path = tmp_path / "class"
    if archived:
        path = Path(shutil.make_archive(str(path), "zip", path))
    assert list(by_student(path)) == ["ann", "bob"]


def test_a_student_who_handed_in_folders_is_no_class(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann" / "week01.py")
    hand_in(tmp_path / "ann" / "old" / "week01.py")
    hand_in(tmp_path / "ann" / "older" / "week01.py")
    assert list(by_student(tmp_path)) == ["ann"]


def test_a_hostile_second_name_does_not_stop_the_class(tmp_path: Path) -> None:
    hand_in(tmp_path / "ann.py")
    (tmp_path / "Ann").symlink_to("/etc")
    entries = by_student(tmp_path)
    assert not entries["ann"].refusal
    assert "is a link" in entries["Ann'"].refusal


@pytest.mark.parametrize(
    ("files", "path", "says"),
    [
        ([], "nowhere", "There is nothing at"),
        ([], ".", "it holds nothing"),
        (["readme.md"], ".", "it holds readme.md"),
        (["a/x.py", "b/y.py"], ".", "No submission found"),
        (["ann.txt"], "ann.txt", "is not a Python file"),
        (["week01.py", "bob.py"], ".", "one student's folder, or a class"),
        (["week01.py", "ann/week01.py"], ".", "one student's folder, or a class"),
    ],
)
def test_what_the_user_can_get_wrong_is_one_clear_line(tmp_path: Path, files: list[str], path: str, says: str) -> None:
    for name in files:
        hand_in(tmp_path / name)
    with pytest.raises(UsageError, match=says) as caught:
        find_submissions(tmp_path / path, WEEK)
    assert "\n" not in str(caught.value)
