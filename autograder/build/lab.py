"""The lab notebook: made from the percent-format script, and run from start to end with the solution in place."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import jupytext
import nbclient
import nbformat

from autograder.build.refusal import RefusalError
from autograder.week import ROOT, Week

CELL_SECONDS = 300


def make_notebook(script: str) -> str:
    """The script as notebook JSON, without outputs. A cell's id follows from its text: it stays when others change."""
    notebook = jupytext.reads(script, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, ensure_ascii=False) + "\n"


class LabRun:
    """The lab of an `assignment`, run beside other work in a process of its own, with the solution in place.

    Use it in a `with` statement: leaving it ends the run, whatever its state.
    """

    def __init__(self, assignment: Path, week: Week) -> None:
        self._week = week
        self._scratch = tempfile.TemporaryDirectory()
        folder = Path(self._scratch.name) / week.name
        shutil.copytree(assignment, folder)
        shutil.copy(week.solution, folder / week.module)
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder / "lab.ipynb")],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "MPLBACKEND": "Agg"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # where native libraries chatter
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._process.kill()  # the kernel ends by itself when the process that started it is gone
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._scratch.cleanup()

    def expect_success(self) -> None:
        """Wait for the end. Raises `RefusalError` with the cell and the error if the lab stopped before it."""
        said, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise RefusalError(
                f"{self._week.name}/lab.py stops with the solution in place:\n{said.strip()}\n"
                "The lab must run from start to end for who has solved the week."
            )


def run_notebook(path: Path) -> str:
    """Run the notebook at `path`; "" if it ran to its end, else the error and the cell that it came from."""
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(path.parent)}})
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        quoted = str(error).split("------------------")
        return f"{error.ename}: {error.evalue}\nin the cell\n{quoted[1].strip() if len(quoted) > 1 else ''}"
    except (nbclient.exceptions.CellTimeoutError, nbclient.exceptions.DeadKernelError) as error:
        return str(error)
    return ""


if __name__ == "__main__":
    trouble = run_notebook(Path(sys.argv[1]))
    print(trouble)
    sys.exit(1 if trouble else 0)
