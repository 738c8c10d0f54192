"""The roster says who handed in nothing, however the course's list spells its people."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.inbox import About, Entry
from autograder.inbox.roster import attendance, informed


def entries(*students: str, **about: About) -> list[Entry]:
    known = [Entry(student.replace("_", " "), None, about=one) for student, one in about.items()]
    return [*(Entry(student, None) for student in students), *known]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    (folder / "roster.csv").write_bytes(text.encode(encoding))
    return folder / "roster.csv"


@pytest.mark.parametrize(
    "text",
    [
        "ann\nbob\ncat\n",
        "Student\nann\nbob\ncat",
        "Section,Username,Group\nA,ann,1\nA,bob,1\n,cat,1\n,,\n",
        "name;points\nAnn;3\n BOB ;4\ncat;5\n",
        "\ufeffEmail address\tTotal\nann@uni.edu\t1\nbob@uni.edu\t1\ncat@uni.edu\t1\n",
        "Student,ID,SIS Login ID,Section,week01\n    Points Possible,,,,8\nA,1,ann,x,\nB,2,bob,x,\ncat,3,c,x,\n",
    ],
)
def test_who_handed_in_nothing_is_named(tmp_path: Path, text: str) -> None:
    found = attendance(written(tmp_path, text), entries("ann", "Bob", "dan"))
    assert found.expected == 3
    assert [name.partition("@")[0] for name in found.missing] == ["cat"]
    assert found.unexpected == ("dan",)


def test_names_match_in_either_order_and_numbers_and_addresses_match_too(tmp_path: Path) -> None:
    text = (
        "First name,Last name,ID number,Email\n"
        "Jane,Doe,17,\nZoë,Müller,18,\nLi,Wei,0042,\nAl,Bo,,al@uni.edu\nNo,Body,9,\n"
    )
    handed_in = entries(
        "Doe, Jane",
        müllerzoë=About("canvas", "5"),
        Somebody_Else=About("gradescope", "1", sid="0042"),
        A_B=About("gradescope", "2", email="AL@uni.edu"),
    )
    found = attendance(written(tmp_path, text, "utf-16"), handed_in)
    assert (found.missing, found.unexpected) == (("No Body",), ())


def test_people_of_one_name_are_told_apart_by_number_or_address(tmp_path: Path) -> None:
    roster = written(tmp_path, "Student,ID,SIS User ID,Section\nLi Wei,7,0042,x\nLi Wei,8,0043,x\nLi Wei,9,0044,x\n")
    found = attendance(roster, entries(weili=About("canvas", "8"), liwei=About("canvas", "7")))
    assert {student: row["sis user id"] for student, row in found.said.items()} == {"weili": "0043", "liwei": "0042"}
    assert (found.missing, found.unexpected, found.shared) == (("Li Wei",), (), ())


def test_what_may_be_of_several_people_is_said_to_be(tmp_path: Path) -> None:
    roster = written(tmp_path, "Name,Email\nLi Wei,li@uni.edu\nLi Wei,wei@uni.edu\nAnn,ann@uni.edu\n")
    found = attendance(roster, entries("wei li", "ann"))
    assert found.shared == ("wei li",)
    assert set(found.said) == {"ann"}
    assert (found.missing, found.unexpected) == ((), ())


def test_a_value_that_is_no_name_matches_nobody(tmp_path: Path) -> None:
    text = "Student,ID,Group,Points\nann,7,bob,8\ndan,9,bob,8\n"
    found = attendance(written(tmp_path, text), entries("bob", cat=About("moodle", "7"), doe=About("canvas", "9")))
    assert (found.missing, found.unexpected) == (("ann",), ("bob", "cat"))


def test_what_canvass_list_of_grades_says_of_a_student_is_taken_where_nothing_else_is_known(tmp_path: Path) -> None:
    text = 'Student,ID,SIS User ID,Section\n    Points Possible,,,\n"Doe, Jane",11,S7,A\nBob,12,S8,A\n'
    said = attendance(written(tmp_path, text), entries("jane doe", "bob")).said
    assert informed(About(), said["jane doe"]) == About("canvas", "11", sid="S7")
    assert informed(About("moodle", "3", sid="M"), said["bob"]) == About("moodle", "3", sid="M")


def test_a_number_in_another_list_is_not_taken_for_canvass(tmp_path: Path) -> None:
    said = attendance(written(tmp_path, "Name,ID,Email\nann,7,a@uni.edu\n"), entries("ann")).said
    assert informed(About(late=True), said["ann"]) == About(email="a@uni.edu", late=True)


@pytest.mark.parametrize("text", ["", "\n\n", "Group,Points\n1,2\n", "a,b\nc,d\n", "\0", 'Name\n"' + "x" * 200_000])
def test_what_is_no_roster_is_one_clear_line(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    if text == "\0":
        path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(UsageError, match=r"roster\.csv") as caught:
        attendance(path, entries("ann"))
    assert "\n" not in str(caught.value)


def test_a_roster_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        attendance(tmp_path / "roster.csv", [])
