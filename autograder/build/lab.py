"""The lab notebook: made from the percent-format script, and run from start to end with the solution in place."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

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


def check_lab_runs(assignment: Path, week: Week) -> None:
    """Run the built notebook in a copy of its folder with the solution in place.

    Raises `RefusalError` with the cell and the error when it stops before its end.
    """
    notebook = nbformat.read(assignment / "lab.ipynb", as_version=4)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / week.name
        shutil.copytree(assignment, folder)
        shutil.copy(week.solution, folder / week.module)
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "MPLBACKEND": "Agg"}
        client = nbclient.NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            client.execute(env=environment, stderr=subprocess.DEVNULL)  # native libraries' chatter
        except nbclient.exceptions.CellExecutionError as error:
            raise RefusalError(
                f"{week.name}/lab.py stops with the solution in place:\n{error.ename}: {error.evalue}\n"
                f"{_cell_of(error)}\nThe lab must run from start to end for who has solved the week."
            ) from error
        except (nbclient.exceptions.CellTimeoutError, nbclient.exceptions.DeadKernelError) as error:
            raise RefusalError(f"{week.name}/lab.py does not end with the solution in place: {error}") from error


def _cell_of(error: nbclient.exceptions.CellExecutionError) -> str:
    """The source of the cell that failed, as nbclient quotes it between dashes."""
    return str(error).split("------------------")[1].strip() if "------------------" in str(error) else ""
