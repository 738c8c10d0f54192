"""What a class got, for people: `grades.csv`, a page per student, a page of the class, a table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.reports.files import page_names, remove_stale_pages, write_atomically
from autograder.reports.grades_file import grades_file
from autograder.reports.pages import class_page, student_page
from autograder.reports.rows import rows_of
from autograder.reports.terminal import print_table as print_table
from autograder.verdict import Run, Verdict


def write_reports(out: Path, run: Run, verdicts: Sequence[Verdict]) -> None:
    """Write `grades.csv`, `students/<student>.html` and `index.html` into `out`, replacing those of an earlier run.

    Each file is whole at every moment: an interrupted run leaves the old one or the new one. Raises `UsageError`
    when `out` can't be written to.
    """
    rows = rows_of(run, verdicts)
    names = page_names([row.student for row in rows])
    students = out / "students"
    try:
        students.mkdir(parents=True, exist_ok=True)
        for row in rows:
            write_atomically(students / names[row.student], student_page(run, row))
        remove_stale_pages(students, keep=set(names.values()))
        write_atomically(out / "index.html", class_page(run, rows, names))
        write_atomically(out / "grades.csv", grades_file(run, rows))
    except OSError as error:
        raise UsageError(f"The reports can't be written to {out}: {error.strerror}. Choose another folder.") from error
