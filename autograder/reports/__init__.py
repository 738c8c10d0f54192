"""What a class got, for people: `grades.csv`, a page for each student, a page of the class, a table in the terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UsageError
from autograder.inbox.entry import NOTHING_KNOWN, About
from autograder.inbox.roster import Attendance
from autograder.reports.feedback import feedback_archive
from autograder.reports.files import GENERATOR, page_names, remove_stale
from autograder.reports.formats import canvas_file, gradescope_result, jsonl_file, moodle_file
from autograder.reports.grades_file import grades_file
from autograder.reports.pages import class_page, pair_page, similar_page, student_page
from autograder.reports.rows import Row, rows_of
from autograder.reports.similar import Similarity, similar_submissions
from autograder.reports.terminal import print_table as print_table
from autograder.verdict import Run, Verdict
from autograder.week import Week
from autograder.whole_files import write_atomically


@dataclass(frozen=True)
class Extras:
    """What the reports say beside the verdicts.

    `earlier`: by student, the run that gave a verdict that was kept. `about`: by student, what the system says that
    they handed in to. `attendance`: how that agrees with the roster. `formats`: the files to write beside the usual.
    `week`: what the students were given and asked for; without it no code is compared or shown beside a case.
    """

    earlier: Mapping[str, Run] = field(default_factory=dict)
    about: Mapping[str, About] = field(default_factory=dict)
    attendance: Attendance | None = None
    formats: Collection[str] = ()
    week: Week | None = None


def write_reports(out: Path, run: Run, verdicts: Sequence[Verdict], extras: Extras | None = None) -> None:
    """Write the reports into `out`, replacing those of an earlier run.

    These are `grades.csv`, `students/<student>.html`, `index.html`, `feedback.zip`, `similar/` and what
    `extras.formats` asks for.
    Each file is whole at every moment: an interrupted run leaves the old one or the new one. Raises `UsageError`
    when `out` can't be written to.
    """
    extras = extras or Extras()
    rows = rows_of(run, verdicts)
    names = page_names([row.student for row in rows])
    late = {row.student for row in rows if extras.about.get(row.verdict.student, NOTHING_KNOWN).late}
    students = out / "students"
    similarity = similar_submissions(rows, extras.week) if extras.week else None
    try:
        students.mkdir(parents=True, exist_ok=True)
        for row in rows:
            given = extras.earlier.get(row.verdict.student, run)
            write_atomically(
                students / names[row.student], student_page(run, row, given, row.student in late, extras.week)
            )
        remove_stale(students, set(names.values()), ".html", GENERATOR)
        _write_similar(out / "similar", run, rows, names, similarity or Similarity())
        page = class_page(run, rows, names, len(extras.earlier), late, extras.attendance, similarity)
        write_atomically(out / "index.html", page)
        write_atomically(out / "grades.csv", grades_file(run, rows))
        write_atomically(out / "feedback.zip", feedback_archive(run.week, rows, students, names, extras.about))
        _write_formats(out, run, rows, names, extras)
    except OSError as error:
        raise UsageError(f"The reports can't be written to {out}: {error.strerror}. Choose another folder.") from error


def _write_similar(
    folder: Path, run: Run, rows: Sequence[Row], names: Mapping[str, str], similarity: Similarity
) -> None:
    """The list of pairs that look alike, and a page for each; nothing where there are none."""
    pages = [f"pair-{number}.html" for number in range(1, len(similarity.pairs) + 1)]
    if pages:
        folder.mkdir(exist_ok=True)
        by_student = {row.student: row for row in rows}
        for name, pair in zip(pages, similarity.pairs, strict=True):
            write_atomically(folder / name, pair_page(run, pair, by_student, names))
        write_atomically(folder / "index.html", similar_page(run, similarity, names, pages))
    remove_stale(folder, {"index.html", *pages} if pages else set(), ".html", GENERATOR)


def _write_formats(out: Path, run: Run, rows: Sequence[Row], names: Mapping[str, str], extras: Extras) -> None:
    """The formats that are asked for, and those that an earlier run left here: nobody imports grades of yesterday."""

    def is_wanted(name: str, path: Path) -> bool:
        return name in extras.formats or path.exists()

    if is_wanted("canvas", path := out / "canvas.csv"):
        write_atomically(path, canvas_file(run, rows, extras.about))
    if is_wanted("moodle", path := out / "moodle.csv"):
        write_atomically(path, moodle_file(run, rows, extras.about))
    if is_wanted("jsonl", path := out / "grades.jsonl"):
        write_atomically(path, jsonl_file(run, rows, extras.about, extras.earlier))
    if is_wanted("gradescope", folder := out / "gradescope"):
        folder.mkdir(exist_ok=True)
        results = {names[row.student].removesuffix(".html") + ".json": row for row in rows if row.score is not None}
        for name, row in results.items():
            write_atomically(folder / name, gradescope_result(row))
        remove_stale(folder, set(results), ".json", '"generator": "autograder"')
