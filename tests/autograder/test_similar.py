"""Copies are found whatever they are called; different work is not taken for one, and no text can do any harm."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.reports import Extras, write_reports
from autograder.reports.fingerprints import worth_showing
from autograder.reports.rows import Row
from autograder.reports.similar import MAX_CHARACTERS, Similarity, groups_of, lines_in, similar_submissions
from autograder.verdict import Verdict
from autograder.week import ROOT, load_week
from tests.autograder.reporting import EVIL, RUN, Page
from tests.autograder.samples import DEMO, WEEKS, samples

WEEK = load_week("week01")
STUB = (ROOT / "assignments" / "week01" / "week01.py").read_text(encoding="utf-8")
OTHER_NAMES = {"x_adv": "moved", "tape": "recorder", "loss": "penalty", "image": "picture", "cost": "price", "p": "q"}


def row(student: str, source: str) -> Row:
    return Row(Verdict(student, "week01", "graded", source=source), student, "graded", 20, 100, ())


def rows(texts: dict[str, str]) -> list[Row]:
    return [row(student, source) for student, source in texts.items()]


def copied(source: str) -> str:
    """`source` as somebody hands it in who has copied it: other names, other comments, another order."""
    head, *functions = re.split(r"\n\n\n(?=def )", source.strip())
    text = "\n\n\n".join([re.sub(r'""".*?"""', '"""My own work."""', head, flags=re.DOTALL), *reversed(functions)])
    for name, other in OTHER_NAMES.items():
        text = re.sub(rf"\b{name}\b", other, text)
    return text.replace("    return", "    # I thought about this for long\n    return")


def begun(change: str) -> str:
    """The stub with its first function written in the one obvious way, and nothing else."""
    body = (
        "    with tf.GradientTape() as tape:\n        tape.watch(x)\n        loss = "
        f"tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits_of(model, x)){change})\n"
        "    return tape.gradient(loss, x)\n"
    )
    return re.sub(r"    raise NotImplementedError\(.*input_gradient.*\)\n", lambda _: body, STUB)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Similarity, Path]:
    """A class of eight who worked alone, one who copied, two who barely began, and some who send anything."""
    trace = tmp_path_factory.mktemp("similar") / "it was run"
    texts = {sample.name: sample.path.read_text(encoding="utf-8") for sample in samples("week01") if sample.correct}
    texts |= {
        "copy": copied(texts["double_precision_inside"]),
        "begun": begun(""),
        "begun too": begun(" * 1"),
        "stub": STUB,
        "stub too": STUB,
        "huge": "x = 1\n" * MAX_CHARACTERS,
        "unparsable": "((((" * 2_000 + '"""',
        "binary": "\x7fELF\0\ufffd" * 300,
        "evil": f"{EVIL}\n" * 50,
        "eager": f"open({str(trace)!r}, 'w')\n",
        "empty": "",
    }
    return similar_submissions(rows(texts), WEEK), trace


def test_a_copy_is_found_and_nobody_else_is_named(found: tuple[Similarity, Path]) -> None:
    similarity, _ = found
    assert similarity.groups == (("copy", "double_precision_inside"),)
    (pair,) = similarity.pairs
    assert min(pair.first.share, pair.second.share) > 0.8
    assert similarity.median is not None
    assert similarity.median < 0.4


def test_what_is_too_long_is_named_and_not_compared(found: tuple[Similarity, Path]) -> None:
    similarity, _ = found
    assert similarity.unread == ("huge",)
    assert similarity.trouble == ""
    assert similarity.compared == sum(sample.correct for sample in samples("week01")) + 9  # not the huge, not the empty


def test_no_submission_is_run(found: tuple[Similarity, Path]) -> None:
    assert not found[1].exists()


def test_the_lines_in_common_are_marked_and_a_line_of_ones_own_is_not() -> None:
    source = (DEMO / "ada" / "week01.py").read_text(encoding="utf-8")
    own = (
        "\n\ndef of_my_own(values):\n    return {key: [one for one in value if one] for key, value in values.items()}\n"
    )
    (pair,) = similar_submissions(rows({"ada": source, "bob": source + own}), WEEK).pairs
    sides = {side.student: side for side in (pair.first, pair.second)}
    lines = source.splitlines()
    marked = {lines[number - 1].strip() for number in sides["ada"].lines}
    assert "return tape.gradient(loss, x)" in marked
    assert len((source + own).splitlines()) not in sides["bob"].lines
    assert "" not in marked


def test_many_copies_of_one_leave_room_for_the_others() -> None:
    many = [(one, other) for one in range(40) for other in range(one)]
    shown = worth_showing([*many, (100, 101), (100, 102)], 60)
    assert len(shown) == 60
    assert shown[-2:] == [(100, 101), (100, 102)]
    assert {number for pair in shown for number in pair} == {*range(40), 100, 101, 102}
    assert groups_of([("b", "a"), ("c", "d"), ("e", "d"), ("f", "g"), ("g", "e")]) == (
        ("c", "d", "e", "f", "g"),
        ("a", "b"),
    )


def test_lines_are_marked_that_lie_at_least_half_within() -> None:
    text = "    alpha\nbeta\n\n    gamma\n"
    assert lines_in(text, ([4, 13], [9, 14])) == {1}
    assert lines_in(text, ([0], [len(text)])) == {1, 2, 4}
    assert lines_in(text, ([], [])) == frozenset()


@pytest.mark.parametrize(
    "failure",
    [subprocess.TimeoutExpired("python", 1), subprocess.CalledProcessError(1, "python", stderr=b"\xff no memory\n")],
)
def test_a_comparison_that_fails_costs_nobody_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("subprocess.run", fails)
    verdicts = [Verdict(student, "week01", "graded", source="x = 1\n") for student in ("ann", "bob")]
    write_reports(tmp_path, RUN, verdicts, Extras(week=WEEK))
    page = Page(tmp_path / "index.html")
    assert "Nothing is known about who has code in common." in page.text
    assert not (tmp_path / "similar").exists()


def test_pairs_have_pages_for_a_person_to_look_at(tmp_path: Path) -> None:
    source = (DEMO / "ada" / "week01.py").read_text(encoding="utf-8") + f"text = '''{EVIL}'''\n"
    verdicts = [Verdict(student, "week01", "graded", source=source) for student in ("ann", f"b{EVIL}")]
    write_reports(tmp_path, RUN, verdicts, Extras(week=WEEK))
    assert {path.name for path in (tmp_path / "similar").iterdir()} == {"index.html", "pair-1.html"}
    for name in ("index.html", "similar/index.html", "similar/pair-1.html"):
        page = Page(tmp_path / name)
        assert "not a verdict" in page.text
        assert "<script>alert(1)</script>" in page.text
        assert not page.named("img")
        for link in page.named("a"):
            target = str(link["href"]).partition("#")[0]
            assert not target or (tmp_path / name).parent.joinpath(target).is_file()
    assert "similar" not in (tmp_path / "students" / "ann.html").read_text(encoding="utf-8")

    write_reports(tmp_path, RUN, verdicts[:1], Extras(week=WEEK))
    assert not list((tmp_path / "similar").iterdir())


@pytest.mark.slow
def test_the_comparison_ends_with_whoever_asked_for_it() -> None:
    program = (
        "from tests.autograder.test_similar import *\n"
        "texts = {str(number): 'x = [1]\\n' * 10_000 for number in range(300)}\n"
        "print('begun', flush=True)\n"
        "similar_submissions(rows(texts), WEEK)\n"
    )
    asking = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert asking.stdout is not None
        asking.stdout.readline()
        comparing: list[psutil.Process] = []
        while not comparing:
            assert asking.poll() is None
            children = psutil.Process(asking.pid).children()
            with contextlib.suppress(psutil.Error):  # one that ends while it is looked at
                comparing = [child for child in children if "autograder.reports.fingerprints" in child.cmdline()]
        time.sleep(3)  # until it has begun in earnest
        assert comparing[0].is_running()
    finally:
        asking.kill()
        asking.communicate()
    comparing[0].wait(10)


@pytest.mark.slow
@pytest.mark.parametrize("week", WEEKS)
def test_no_two_solutions_in_different_styles_are_taken_for_one(week: str) -> None:
    """Every wrong sample is a right one with a mistake in it, and stands with that one alone."""
    chosen = {sample.name: sample for sample in samples(week)}
    texts = {name: sample.path.read_text(encoding="utf-8") for name, sample in chosen.items()}
    right = {name for name, sample in chosen.items() if sample.correct}
    texts |= {f"copy of {name}": copied(texts[name]) for name in right}
    similarity = similar_submissions(rows(texts), load_week(week))
    for group in similarity.groups:
        assert len(right.intersection(group)) <= 1, group
    together = [set(group) for group in similarity.groups]
    for name in right:
        assert any({name, f"copy of {name}"} <= group for group in together), name
    assert similar_submissions(rows(texts), load_week(week)) == similarity
