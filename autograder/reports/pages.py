"""The HTML pages, drawn from templates that escape every value.

A page needs no network, and its content security policy allows it none: even markup that slipped through could
neither run nor load anything.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.inbox.roster import Attendance
from autograder.names import visible
from autograder.reports.excerpts import LINE_NUMBER, around, excerpts, named_lines
from autograder.reports.files import GENERATOR
from autograder.reports.items import FEWEST
from autograder.reports.rows import Row, number, unwritten
from autograder.reports.similar import LEAST_SHARE, Pair, Similarity
from autograder.reports.stops import MOST, slowest_of, stops_of
from autograder.reports.summary import summary_of
from autograder.verdict import Run
from autograder.week import Week

MAX_MESSAGE = 4_000
MAX_SOURCE = 300_000
MAX_LINES = 5_000


def class_page(
    run: Run,
    rows: Sequence[Row],
    page_names: Mapping[str, str],
    kept: int = 0,
    late: Collection[str] = (),
    attendance: Attendance | None = None,
    similarity: Similarity | None = None,
) -> str:
    """The page of the class; `page_names` has the file name of each student's page, `kept` verdicts are older.

    `similarity` is what the submissions have in common, if they were compared.
    """
    script = _environment().get_template("table.js").render()
    summary = summary_of(run, rows)
    stops = stops_of(rows)
    return (
        _environment()
        .get_template("class.html")
        .render(
            run=run,
            rows=rows,
            summary=summary,
            kept=kept,
            late=late,
            attendance=attendance,
            possible={question.key: question.possible for question in summary.questions},
            links={student: f"students/{quote(name)}" for student, name in page_names.items()},
            stops=stops[:MOST],
            stopped={stop.student: stop.cases for stop in stops},
            slowest=slowest_of(rows),
            similarity=similarity,
            fewest=FEWEST,
            script=Markup(script),
            hash=_hash(script),
        )
    )


def student_page(run: Run, row: Row, given: Run | None = None, late: bool = False, week: Week | None = None) -> str:
    """A student's page; `given` is the run that gave the verdict, if that was an earlier one.

    It may be given to the student: it has no `detail`, no seed and nothing of other students. Beside the cases that a
    question lost stands the code of its functions, where the `week` says which these are.
    """
    verdict = row.verdict
    lines = _source_lines(verdict.source)
    functions = {question.key: question.functions for question in week.questions} if week else {}
    code = {part.key: excerpts(part, functions.get(part.key, ()), lines) for part in verdict.questions}
    template = _environment().get_template("student.html")
    return template.render(
        run=run,
        given=given or run,
        row=row,
        verdict=verdict,
        lines=lines,
        late=late,
        code=code,
        where=around(named_lines(verdict.message, len(lines)), lines),
    )


def similar_page(run: Run, similarity: Similarity, page_names: Mapping[str, str], pages: Sequence[str]) -> str:
    """The list of the submissions that look alike; `pages` has the file name of each pair."""
    links = {student: f"../students/{quote(name)}" for student, name in page_names.items()}
    template = _environment().get_template("similar.html")
    return template.render(run=run, similarity=similarity, links=links, pages=pages, least=LEAST_SHARE)


def pair_page(run: Run, pair: Pair, rows: Mapping[str, Row], page_names: Mapping[str, str]) -> str:
    """Two submissions side by side, with the lines marked that are in both."""
    sides = [
        (side, _source_lines(rows[side.student].verdict.source), f"../students/{quote(page_names[side.student])}")
        for side in (pair.first, pair.second)
    ]
    return _environment().get_template("pair.html").render(run=run, sides=sides)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["generator"] = Markup(GENERATOR)
    environment.filters.update(
        number=number, seconds=_seconds, moment=_moment, clipped=_clipped, line_links=_line_links, unwritten=unwritten
    )
    return environment


def _finalize(value: Any) -> Any:
    """Every value passes here before it is escaped: what can't be seen becomes an escape that can."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _seconds(value: float) -> str:
    if value >= 90:
        return f"{value / 60:.1f} min"
    return f"{value:.1f} s" if value >= 0.1 else f"{1000 * value:.0f} ms"


def _moment(started: str) -> str:
    """An ISO 8601 time for people, in the time zone it was written in."""
    moment = datetime.fromisoformat(started)
    return f"{moment.day} {moment:%B %Y, %H:%M %Z}".rstrip()


def _clipped(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else message[:MAX_MESSAGE] + " … (cut)"


def _line_links(message: str, lines: Sequence[str]) -> Markup:
    """`message`, escaped, with each `line 12` a link to that line of the code, if the page has it."""

    def link(found: re.Match[str]) -> str:
        known = 1 <= int(found[1]) <= len(lines)
        return f'<a href="#L{int(found[1])}">{found[0]}</a>' if known else found[0]

    return Markup(LINE_NUMBER.sub(link, str(escape(visible(_clipped(message))))))


def _source_lines(source: str) -> list[str]:
    """The lines of `source` to show; a last line says so when there are too many."""
    lines = [visible(line, keep="\t") for line in source[:MAX_SOURCE].split("\n")]
    if lines and not lines[-1]:
        lines.pop()
    if len(source) > MAX_SOURCE or len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], "… the rest is not shown"]
    return lines
