"""What a student gets for a week, as files in memory: module, tests, lab and README."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.build.cases import QuestionFile
from autograder.build.lab import make_notebook
from autograder.build.leaks import normalised, secrets
from autograder.build.refusal import RefusalError
from autograder.build.stub import check_signatures, make_stub, solution_lines
from autograder.build.templates import render
from autograder.week import Week


@dataclass(frozen=True)
class Sources:
    """What a week is made from, read once."""

    week: Week
    solution: str
    lab: str
    questions: tuple[QuestionFile, ...]

    @classmethod
    def read(cls, week: Week) -> Sources:
        """Read the week's files. Raises `RefusalError` if one is missing or isn't Python, or points don't add up."""
        if not week.solution.is_file():
            raise RefusalError(_where_the_solution_belongs(week))
        for path in (week.lab, *(question.file for question in week.questions)):
            if not path.is_file():
                raise RefusalError(f"{path.relative_to(week.folder.parent)} is missing; week.toml promises it.")
        questions = tuple(QuestionFile(question, _text(question.file)) for question in week.questions)
        sources = cls(week, _text(week.solution), _text(week.lab), questions)
        texts = {week.module: sources.solution, week.lab.name: sources.lab}
        for name, text in {**texts, **{file.place: file.source for file in questions}}.items():
            try:
                compile(text, name, "exec", dont_inherit=True)
            except SyntaxError as error:
                raise RefusalError(f"{week.name}/{name}, line {error.lineno}: {error.msg}.") from error
        sources._expect_points()
        return sources

    def _expect_points(self) -> None:
        """Raise `RefusalError` unless the cases' points add up to what week.toml says, by question and in all."""
        for file in self.questions:
            given, said = sum(case.points for case in file.cases), file.question.points
            if not math.isclose(given, said):
                raise RefusalError(f"{file.question.key}: its cases give {given:g} points, week.toml says {said:g}.")
        total = sum(question.points for question in self.week.questions)
        if not math.isclose(total, self.week.points):
            raise RefusalError(f"The questions give {total:g} points, week.toml says {self.week.points:g}.")

    @cached_property
    def stub(self) -> str:
        """The module that students fill in."""
        stub = make_stub(self.solution, self.week)
        check_signatures(self.solution, stub, self.week)
        return stub

    @cached_property
    def public_tests(self) -> dict[str, str]:
        """The public cases of each question, by the question's key."""
        return {file.question.key: file.public_source() for file in self.questions}

    def _remaining(self) -> str:
        """The sentence that says what `otter check` can't check."""
        hidden = [case for file in self.questions for case in file.cases if case.hidden]
        points = sum(case.points for case in hidden)
        return f"Public cases only: {len(hidden)} hidden cases ({points:g} points) are run when you hand in."

    def _helpers(self) -> list[str]:
        """The functions that students write and no question asks for."""
        return re.findall(rf'"{self.week.name}: (\w+) is yours to implement"', self.stub)

    def solution_secrets(self) -> set[str]:
        """Lines of the solution that nothing handed out may hold."""
        return secrets(solution_lines(self.solution, self.week.module), [self.stub, *self.public_tests.values()])

    def hidden_secrets(self) -> set[str]:
        """Lines of hidden cases that nothing a student gets may hold."""
        lines = [line for file in self.questions for line in file.hidden_lines()]
        return secrets(lines, [self.stub, *self.public_tests.values()])

    def given_lines(self) -> set[str]:
        """Every line that students of this week get anyway, normalised."""
        texts = [self.stub, *self.public_tests.values()]
        return {normalised(line) for text in texts for line in text.splitlines()}

    def files(self) -> dict[str, bytes]:
        """Path and content of every file of the assignment but the known mistakes, which a rehearsal finds."""
        public = {
            file.question.key: sum(case.points for case in file.cases if not case.hidden) for file in self.questions
        }
        files = {
            self.week.module: self.stub.encode(),
            "lab.ipynb": make_notebook(self.lab).encode(),
            "README.md": render("assignment.md.j2", week=self.week, public=public, helpers=self._helpers()),
        }
        files["tests/file.py"] = render("file_test.py.j2", week=self.week, remaining=self._remaining())
        files.update({f"tests/{key}.py": text.encode() for key, text in self.public_tests.items()})
        return files


def _where_the_solution_belongs(week: Week) -> str:
    """What to do about a solution that isn't there: most likely the folder was copied from another week's."""
    told = f"expected the solution at {week.folder.parent.name}/{week.name}/{week.module}"
    others = [path for path in sorted(week.folder.glob("*.py")) if path != week.lab]
    if len(others) != 1:
        return f"{told}."
    return f"{told}: rename {others[0].name}, and replace {others[0].stem} in lab.py and questions/."


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
