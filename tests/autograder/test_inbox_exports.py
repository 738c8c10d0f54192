"""The archives that Canvas, Moodle and Gradescope give to download are read as they come, or unpacked."""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.inbox import MAX_BYTES, Entry, RefusedError, find_submissions, read_submission
from autograder.inbox.places import MAX_FILES
from autograder.reports.formats import is_found
from autograder.week import load_week

WEEK = load_week("week01")
CODE = b"def fgsm(model, x, y, eps):\n    return x\n"
Make = Callable[[dict[str, bytes]], Path]


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


@pytest.fixture(params=["archive", "folder"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Lays an export out as an archive, and as the folder that it unpacks to."""
    if request.param == "archive":
        return lambda files: zipped(tmp_path / "export.zip", files)
    return lambda files: unpacked(tmp_path / "export", files)


def by_student(path: Path) -> dict[str, Entry]:
    return {entry.student: entry for entry in find_submissions(path, WEEK)}


def notebook(*cells: tuple[str, str | list[str]]) -> bytes:
    made = [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}).encode()


def test_canvas_names_say_who_and_whether_late_and_the_last_attempt_counts(make: Make) -> None:
    path = make(
        {
            "doejane_12345_678910_week01.py": b"first",
            "doejane_12345_678999_week01-1.py": b"last",
            "doejane_12345_679999_numpy.py": b"not this",
            "müllerzoë_LATE_12346_678911_week01-2.py": CODE,
            "liwei_1_5_my own solution.py": CODE,
            "liwei_2_6_week01.py": CODE,
            "nocode_3_7_report.pdf": b"%PDF",
            "anon_x7Yq2_678912_week01.py": CODE,
            "LATE_anon_x7Yq3_678913_week01.py": b"first",
            "LATE_anon_x7Yq3_678914_week01-1.py": b"last",
        }
    )
    entries = by_student(path)
    jane, zoë = entries["doejane"], entries["müllerzoë"]
    assert (read_submission(jane), jane.about.system, jane.about.number) == (b"last", "canvas", "12345")
    assert (jane.about.late, zoë.about.late) == (False, True)
    assert {"liwei (1)", "liwei (2)", "anon_x7Yq2"} < set(entries)
    anonymous = entries["anon_x7Yq3"]
    assert anonymous.about.late
    assert read_submission(anonymous) == b"last"
    assert not is_found("canvas", anonymous.about)
    assert entries["nocode"].refusal == "There is no week01.py in it; it holds report.pdf."


def test_moodle_folders_say_who_with_or_without_the_last_underscore(make: Make) -> None:
    path = make(
        {
            "Jane Doe_12345_assignsubmission_file/week01.py": CODE,
            "Zoë O'Neill-Müller_12346_assignsubmission_file_/week01 (1).py": b"last",
            "Zoë O'Neill-Müller_12346_assignsubmission_file_/week01.py": b"first",
            "Flat File_12347_assignsubmission_file_week01.py": CODE,
            "Only Text_12348_assignsubmission_onlinetext/onlinetext.html": b"<p>I did not",
            "Participant_12349_assignsubmission_file/sub/week01.py": CODE,
        }
    )
    entries = by_student(path)
    assert set(entries) == {"Jane Doe", "Zoë O'Neill-Müller", "Flat File", "Only Text", "Participant"}
    assert read_submission(entries["Zoë O'Neill-Müller"]) == b"last"
    assert entries["Jane Doe"].about.number == "12345"
    assert entries["Jane Doe"].about.folder == "Jane Doe_12345_assignsubmission_file"
    assert read_submission(entries["Flat File"]) == CODE
    assert "it holds onlinetext.html" in entries["Only Text"].refusal
    assert "it holds sub" in entries["Participant"].refusal


def test_in_moodle_nobody_names_a_file_so_that_it_has_the_number_of_another(make: Make) -> None:
    path = make(
        {
            "Ann Doe_11_assignsubmission_file_x_99_assignsubmission_file_week01.py": CODE,
            "Bob_99_assignsubmission_file_x_12_assignsubmission_file/week01.py": CODE,
        }
    )
    found = {student: entry.about.number for student, entry in by_student(path).items()}
    assert found == {"Ann Doe": "11", "Bob_99_assignsubmission_file_x": "12"}


GRADESCOPE = """\
submission_100:
  :submitters:
  - :name: Solo Student
    :sid: '0042'
    :email: solo@uni.edu
  :created_at: 2025-01-31 03:29:31.394866000 Z
  :score: 1.0
submission_101:
  :submitters: &1
  - :name: Pair One
    :sid: '200'
    :email: one@uni.edu
  - :name: Pair Two
    :sid: '201'
    :email: two@uni.edu
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: [*1]
submission_102:
  :submitters:
  - :name: Solo Student
    :sid: '0042'
    :email: solo@uni.edu
submission_103:
  :submitters:
  - :name: "=cmd()"
submission_104:
  :submitters: []
"""


@pytest.mark.parametrize("top", ["", "assignment_9100_export/"])
def test_gradescopes_metadata_says_who(make: Make, top: str) -> None:
    path = make(
        {
            f"{top}submission_metadata.yml": GRADESCOPE.encode(),
            f"{top}submission_100/week01.py": b"first",
            f"{top}submission_102/week01.py": b"last",
            f"{top}submission_101/week01.py": CODE,
            f"{top}submission_103/week01.py": CODE,
        }
    )
    entries = by_student(path)
    assert set(entries) == {"Solo Student", "Pair One", "Pair Two", "=cmd()", "submission_104"}
    solo = entries["Solo Student"]
    assert (read_submission(solo), solo.about.sid, solo.about.email) == (b"last", "0042", "solo@uni.edu")
    assert read_submission(entries["Pair One"]) == read_submission(entries["Pair Two"]) == CODE
    assert "formula" in entries["=cmd()"].refusal
    assert entries["submission_104"].refusal == "There is no week01.py in it; it holds nothing."


@pytest.mark.parametrize(
    "metadata", [b"- a\n- b\n", b"a: [1\n", b"\xff\xfe\xfd", b"[" * 5000, b"[" * 2_000_000, b"- " * 2_000_000]
)
def test_metadata_that_cannot_be_read_is_one_clear_line(make: Make, metadata: bytes) -> None:
    path = make({"submission_metadata.yml": metadata, "submission_1/week01.py": CODE})
    with pytest.raises(UsageError, match=r"submission_metadata\.yml") as caught:
        find_submissions(path, WEEK)
    assert "\n" not in str(caught.value)


def test_an_archive_may_hold_a_folder_per_student_and_flat_files(tmp_path: Path) -> None:
    files = {"ann/week01.py": CODE, "bob.py": CODE, "__MACOSX/._bob.py": b"", "eve/other.py": b""}
    entries = by_student(zipped(tmp_path / "class.zip", files))
    assert set(entries) == {"ann", "bob", "eve"}
    assert read_submission(entries["ann"]) == CODE
    assert "it holds other.py" in entries["eve"].refusal
    (own,) = find_submissions(zipped(tmp_path / "zoe.zip", {"week01.py": CODE}), WEEK)
    assert own.student == "zoe"


def test_a_hostile_archive_costs_nobody_else_anything(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ann/week01.py", CODE)
        archive.writestr("bomb/week01.py", b"#" * 100_000_000)
        archive.writestr("../../outside/week01.py", CODE)
        archive.writestr("/etc/week01.py", CODE)
        archive.writestr("a\\..\\b/week01.py", CODE)
        link = zipfile.ZipInfo("linked/week01.py")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        pipe = zipfile.ZipInfo("pipe/week01.py")
        pipe.create_system, pipe.external_attr = 3, (stat.S_IFIFO | 0o644) << 16
        archive.writestr(pipe, "")
        archive.writestr("deep/" + "x/" * 2000 + "week01.py", CODE)
        archive.writestr(zipfile.ZipInfo("bzip/week01.py"), CODE, zipfile.ZIP_BZIP2)
        for number in range(MAX_FILES * 10):
            archive.writestr(f"many/{number}.py", "")
        archive.writestr("many/week01.py", CODE)
    before = sorted(tmp_path.rglob("*"))
    entries = by_student(path)
    read = {student: refusal_of(entry) for student, entry in entries.items()}
    assert read.pop("ann") == ""
    assert "too large: 100,000,000 bytes" in read["bomb"]
    assert "is a link" in read["linked"]
    assert "is a pipe" in read["pipe"]
    assert "10,001 files" in read["many"]
    assert "packed in a way" in read["bzip"]
    assert all(read.values())
    assert {".."} < set(read)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_that_lies_about_a_size_is_not_believed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "class.zip", {"ann/week01.py": b"#" * (2 * MAX_BYTES), "bob/week01.py": CODE})
    content = bytearray(path.read_bytes())
    true, small = (2 * MAX_BYTES).to_bytes(4, "little"), (100).to_bytes(4, "little")
    path.write_bytes(content.replace(true, small))
    entries = by_student(path)
    assert refusal_of(entries["ann"])
    assert read_submission(entries["bob"]) == CODE


def test_a_damaged_or_locked_member_is_refused(tmp_path: Path) -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("ann/week01.py", b"x = 'UNIQUE'\n")
        archive.writestr("bob/week01.py", CODE)
    (tmp_path / "class.zip").write_bytes(stored.getvalue().replace(b"'UNIQUE'", b"'CHANGE'"))
    entries = by_student(tmp_path / "class.zip")
    assert "damaged" in refusal_of(entries["ann"])
    assert read_submission(entries["bob"]) == CODE


def test_no_damage_to_an_archive_is_an_error_of_ours(tmp_path: Path) -> None:
    """Each byte of a small archive, changed in turn: a refusal, a clear line, or no harm at all."""
    path = zipped(tmp_path / "class.zip", {"ann/week01.py": CODE * 3, "bob/week01.ipynb": notebook(("code", "x"))})
    content = path.read_bytes()
    for position in range(len(content)):
        for flipped in (0xFF, 0x01):
            damaged = bytearray(content)
            damaged[position] ^= flipped
            path.write_bytes(damaged)
            try:
                for entry in find_submissions(path, WEEK):
                    refusal_of(entry)
            except UsageError as error:
                assert "\n" not in str(error)  # noqa: PT017


def refusal_of(entry: Entry) -> str:
    try:
        read_submission(entry)
    except RefusedError as error:
        return str(error)
    return ""


def test_a_member_without_a_name_is_nobodys(tmp_path: Path) -> None:
    path = zipped(tmp_path / "class.zip", {"ann/week01.py": CODE, "x": b""})
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 28 : entry + 32] = struct.pack("<HH", 0, 1)  # its name's one byte counts as something else
    path.write_bytes(content)
    assert read_submission(by_student(path)["ann"]) == CODE


def test_what_is_no_archive_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(b"PK not really")
    with pytest.raises(UsageError, match="is no zip archive"):
        find_submissions(tmp_path / "class.zip", WEEK)
    with pytest.raises(UsageError, match="No submission found"):
        find_submissions(zipped(tmp_path / "empty.zip", {}), WEEK)


def test_a_notebook_counts_where_there_is_no_module(make: Make) -> None:
    cells = notebook(("code", "x = 1"))
    entries = by_student(
        make(
            {
                "ann/week01.ipynb": cells,
                "bob/week01.ipynb": cells,
                "bob/week01.py": CODE,
                "cat.ipynb": cells,
                "dan.py": CODE,
                "dan.ipynb": cells,
                "eve_1_2_week01-1.ipynb": cells,
                "Fay_1_assignsubmission_file/week01.ipynb": cells,
            }
        )
    )
    taken = {student: read_submission(entry) for student, entry in entries.items()}
    assert {student for student, source in taken.items() if source == b"# cell 1\nx = 1\n"} == {
        "ann",
        "cat",
        "eve",
        "Fay",
    }
    assert taken["bob"] == taken["dan"] == CODE


def test_a_notebooks_code_becomes_a_module_with_its_cells_marked(tmp_path: Path) -> None:
    (tmp_path / "ann.ipynb").write_bytes(
        notebook(
            ("markdown", "# Prose"),
            ("code", ["%matplotlib inline\n", "import numpy as np\n", "!pip install x\n", "files = !ls"]),
            ("code", "%%bash\nrm -rf /"),
            ("code", "%%time\ndef f(x):\n    text = '''\n!not a shell line\n'''\n    return x % 2"),
            ("code", "print('é')\nf?"),
        )
    )
    (entry,) = find_submissions(tmp_path / "ann.ipynb", WEEK)
    source = read_submission(entry).decode()
    compile(source, "week01.py", "exec")
    assert source.splitlines() == [
        "# cell 1",
        "# %matplotlib inline",
        "import numpy as np",
        "# !pip install x",
        "# files = !ls",
        "",
        "# cell 2",
        "# %%bash",
        "# rm -rf /",
        "",
        "# cell 3",
        "# %%time",
        "def f(x):",
        "    text = '''",
        "!not a shell line",
        "'''",
        "    return x % 2",
        "",
        "# cell 4",
        "print('é')",
        "# f?",
    ]


def test_what_a_module_must_say_first_may_stand_in_any_cell(tmp_path: Path) -> None:
    future = "from __future__ import annotations"
    (tmp_path / "ann.ipynb").write_bytes(notebook(("code", "x = 1"), ("code", f"{future}\ny = 2"), ("code", future)))
    (entry,) = find_submissions(tmp_path / "ann.ipynb", WEEK)
    source = read_submission(entry).decode()
    compile(source, "week01.py", "exec")
    assert source.startswith(f"{future}\n# cell 1\nx = 1\n\n# cell 2\n# {future}\ny = 2\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"cells": [1, {"cell_type": "code"}, {"cell_type": "code", "source": [1]}]}', "no code in it"),
        (b'{"cells": 7}', "no code in it"),
        (notebook(("markdown", "only prose")), "no code in it"),
        (notebook(("code", "#" * (MAX_BYTES + 1))), "too large"),
        (b" " * 5_000_001, "too large"),
    ],
)
def test_a_notebook_that_is_none_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "ann.ipynb").write_bytes(content)
    (tmp_path / "bob.py").write_bytes(CODE)
    entries = by_student(tmp_path)
    with pytest.raises(RefusedError, match=says):
        read_submission(entries["ann"])
    assert read_submission(entries["bob"]) == CODE


def test_links_in_an_unpacked_export_are_refused(tmp_path: Path) -> None:
    secret = unpacked(tmp_path / "secret", {"week01.py": b"secret"})
    inbox = unpacked(tmp_path / "class", {"Ann_1_assignsubmission_file/week01.py": CODE})
    (inbox / "Bob_2_assignsubmission_file").symlink_to(secret)
    (inbox / "cat_3_4_week01.py").symlink_to(secret / "week01.py")
    os.mkdir(inbox / "Dan_5_assignsubmission_file_")
    (inbox / "Dan_5_assignsubmission_file_" / "week01.py").symlink_to(secret / "week01.py")
    entries = by_student(inbox)
    assert read_submission(entries["Ann"]) == CODE
    assert all(refusal_of(entry) for student, entry in entries.items() if student != "Ann")
    assert len(entries) == 4
