"""The grades as the systems import them that students hand in to, and as JSON lines for scripts.

`grades.csv` is written whatever happens; these files are for whoever asks for them. A submission that waits for an
error of ours to be looked at has an empty grade in every one of them, and no file for Gradescope.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.inbox.entry import NOTHING_KNOWN, About
from autograder.reports.grades_file import cell
from autograder.reports.rows import Row, number
from autograder.verdict import CaseResult, Run

FORMATS = ("canvas", "moodle", "gradescope", "jsonl")


def is_found(system: str, known: About) -> bool:
    """Whether `system` finds a student by what is known: by a number of its own, and Moodle by others, too."""
    if system == "canvas":
        return known.system == "canvas" and bool(known.number)
    return system != "moodle" or bool((known.system == "moodle" and known.number) or known.sid or known.email)


def canvas_file(run: Run, rows: Sequence[Row], about: Mapping[str, About]) -> str:
    """A gradebook to import in Canvas: Grades, Import. It finds students by ID, or by name where that is empty."""
    lines = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", cell(f"{run.week}: {run.title}")],
        ["    Points Possible", "", "", "", "", number(run.possible)],
    ]
    for row in rows:
        known = _known(row, about, "canvas")
        lines.append([cell(row.student), cell(known.number), cell(known.sid), "", "", number(row.score)])
    return _csv(lines)


def moodle_file(run: Run, rows: Sequence[Row], about: Mapping[str, About]) -> str:
    """A grading worksheet to upload in a Moodle assignment, which finds students by `Identifier`.

    Moodle's gradebook imports it, too, and finds students by their number or address.
    """
    lines = [["Identifier", "Full name", "ID number", "Email address", "Grade", "Last modified (grade)"]]
    for row in rows:
        known = about.get(row.verdict.student, NOTHING_KNOWN)
        identifier = f"Participant {known.number}" if known.system == "moodle" else ""
        values = [cell(value) for value in (identifier, row.student, known.sid, known.email)]
        lines.append([*values, number(row.score), ""])
    return _csv(lines)


def gradescope_result(row: Row) -> str:
    """What Gradescope calls `results.json`, of one student; hidden cases show once grades are published."""
    tests = [
        _gradescope_test(f"{question.key}.{count}", f"{question.key}: {case.title}", case)
        for question in row.verdict.questions
        for count, case in enumerate(question.cases, 1)
    ]
    result = {
        "extra_data": {"generator": "autograder", "student": row.student, "status": row.status},
        "score": row.score,
        "execution_time": round(row.verdict.seconds, 3),
        "output": row.verdict.message,
        "visibility": "visible",
        "tests": tests,
    }
    return json.dumps(result, indent=1) + "\n"


def _gradescope_test(place: str, name: str, case: CaseResult) -> dict[str, Any]:
    return {
        "number": place,
        "name": name,
        "score": case.earned,
        "max_score": case.possible,
        "status": "passed" if case.outcome == "passed" else "failed",
        "output": case.message,
        "output_format": "text",
        "visibility": "after_published" if case.hidden else "visible",
    }


def jsonl_file(run: Run, rows: Sequence[Row], about: Mapping[str, About], earlier: Mapping[str, Run]) -> str:
    """A JSON object a line, one for each student, with all that their page says but the code."""
    return "".join(f"{json.dumps(_line(run, row, about, earlier))}\n" for row in rows)


def _line(run: Run, row: Row, about: Mapping[str, About], earlier: Mapping[str, Run]) -> dict[str, Any]:
    known = about.get(row.verdict.student, NOTHING_KNOWN)
    given = earlier.get(row.verdict.student, run)
    return {
        "student": row.student,
        "week": run.week,
        "status": row.status,
        "score": row.score,
        "possible": run.possible,
        "percent": row.percent,
        "late": known.late,
        "system": known.system,
        "number": known.number,
        "sid": known.sid,
        "email": known.email,
        "message": row.verdict.message,
        "digest": row.verdict.digest,
        "seconds": row.verdict.seconds,
        "graded": given.started,
        "sandbox": given.sandbox,
        "questions": [
            {
                "key": question.key,
                "title": question.title,
                "score": question.earned if all(case.outcome != "error" for case in question.cases) else None,
                "possible": question.possible,
                "cases": [
                    {
                        "title": case.title,
                        "hidden": case.hidden,
                        "outcome": case.outcome,
                        "score": None if case.outcome == "error" else case.earned,
                        "possible": case.possible,
                        "message": case.message,
                    }
                    for case in question.cases
                ],
            }
            for question in row.verdict.questions
        ],
    }


def _known(row: Row, about: Mapping[str, About], system: str) -> About:
    known = about.get(row.verdict.student, NOTHING_KNOWN)
    return known if known.system == system else NOTHING_KNOWN


def _csv(lines: Sequence[Sequence[str]]) -> str:
    return "".join(f"{','.join(line)}\n" for line in lines)
