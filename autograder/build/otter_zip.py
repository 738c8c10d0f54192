"""The zip that `otter run` takes: the week's questions with everything they would ask frozen."""

from __future__ import annotations

import ast
import contextlib
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from otter.generate import main as otter_generate

from autograder.build import frozen
from autograder.build.cases import Case, QuestionFile
from autograder.build.requirements import COURSE, pinned
from autograder.build.templates import render
from autograder.build.zips import course_files, make_zip
from autograder.week import Week

PYTHON = "3.12"  # of the environment that Otter would set up; TensorFlow decides


def otter_zip(
    week: Week, questions: Sequence[QuestionFile], recordings: Mapping[str, bytes], known_mistakes: bytes
) -> bytes:
    """The zip's content: Otter's own files, the tests, the course, and a recording for each hidden case."""
    tests = {f"{file.question.key}.py": frozen_source(file).encode() for file in questions}
    files = _otter_files(tests)
    files.update({f"files/{name}": content for name, content in course_files().items()})
    files["files/frozen/__init__.py"] = Path(frozen.__file__).read_bytes()
    files.update({f"files/frozen/{case_id}.npz": content for case_id, content in recordings.items()})
    files["tests/known_mistakes.json"] = known_mistakes
    files["README.md"] = render("otter.md.j2", week=week)
    return make_zip(files)


def frozen_source(file: QuestionFile) -> str:
    """The test file with recordings in place of the grader's `draw` and `reference`.

    Otter would look the two up among the student's own variables: so they stop being parameters.
    """
    tree = ast.parse(file.source)
    nodes = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for case in file.cases:
        _freeze(nodes[case.node.name], case, f"{file.question.key}.{case.number}")
    first = sum(1 for node in tree.body if _must_come_first(node))
    tree.body.insert(first, ast.parse("from frozen import replay").body[0])
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _freeze(node: ast.FunctionDef, case: Case, case_id: str) -> None:
    """Take `draw` and `reference` out of the parameters of a case and define them in its first line."""
    asked = {argument.arg for argument in node.args.args} & {"draw", "reference"}
    if not asked:
        return
    node.args.args = [argument for argument in node.args.args if argument.arg not in asked]
    line = f'draw, reference = replay("{case_id}")' if case.hidden else "draw = reference = None"
    after_docstring = 1 if ast.get_docstring(node) is not None else 0
    node.body.insert(after_docstring, ast.parse(line).body[0])


def _must_come_first(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _otter_files(tests: Mapping[str, bytes]) -> dict[str, bytes]:
    """What `otter generate` makes of the `tests`: set-up scripts, environment, configuration, and the tests."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        folder = Path(scratch, "tests")
        folder.mkdir()
        for name, content in tests.items():
            (folder / name).write_bytes(content)
        requirements = Path(scratch, "wanted.txt")
        requirements.write_text("\n".join(pinned(COURSE)) + "\n", encoding="utf-8")
        target = Path(scratch, "otter.zip")
        otter_generate(
            tests_dir=str(folder),
            output_path=str(target),
            requirements=str(requirements),
            no_environment=True,
            no_config=True,
            python_version=PYTHON,
        )
        with zipfile.ZipFile(target) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
