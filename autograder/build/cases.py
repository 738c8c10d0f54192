"""A question's Otter test file, read as syntax: which cases it has, and the file without its hidden ones."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from autograder.build.refusal import RefusalError
from autograder.week import Question


@dataclass(frozen=True)
class Case:
    """A function decorated with `@test_case(...)`: its number in the file from 1, title, points and syntax."""

    number: int
    title: str
    points: float
    hidden: bool
    node: ast.FunctionDef


@dataclass(frozen=True)
class QuestionFile:
    """The text of a test file and what can be said about it without running it."""

    question: Question
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.source)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every case in order. Raises `RefusalError` when one isn't written as the build can read it."""
        functions = [node for node in self.tree.body if isinstance(node, ast.FunctionDef)]
        decorated = [(node, call) for node in functions if (call := _test_case_call(node)) is not None]
        names = [node.name for node, _ in decorated]
        for name in names:
            if names.count(name) > 1:
                raise RefusalError(f"{self.place}: two cases are called {name}; Otter runs only the last. Rename one.")
        return tuple(self._case(number, node, call) for number, (node, call) in enumerate(decorated, 1))

    @property
    def place(self) -> str:
        """How messages name the file."""
        return f"questions/{self.question.file.name}"

    def _case(self, number: int, node: ast.FunctionDef, call: ast.Call) -> Case:
        """What the build must know without running the file, so these three are written as plain values."""
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        try:
            title, points, hidden = (
                ast.literal_eval(given[word]) if word in given else default
                for word, default in (("name", None), ("points", None), ("hidden", False))
            )
        except ValueError as error:
            raise RefusalError(
                f"{self.place}, line {node.lineno}: write name=, points= and hidden= of test_case as plain values."
            ) from error
        if title is None or points is None:
            raise RefusalError(f"{self.place}, line {node.lineno}: test_case needs name= and points=.")
        return Case(number, str(title), float(points), bool(hidden), node)

    def public_source(self) -> str:
        """The file without its hidden cases and without what only they use."""
        kept = self._kept_statements()
        return self._text_of(kept)

    def hidden_lines(self) -> list[str]:
        """Every line that `public_source` leaves out."""
        public = set(self.public_source().splitlines())
        return [line for line in self.source.splitlines() if line not in public]

    def _kept_statements(self) -> list[ast.stmt]:
        """The public cases, the declarations Otter reads, and all they need, directly or through each other."""
        hidden = {case.node for case in self.cases if case.hidden}
        public = {case.node for case in self.cases if not case.hidden}
        candidates = [node for node in self.tree.body if node not in hidden]
        kept = {node for node in candidates if node in public or _is_needed_by_itself(node)}
        while True:
            wanted = {name for node in kept for name in _names_used(node)}
            more = {node for node in candidates if node not in kept and wanted & _names_defined(node)}
            if not more:
                return [node for node in candidates if node in kept]
            kept |= more

    def _text_of(self, kept: list[ast.stmt]) -> str:
        """The lines of the `kept` statements, each with the comments above it; imports lose the names nobody uses."""
        lines = self.source.splitlines()
        used = {name for node in kept for name in _names_used(node)}
        parts: list[str] = []
        begin = 0
        for node in self.tree.body:
            end = _end_with_comments(node, lines)
            if node in kept:
                above = [line for line in lines[begin : _first_line(node) - 1] if not line.startswith("# ruff:")]
                own = _import_of(node, used) or lines[_first_line(node) - 1 : end]
                parts.extend([*above, *own])
            begin = end
        return _few_blank_lines(parts)


def _test_case_call(node: ast.FunctionDef) -> ast.Call | None:
    """The `test_case(...)` that decorates the function, if there is one."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).split(".")[-1] == "test_case":
            return decorator
    return None


def _is_needed_by_itself(node: ast.stmt) -> bool:
    """Docstrings and other expressions, `from __future__`, and the names that Otter looks up."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return not _names_defined(node) or bool(_names_defined(node) & {"OK_FORMAT", "name", "points", "all_or_nothing"})


def _names_used(node: ast.stmt) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _names_defined(node: ast.stmt) -> set[str]:
    """The module-level names that a top-level statement binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {_bound(alias) for alias in node.names}
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _import_of(node: ast.stmt, used: set[str]) -> list[str] | None:
    """An import with only the names that are `used`; None for any other statement or if all of them are."""
    if not isinstance(node, (ast.Import, ast.ImportFrom)) or getattr(node, "module", "") == "__future__":
        return None
    names = [alias for alias in node.names if _bound(alias) in used]
    if len(names) == len(node.names):
        return None
    return [ast.unparse(type(node)(**{**vars(node), "names": names}))]


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _end_with_comments(node: ast.stmt, lines: list[str]) -> int:
    """The last line of a statement, with the indented comments that end its body."""
    last = end = node.end_lineno or node.lineno
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith((" ", "\t"))):
        end += 1
        if lines[end - 1].strip():
            last = end
    return last


def _few_blank_lines(lines: list[str]) -> str:
    """The lines as a text with at most two blank ones in a row, none at either end."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or kept[-2:] != ["", ""]:
            kept.append(line.rstrip())
    return "\n".join(kept).strip("\n") + "\n"
