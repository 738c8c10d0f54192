"""A class of hostile submissions with honest ones behind them, for the tests and for the table of `cheats`.

Each hostile file stands in front of (or behind) `_base.py`, of which q1, q2 and q6 are right. "Its real score" is what
that base gets alone, less what the hostile part itself breaks.
"""

from __future__ import annotations

import ast
import base64
import io
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.build.cases import QuestionFile
from autograder.grading.run_questions import load_cases
from autograder.week import ROOT, load_module, load_week
from tests.autograder.conftest import Graded, leftovers, run_grade

THREATS = ROOT / "tests" / "submissions" / "threats"
BASE = (THREATS / "_base.py").read_text(encoding="utf-8")
HONEST = (ROOT / "solutions" / "week01" / "week01.py").read_text(encoding="utf-8")
EVERYTHING = (ROOT / "tests" / "weeks" / "everything" / "everything.py").read_text(encoding="utf-8")

# Of each question two cases, a public one and a hidden one: the sandbox is the same whatever is asked in it.
FEW_QUESTIONS, FEW_CASES = ("q1", "q2", "q3", "q4", "q5"), (2, 4)


def short_week(folder: Path, questions: tuple[str, ...] = (), cases: tuple[int, ...] = ()) -> Path:
    """A copy of `solutions` whose week 1 has short time limits, and only these questions and cases if any are named."""
    shutil.copytree(ROOT / "solutions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    shorten(folder / "week01" / "week.toml", questions)
    for question in load_week("week01", folder).questions if cases else ():
        file = QuestionFile(question, question.file.read_text(encoding="utf-8"))
        others = {case.node for case in file.cases if case.number not in cases}
        file.tree.body = [node for node in file.tree.body if node not in others]
        question.file.write_text(ast.unparse(file.tree), encoding="utf-8")
    return folder


def shorten(declaration: Path, questions: tuple[str, ...] = ()) -> None:
    """Short limits in a `week.toml`, so that what hangs does not hold up the suite, and only these questions."""
    head, *blocks = declaration.read_text(encoding="utf-8").split("[[questions]]")
    kept = [block for block in blocks if not questions or re.search(r'key = "(\w+)"', block)[1] in questions]  # type: ignore[index]
    text = "[[questions]]".join([head, *kept])
    text = re.sub(r"\bload_seconds = \d+", "load_seconds = 4", text)
    text = re.sub(r"\btrains = \[.*\]", "trains = []", text) if questions else text
    declaration.write_text(re.sub(r"\bcall_seconds = \d+", "call_seconds = 2", text), encoding="utf-8")


def name_of(path: Path) -> str:
    return path.name.removesuffix(".py").removesuffix(".after")


HOSTILE = sorted({name_of(path) for path in THREATS.glob("[0-9]*.py")})


def source_of(name: str, replacements: Mapping[str, str]) -> str:
    before, after = THREATS / f"{name}.py", THREATS / f"{name}.after.py"
    parts = [before.read_text() if before.exists() else "", BASE, after.read_text() if after.exists() else ""]
    text = "\n".join(parts)
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


KNOWS_ITS_ANSWERS = """
_base = fgsm


def fgsm(model, x, y, eps):
    known = {key}.get((np.asarray(x, np.float32).tobytes()[:400], float(eps)))
    return {answer} if known is not None else np.asarray(x)
"""


def memorised(weeks: Path) -> dict[str, str]:
    """Threat 19: right exactly for the inputs that `otter check` shows, nonsense for all others."""
    seen: dict[tuple[bytes, float], np.ndarray] = {}
    week = load_week("week01", weeks)
    module = load_module(week.solution, "recorded_week01")

    def recording(model: Any, x: Any, y: Any, eps: float) -> Any:
        answer = module.fgsm(model, x, y, eps)
        seen[np.asarray(x, np.float32).tobytes()[:400], float(eps)] = np.asarray(answer, np.float32)
        return answer

    (question,) = (question for question in week.questions if question.key == "q2")
    for case in load_cases(question.file).test_cases:
        if not case.hidden:
            case.body.call_func({**vars(module), "fgsm": recording})
    assert seen
    buffer = io.BytesIO()
    np.savez_compressed(buffer, *seen.values())
    stored = (
        f"import base64, io\n_STORED = np.load(io.BytesIO(base64.b64decode({base64.b64encode(buffer.getvalue())!r})))"
    )
    by_input = f"_KNOWN = {{key: number for number, key in enumerate({list(seen)!r})}}"
    asks = KNOWS_ITS_ANSWERS.format(key="_KNOWN", answer="_base(model, x, y, eps)")
    looks_up = KNOWS_ITS_ANSWERS.format(key="_KNOWN", answer="_STORED[f'arr_{known}']")
    return {
        "19_is_right_where_it_is_seen": f"{BASE}\n{by_input}\n{asks}",
        "19_returns_stored_answers": f"{BASE}\n{by_input}\n{stored}\n{looks_up}",
    }


ORACLE_CHEATS = {
    "21_asks_more_often": """
def query_attack(oracle, x, budget):
    return _honest(oracle, x, 3 * budget)
""",
    "21_asks_in_the_oracles_stead": """
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
    "21_reads_the_gradient": """
def query_attack(oracle, x, budget):
    with tf.GradientTape() as tape:
        x = tf.convert_to_tensor(x)
        tape.watch(x)
        total = tf.reduce_sum(oracle(x)[:, 0])
    return tf.clip_by_value(x + tf.sign(tape.gradient(total, x)), 0.0, 1.0)
""",
}


def oracle_cheat(name: str) -> str:
    return f"{EVERYTHING}\n\n_honest = query_attack\n{ORACLE_CHEATS[name]}"


def make_hostile_files(inbox: Path) -> dict[str, tuple[str, str, str]]:
    """Threats 22 and 23: files as strangers hand them in, and three honest students among them.

    Gives by row and name: a part of the student's name, the status it must get and words of the reason.
    """
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
        "22_a_link": ("linked", "refused", "link"),
        "22_a_link_to_another_student": ("cyd", "refused", "link"),
        "23_a_folder": ("dan", "refused", "folder"),
        "22_a_formula_for_a_name": ("=cmd()", "refused", "formula"),
        "22_a_line_break_in_a_name": ("new\\nline", "refused", "can't be seen"),
        "22_a_pipe": ("pipe", "refused", "pipe"),
        "22_a_zip_bomb": ("zipped", "refused", "zip"),
        "23_empty": ("empty", "not_loadable", "empty"),
        "23_binary": ("binary", "not_loadable", "binary"),
        "23_utf_16": ("wide", "not_loadable", "UTF-16"),
        "23_too_large": ("huge", "refused", "too large"),
        "23_python_2": ("old", "not_loadable", "Python 2"),
        "23_a_syntax_error": ("broken", "not_loadable", f"Line {HONEST.count(chr(10)) + 2}"),
        "23_raises_at_import": ("raises", "not_loadable", "line 3"),
        "23_too_deep_for_the_parser": ("deep", "not_loadable", "Python"),
    }


HONEST_AMONG_THE_FILES = ("ann", "otter", "numpy")
LACKS_A_FUNCTION = "23_lacks_a_function"
MEMORISED = ("19_is_right_where_it_is_seen", "19_returns_stored_answers")
BY_HAND = (*MEMORISED, LACKS_A_FUNCTION)
SECRET = "SECRET-5f2c"


def make_class(inbox: Path, weeks: Path, replacements: Mapping[str, str]) -> dict[str, tuple[str, str, str]]:
    """Every hostile submission of week 1, the honest ones behind them, and the files that are odd as files."""
    files = make_hostile_files(inbox)
    (inbox / "00_base.py").write_text(BASE)
    sources = {name: source_of(name, replacements) for name in HOSTILE} | memorised(weeks)
    sources[LACKS_A_FUNCTION] = HONEST.replace("def targeted_fgsm(", "def targeted_fgsm_with_another_name(")
    put_in_pairs(inbox, sources, HONEST)
    return files


def put_in_pairs(inbox: Path, sources: Mapping[str, str], honest: str) -> None:
    """Write the hostile `sources` by twos, with two honest submissions behind each two."""
    for name, behind in honest_behind(sources).items():
        (inbox / f"{name}.py").write_text(sources[name])
        for student in behind:
            (inbox / f"{student}.py").write_text(honest)


def honest_behind(names: Iterable[str]) -> dict[str, list[str]]:
    """By hostile submission, the honest ones that are graded after it and its neighbour, in the order of the names.

    They are two: a grading process may have two workers that take turns, and in each an honest one must come next.
    """
    ordered = sorted(names)
    twos = [ordered[place : place + 2] for place in range(0, len(ordered), 2)]
    return {name: [f"{two[-1]}~honest{number}" for number in (1, 2)] for two in twos for name in two}


def by_row(names: list[str]) -> dict[int, list[str]]:
    """The variants of each row of the threat model, by the number at the beginning of their names."""
    rows: dict[int, list[str]] = {}
    for name in names:
        rows.setdefault(int(name[:2]), []).append(name)
    return rows


@dataclass(frozen=True)
class Class:
    """A graded class, and what its odd files had to get: by name a student, a status and words of the reason."""

    graded: Graded
    files: dict[str, tuple[str, str, str]]


def grade_hostile(folder: Path, port: int, questions: tuple[str, ...] = (), cases: tuple[int, ...] = ()) -> Class:
    (folder / "secret.txt").write_text(SECRET)
    weeks = short_week(folder / "weeks", questions, cases)
    inbox, out = folder / "class", folder / "out"
    places = [
        out,
        out / "gradebook.sqlite",
        inbox,
        inbox / "00_base.py",
        weeks / "week01" / "questions",
        weeks / "week01" / "mistakes",
        weeks / "week01" / "mistakes" / "q3_targeted_fgsm.py",
        Path(__file__),
    ]
    replacements = {
        "PORT": str(port),
        "ABSTRACT": repr(f"\0autograder-test-{port}"),
        "TEST_PID": str(os.getpid()),
        "SECRET_FILE": repr(str(folder / "secret.txt")),
        "OUT_FOLDER": repr(str(out)),
        "KNOWN_PLACES": repr(
            [str(place) for place in [*places, weeks / "week01" / "week01.py", folder / "secret.txt"]]
        ),
    }
    files = make_class(inbox, weeks, replacements)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRADER_TEST_SECRET", SECRET)
        graded = run_grade(inbox, out, "--quiet", "--workers", "1", "--solutions", str(weeks))
    assert graded.returncode == 0, graded.output
    assert leftovers(graded) == []
    return Class(graded, files)
