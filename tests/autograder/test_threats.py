"""Hostile submissions, graded for real through `autograder grade`; the rows are those of the threat model.

Each hostile file stands in front of (or behind) `_base.py`, of which q1, q2 and q6 are right. "Its real score" is what
that base gets alone, less what the hostile part itself breaks. An honest submission follows every hostile one in the
same worker.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.week import ROOT, load_week
from tests.autograder.conftest import Graded, leftovers, run_grade

# Hundreds of seconds where the machine is busy: every hostile file is graded, and an honest one after it.
pytestmark = pytest.mark.timeout(900)

THREATS = ROOT / "tests" / "submissions" / "threats"
BASE = (THREATS / "_base.py").read_text(encoding="utf-8")
HONEST = (ROOT / "solutions" / "week01" / "week01.py").read_text(encoding="utf-8")
SECRET = "SECRET-5f2c"

RIGHT = {"q1": "3", "q2": "4", "q6": "3"}
# What an import that never ends gives: nothing can be graded.
NOT_LOADABLE = {"09_ends_at_import", "09_exits_at_import", "10_loops_at_import"}
WHAT_IS_SAID = {
    "02_leaks_by_lines": "ZeroDivisionError",
    "02_leaks_through_exceptions": "an exception of your own",
    "05_reads_memory": "found []",
    "07_pickle_bomb": "_Bomb is not an answer",
    "09_ends_at_import": "ended its own process",
    "09_exit_in_a_function": "ended its own process by an exit with status 0",
    "09_exits_at_import": "SystemExit",
    "09_kills_itself": "SystemExit",
    "10_loops_at_import": "longer than 4 seconds",
    "10_loops_in_a_function": "longer than 3 seconds",
    "10_loops_in_c": "longer than 3 seconds",
    "11_allocates_without_end": "Too many open files",
    "11_fills_the_disk": "it wrote more than 256 MB or 10,000 files",
    "11_starts_threads": "more than 2048 threads",
    "12_forks_a_survivor": "BlockingIOError",
    "12_starts_programs": "BlockingIOError",
    "13_limits_of_others": "touched 0:",
    "14_opens_a_connection": "PermissionError",
    "14_sends_datagrams": "PermissionError",
    "15_reads_what_it_can": "nothing to see",
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


def name_of(path: Path) -> str:
    return path.name.removesuffix(".py").removesuffix(".after")


HOSTILE = sorted({name_of(path) for path in THREATS.glob("[0-9]*.py")})


def source_of(name: str, replacements: dict[str, str]) -> str:
    before, after = THREATS / f"{name}.py", THREATS / f"{name}.after.py"
    parts = [before.read_text() if before.exists() else "", BASE, after.read_text() if after.exists() else ""]
    text = "\n".join(parts)
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="session")
def visitors() -> Iterator[tuple[int, list[bytes]]]:
    """A listening port on the loopback; nobody may come."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        came: list[bytes] = []
        yield listener.getsockname()[1], came
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory, short_weeks: Path, visitors: tuple[int, list[bytes]]) -> Graded:
    folder = tmp_path_factory.mktemp("threats")
    (folder / "secret.txt").write_text(SECRET)
    os.environ["AUTOGRADER_TEST_SECRET"] = SECRET
    replacements = {
        "PORT": str(visitors[0]),
        "TEST_PID": str(os.getpid()),
        "SECRET_FILE": repr(str(folder / "secret.txt")),
    }
    inbox = folder / "class"
    inbox.mkdir()
    (inbox / "00_base.py").write_text(BASE)
    for name in HOSTILE:
        (inbox / f"{name}.py").write_text(source_of(name, replacements))
        (inbox / f"{name}~honest.py").write_text(HONEST)
    result = run_grade(inbox, folder / "out", "--quiet", "--solutions", str(short_weeks))
    assert result.returncode == 0, result.output
    assert leftovers(result) == []
    return result


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_gets_its_real_score(graded: Graded, name: str) -> None:
    row = graded.rows[name]
    if name in NOT_LOADABLE:
        assert (row["status"], row["score"]) == ("not_loadable", "0")
        return
    assert row["status"] == "graded", graded.messages(name)
    base = graded.rows["00_base"]
    for key in ("q1", "q2", "q6"):
        assert row[key] == base[key] == RIGHT[key], (key, graded.messages(name))
    for key in ("q3", "q4", "q5"):
        assert float(row[key]) <= max(float(base[key]), 0.5), (key, graded.messages(name))


@pytest.mark.parametrize("name", HOSTILE)
def test_the_next_submission_is_unharmed(graded: Graded, name: str) -> None:
    assert graded.rows[f"{name}~honest"]["score"] == "20", graded.messages(f"{name}~honest")


@pytest.mark.parametrize("name", WHAT_IS_SAID)
def test_the_message_says_what_happened(graded: Graded, name: str) -> None:
    assert WHAT_IS_SAID[name] in graded.messages(name)


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
    assert "FOUND [" not in graded.messages("15_reads_what_it_can")
    assert SECRET not in (graded.out / "students" / "15_reads_what_it_can.html").read_text(encoding="utf-8")


def test_no_pickle_ran(graded: Graded) -> None:
    assert not list(Path.cwd().glob("pwned")) + list(graded.out.rglob("pwned"))


ORACLE_CHEATS = {
    "asks_more_often": """
def query_attack(oracle, x, budget):
    return _honest(oracle, x, 3 * budget)
""",
    "asks_in_the_oracles_stead": """
def query_attack(oracle, x, budget):
    import gc

    child = next(item for item in gc.get_objects() if type(item).__name__ == "Child")
    for number in range(8):
        for _ in range(3 * budget):
            child._channel.send({"callback": number, "args": [np.asarray(x)]})
            if "refused" in child._channel.receive():
                break
    return _honest(oracle, x, budget)
""",
    "reads_the_gradient": """
def query_attack(oracle, x, budget):
    with tf.GradientTape() as tape:
        x = tf.convert_to_tensor(x)
        tape.watch(x)
        total = tf.reduce_sum(oracle(x)[:, 0])
    return tf.clip_by_value(x + tf.sign(tape.gradient(total, x)), 0.0, 1.0)
""",
}


def test_queries_are_counted_and_answered_on_the_trusted_side(tmp_path: Path) -> None:
    """Threat 21, with a week that has an oracle: the counter can't be passed by, and there is no gradient to read."""
    honest = (ROOT / "tests" / "weeks" / "everything" / "everything.py").read_text(encoding="utf-8")
    inbox = tmp_path / "class"
    inbox.mkdir()
    for name, cheat in ORACLE_CHEATS.items():
        (inbox / f"{name}.py").write_text(f"{honest}\n\n_honest = query_attack\n{cheat}")
        (inbox / f"{name}~honest.py").write_text(honest)
    graded = run_grade(
        inbox, tmp_path / "out", "--quiet", "--solutions", str(ROOT / "tests" / "weeks"), week="everything"
    )
    assert graded.returncode == 0, graded.output
    for name in ORACLE_CHEATS:
        row = graded.rows[name]
        assert (row["status"], row["q4"], row["score"]) == ("graded", "0", "8"), (name, graded.messages(name))
        assert graded.rows[f"{name}~honest"]["score"] == "10"
    assert "more than 5 queries" in graded.messages("asks_more_often")


def test_memorised_public_answers_lose_the_hidden_points(tmp_path: Path, short_weeks: Path) -> None:
    """Threat 19: right exactly for the inputs that `otter check` shows, nonsense for all others."""
    public = public_inputs(short_weeks)
    assert public
    cheat = HONEST + (
        f"\n\n_PUBLIC = {sorted(public)!r}\n_honest = dict(globals())\n\n\n"
        "def fgsm(model, x, y, eps):\n"
        "    import hashlib\n\n"
        "    known = hashlib.sha256(np.asarray(x, np.float32).tobytes()).hexdigest() in _PUBLIC\n"
        "    return _honest['fgsm'](model, x, y, eps) if known else np.asarray(x)\n"
    )
    (tmp_path / "cheat.py").write_text("import numpy as np\n" + cheat.replace("from __future__ import annotations", ""))
    graded = run_grade(tmp_path / "cheat.py", tmp_path / "out", "--quiet", "--solutions", str(short_weeks))
    cases = {case.title: case for q in graded.verdicts["cheat"].questions if q.key == "q2" for case in q.cases}
    assert all(case.outcome == "passed" for case in cases.values() if not case.hidden), graded.messages("cheat")
    assert all(case.outcome == "failed" for case in cases.values() if case.hidden)


def public_inputs(solutions: Path) -> set[str]:
    """Digests of the images that the public cases of q2 and q6 use, found as a student would: by recording them."""
    import numpy as np

    from autograder.run_questions import load_cases
    from autograder.week import load_module

    week = load_week("week01", solutions)
    module = load_module(week.solution, "recorded_week01")
    seen = set()

    def recording(model: object, x: object, y: object, eps: float) -> object:
        seen.add(hashlib.sha256(np.asarray(x, np.float32).tobytes()).hexdigest())
        return module.fgsm(model, x, y, eps)

    for question in week.questions:
        if question.key == "q2":
            for case in load_cases(question.file).test_cases:
                if not case.hidden:
                    case.body.call_func({**vars(module), "fgsm": recording})
    return seen


def test_hostile_names_and_files_never_stop_the_class(tmp_path: Path, short_weeks: Path) -> None:
    """Threats 22 and 23: each gets a row, and the honest ones among them full marks."""
    inbox = tmp_path / "class"
    hostile = make_hostile_files(inbox)
    graded = run_grade(inbox, tmp_path / "out", "--quiet", "--solutions", str(short_weeks))
    assert graded.returncode == 0, graded.output
    assert len(graded.rows) == len(hostile) + 3
    for student in ("ann", "otter", "numpy"):
        assert graded.rows[student]["score"] == "20", graded.messages(student)
    for name, (status, words) in hostile.items():
        found = [student for student in graded.rows if name in student]
        assert len(found) == 1, (name, list(graded.rows))
        assert graded.rows[found[0]]["status"] == status, (name, graded.rows[found[0]])
        said = next(verdict.message for verdict in graded.verdicts.values() if name in verdict.student)
        assert words in said, (name, said)
    text = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")
    assert not any(line.startswith(("=", "+", "-", "@")) for line in text.splitlines())
    assert len(text.splitlines()) == len(graded.rows) + 1


def make_hostile_files(inbox: Path) -> dict[str, tuple[str, str]]:
    """Files as strangers hand them in; returns a part of each name, the status it must get and words of the reason."""
    for student in ("ann", "cyd", "dan"):
        (inbox / student).mkdir(parents=True)
    (inbox / "ann" / "week01.py").write_text(HONEST)
    for extra in ("numpy.py", "sitecustomize.py", "conftest.py", "otter.py"):
        (inbox / "ann" / extra).write_text("raise SystemExit('shadowed')\n")
    (inbox / "ann" / "course").mkdir()
    (inbox / "ann" / "course" / "__init__.py").write_text("raise SystemExit('shadowed')\n")
    for number in range(10_000):
        (inbox / "ann" / f"{number}.txt").touch()
    (inbox / "otter.py").write_text(HONEST)
    (inbox / "numpy.py").write_text(HONEST)
    (inbox / "linked.py").symlink_to(ROOT / "solutions" / "week01" / "week01.py")
    (inbox / "cyd" / "week01.py").symlink_to(inbox / "ann" / "week01.py")
    (inbox / "dan" / "week01.py").mkdir()
    (inbox / "=cmd()").mkdir()
    (inbox / "=cmd()" / "week01.py").write_text(HONEST)
    (inbox / "new\nline.py").write_text(HONEST)
    os.mkfifo(inbox / "pipe.py")
    with zipfile.ZipFile(inbox / "zipped.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escaped.py", "x = 1\n")
        archive.writestr("bomb.py", "0" * 50_000_000)
    (inbox / "empty.py").touch()
    (inbox / "binary.py").write_bytes(bytes(range(256)) * 10)
    (inbox / "wide.py").write_text(HONEST, encoding="utf-16")
    (inbox / "huge.py").write_text("#" * 50_000_000)
    (inbox / "old.py").write_text("def f():\n    print 'two'\n")
    (inbox / "broken.py").write_text(HONEST + "\ndef f(:\n")
    (inbox / "raises.py").write_text("import numpy as np\n\nx = np.zeros(3)[7]\n")
    (inbox / "deep.py").write_text("x = " + "(" * 100_000 + ")" * 100_000 + "\n")
    return {
        "linked": ("refused", "link"),
        "cyd": ("refused", "link"),
        "dan": ("refused", "folder"),
        "=cmd()": ("refused", "formula"),
        "new\\nline": ("refused", "can't be seen"),
        "pipe": ("refused", "pipe"),
        "zipped": ("refused", "zip"),
        "empty": ("not_loadable", "empty"),
        "binary": ("not_loadable", "binary"),
        "wide": ("not_loadable", "UTF-16"),
        "huge": ("refused", "too large"),
        "old": ("not_loadable", "Python 2"),
        "broken": ("not_loadable", f"Line {HONEST.count(chr(10)) + 2}"),
        "raises": ("not_loadable", "line 3"),
        "deep": ("not_loadable", "Python"),
    }


def test_a_missing_function_costs_only_its_own_question(tmp_path: Path, short_weeks: Path) -> None:
    source = HONEST.replace("def targeted_fgsm(", "def targeted_fgsm_with_another_name(")
    (tmp_path / "ann.py").write_text(source)
    graded = run_grade(tmp_path / "ann.py", tmp_path / "out", "--quiet", "--solutions", str(short_weeks))
    row = graded.rows["ann"]
    assert (row["q3"], row["score"]) == ("0", "17")
    assert "There is no function targeted_fgsm" in graded.messages("ann")


@pytest.fixture(autouse=True, scope="session")
def no_escape() -> Iterator[None]:
    yield
    assert not (ROOT.parent / "escaped.py").exists()
    shutil.rmtree(ROOT / "pwned", ignore_errors=True)
