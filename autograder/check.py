"""`autograder check`: a student's own file against the public cases, in this process, without a kernel.

It is the user's own file on the user's own machine, so it is simply imported. Never use this on a submission.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape

from autograder.errors import INTERRUPTED, SubmissionError, UsageError
from autograder.grading.run_questions import run_question
from autograder.start import start_tensorflow
from autograder.verdict import CaseResult, QuestionResult
from autograder.week import ROOT, Question, Week, load_week

PATIENCE = 2  # times as long as the grader gives a call: a laptop may be slower, and has other things to do
MARKS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "error": "[magenta]![/]"}


def check(
    week_name: str,
    file: Path | None = None,
    assignments: Path = ROOT / "assignments",
    solutions: Path = ROOT / "solutions",
) -> int:
    """Run the public cases of a week on `file` and say what passed. Returns the exit status: 1 if anything failed.

    Without `file` it is the week's module in the current folder; a path in the place of the week's name is both. A
    function that takes too long is stopped, Ctrl-C ends the program with status 130. Raises `UsageError` when there
    is no such week or file, or it is not built.
    """
    if file is None and week_name.endswith(".py"):
        file = Path(week_name)
        week_name = file.stem
    week = load_week(week_name, solutions)
    folder = assignments / week.name
    if not (folder / "tests").is_dir():
        raise UsageError(f"{week.name} has no tests yet. Run `autograder build {week.name}` first.")
    path = find_file(week, file)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"[bold]{week.name}: {escape(week.title)}[/]\n{escape(str(path))}")
    try:
        compile(path.read_bytes(), str(path), "exec")  # at once, without waiting for TensorFlow
        start_tensorflow()
        module = _load(path)
    except (Exception, SystemExit) as error:
        _say_not_loadable(error, path, console)
        return 1
    except KeyboardInterrupt as error:
        _say_interrupted(error, "while it was being imported", path, console)
    found = {name: getattr(module, name, None) for name in week.functions}
    seconds = week.call_seconds
    functions = {
        name: _explaining(function, path, PATIENCE * seconds[name])
        for name, function in found.items()
        if callable(function)
    }
    results = []
    for question in week.questions:
        try:
            with contextlib.chdir(folder):  # where the tests look for the known mistakes that come with them
                results.append(_run(question, folder, functions, path))
        except KeyboardInterrupt as error:
            _say_interrupted(error, f"in {question.key}", path, console)
        _say_result(results[-1], console)
    _say_sum(week, results, console)
    return 0 if all(case.outcome == "passed" for result in results for case in result.cases) else 1


def find_file(week: Week, file: Path | None) -> Path:
    """The file to check. Raises `UsageError` when there is none."""
    path = file or Path(week.module)
    if path.is_dir():
        path /= week.module
    if path.is_file() and path.suffix == ".py":
        return path.resolve()
    command = f"autograder check {week.name} FILE"
    if file:
        raise UsageError(f"There is no Python file {file}. Give the path of yours: {command}")
    raise UsageError(
        f"There is no {week.module} in this folder. Go to the folder that holds yours (`make lab` makes "
        f"work/{week.name}), or name the file: {command}"
    )


def _load(path: Path) -> ModuleType:
    """The student's file as a module, with its folder first on the path as Python itself does it."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def student_traceback(error: BaseException, path: Path) -> str:
    """The traceback of `error` from the first line of the student's file on, as Python prints it."""
    told = traceback.TracebackException.from_exception(error)
    own = [number for number, frame in enumerate(told.stack) if Path(frame.filename) == path]
    # A syntax error has no frame in the file, but says itself where it is.
    told.stack = traceback.StackSummary.from_list(told.stack[own[0] :] if own else [])
    return "".join(told.format(chain=False)).rstrip()


def _run(question: Question, folder: Path, functions: dict[str, Callable[..., Any]], path: Path) -> QuestionResult:
    """The public cases of a question with the student's functions; one failed case when a function is missing."""
    handed_out = replace(question, file=folder / "tests" / f"{question.key}.py")
    missing = [name for name in question.functions if name not in functions]
    if missing:
        message = f"{path.name} has no function {' and no function '.join(missing)}: was it renamed or removed?"
        case = CaseResult("The function is there", False, "failed", 0.0, message)
        return QuestionResult(question.key, question.title, (case,))
    return run_question(handed_out, lambda _case_id: functions)


class _OutOfTimeError(BaseException):
    """The time is up. No `Exception`, so that a student's own `except` does not swallow it."""


def _explaining(function: Callable[..., Any], path: Path, seconds: float) -> Callable[..., Any]:
    """The student's function; what it raises becomes a `SubmissionError` that holds the traceback.

    It gets so many `seconds` a call; once it has used them up, it is not called again.
    """
    ran_out: list[str] = []

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        if ran_out:
            raise SubmissionError(ran_out[0], kind="time limit")
        try:
            with _at_most(seconds):
                return function(*args)
        except _OutOfTimeError as error:
            told = f"It took longer than {seconds:g} seconds: is there a loop that does not end? It was here:"
            ran_out.append(f"{told}\n{_last_lines(error, path)}")
            raise SubmissionError(ran_out[0], kind="time limit") from None
        except NotImplementedError as error:
            raise SubmissionError(f"Not written yet: {error}", kind="NotImplementedError") from error
        except (Exception, SystemExit) as error:
            raise SubmissionError(student_traceback(error, path), kind=type(error).__name__) from error

    return call


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise `_OutOfTimeError` in what runs inside once the time is up; Windows has no such clock, and waits."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise _OutOfTimeError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _last_lines(error: BaseException, path: Path) -> str:
    """The lines of the student's file that `error` came through, without what was called from there."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    return "\n".join(f"line {frame.lineno}, in {frame.name}: {frame.line}" for frame in frames)


def _say_interrupted(error: BaseException, where: str, path: Path, console: Console) -> NoReturn:
    console.print(f"\nInterrupted {where}.\n{escape(_last_lines(error, path))}".rstrip())
    sys.exit(INTERRUPTED)


def _say_not_loadable(error: BaseException, path: Path, console: Console) -> None:
    console.print(f"\n[red]{escape(path.name)} did not load, so no question could be run. Python says:[/]\n")
    console.print(student_traceback(error, path), markup=False)
    if isinstance(error, SystemExit):
        console.print("The file ends the program while it is being imported: remove the call of exit().")
    console.print("\nPut this right first, then check again.")


def _say_result(result: QuestionResult, console: Console) -> None:
    """The question's line, then a line for each case, then what is wrong; a message is told only once."""
    console.print(
        f"\n[bold]{result.key}[/]  {escape(result.title)}: {result.earned:g} of {result.possible:g} points", style=""
    )
    said: set[str] = set()
    for case in result.cases:
        console.print(f"  {MARKS[case.outcome]} {escape(case.title)}")
        if case.outcome != "passed":
            told = case.message if case.outcome == "failed" else f"{case.message}\n{case.detail}"
            told = "The same as above." if told in said else told
            said.add(told)
            console.print("".join(f"      {line}\n" for line in told.splitlines()), markup=False, end="")


def _say_sum(week: Week, results: list[QuestionResult], console: Console) -> None:
    """The points so far, and that this isn't all."""
    earned, possible = (sum(getattr(result, which) for result in results) for which in ("earned", "possible"))
    console.print(
        f"\n[bold]{earned:g} of {possible:g} points[/] in the public cases. Hidden cases remain: "
        f"{week.points - possible:g} points more, on fresh images and networks, when you hand in."
    )
