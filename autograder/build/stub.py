"""A solution module without its solutions: what the student gets to fill in.

Solutions stand between the comments `# BEGIN SOLUTION` and `# END SOLUTION`. The comments are found by Python's
own tokenizer, so a string that holds the same words is left alone, and each block is checked against the syntax
tree, so that what is left is always a whole function with its signature and its docstring.
"""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from typing import TypeAlias

from autograder.build.refusal import RefusalError
from autograder.week import Week

BEGIN = "# BEGIN SOLUTION"
END = "# END SOLUTION"

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Block:
    """A solution: the lines of its two markers, counted from 1, and the column they start at."""

    first: int
    last: int
    column: int


def make_stub(source: str, week: Week) -> str:
    """`source` with every solution replaced by an exception that names the week, the question and the function.

    A block outside all functions (a helper of the solution alone) is left out. Raises `RefusalError` when the
    markers don't fit together, would cut a statement or a docstring, or a function of the week has no solution.
    """
    tree = ast.parse(source)
    blocks = find_blocks(source, week.module)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    for name in week.functions:
        _expect_solution(name, [node for node in functions if node.name == name and node in tree.body], blocks, week)
    lines = source.splitlines()
    for block in reversed(blocks):
        _expect_whole_statements(block, tree, week.module)
        owners = [node for node in functions if _surrounds(node, block)]
        stand_in = [" " * block.column + _raise(owners[0].name, week)] if owners else []
        lines[block.first - 1 : block.last] = stand_in
    return "\n".join(lines).rstrip() + "\n"


def find_blocks(source: str, file: str) -> list[Block]:
    """The solution blocks of `source` in order. Raises `RefusalError` when a marker has no partner."""
    blocks: list[Block] = []
    begin: tokenize.TokenInfo | None = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or token.string.strip() not in (BEGIN, END):
            continue
        line = token.start[0]
        if (token.string.strip() == BEGIN) != (begin is None):
            raise RefusalError(f"{file}, line {line}: {token.string} has no partner; markers come in pairs, in order.")
        if token.line.strip() != token.string.strip():
            raise RefusalError(f"{file}, line {line}: {token.string} must have the line to itself.")
        if begin is None:
            begin = token
        else:
            blocks.append(Block(begin.start[0], line, begin.start[1]))
            begin = None
    if begin is not None:
        raise RefusalError(f"{file}, line {begin.start[0]}: {BEGIN} has no {END}.")
    return blocks


def solution_lines(source: str, file: str) -> list[str]:
    """Every line between the markers: what must not be found in anything a student gets."""
    lines = source.splitlines()
    return [line for block in find_blocks(source, file) for line in lines[block.first : block.last - 1]]


def check_signatures(solution: str, stub: str, week: Week) -> None:
    """Raise `RefusalError` when a function's signature or docstring in the stub isn't the solution's."""
    wanted, found = _signatures(solution), _signatures(stub)
    for name in week.functions:
        if name not in found:
            raise RefusalError(f"{week.module}: {name} is missing from the stub. Put the markers inside its body.")
        if wanted.get(name) != found[name]:
            raise RefusalError(
                f"{week.module}: the signature or docstring of {name} differs between stub and solution:\n"
                f"  solution  {wanted.get(name)}\n  stub      {found[name]}\nMove the markers below the docstring."
            )


def _signatures(source: str) -> dict[str, tuple[str, str | None]]:
    functions = [node for node in ast.parse(source).body if isinstance(node, Function)]
    return {node.name: (header(node), ast.get_docstring(node)) for node in functions}


def header(node: Function) -> str:
    """The function's decorators and its `def` line, as one text."""
    bare = type(node)(**{**vars(node), "body": [ast.Pass()]})
    return ast.unparse(bare).removesuffix("\n    pass").strip()


def _raise(function: str, week: Week) -> str:
    """The line that stands where the solution of `function` was."""
    key = next((question.key for question in week.questions if function in question.functions), None)
    place = f"{week.name}, {key}" if key else week.name
    return f'raise NotImplementedError("{place}: {function} is yours to implement")'


def _expect_solution(name: str, found: list[Function], blocks: list[Block], week: Week) -> None:
    if len(found) != 1:
        raise RefusalError(
            f"{week.module} has {len(found)} functions {name}, where week.toml promises one. Correct one of the two."
        )
    mine = [block for block in blocks if _surrounds(found[0], block)]
    if not mine:
        raise RefusalError(
            f"{week.module}: {name} has no solution block. Put {BEGIN} and {END} around its body, below the docstring."
        )
    if ast.get_docstring(found[0]) is not None and mine[0].first <= found[0].body[0].lineno:
        raise RefusalError(f"{week.module}: the docstring of {name} is inside its solution. Put {BEGIN} below it.")


def _surrounds(node: ast.stmt, block: Block) -> bool:
    """Whether the block is in the body of the compound statement `node`: begun in it, and indented deeper."""
    has_body = hasattr(node, "body") or isinstance(node, ast.Match)
    return has_body and node.lineno < block.first <= _last(node) and block.column > node.col_offset


def _expect_whole_statements(block: Block, tree: ast.Module, file: str) -> None:
    """Each statement is inside the block, beside it, or a function, loop or condition around it; none is cut."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or _surrounds(node, block):
            continue
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        touches = first <= block.last and _last(node) >= block.first
        if touches and not (block.first < first and _last(node) < block.last):
            raise RefusalError(
                f"{file}, lines {block.first}-{block.last}: the solution block cuts the statement at line {first}. "
                "Put both markers around whole statements, at one indentation."
            )


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
