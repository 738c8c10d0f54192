"""The gradebook: an SQLite file that keeps every run, every verdict and each week's seed.

A verdict belongs to the run that gave it, and is found again by its student, the digests of the submission and of the
week, the seed and how submissions were confined: while these are the same, a later run keeps it instead of grading
anew. Nothing is ever overwritten by a later run, so that the history stays. `reported` says what each run's reports
show, and is what an interrupted run goes on from.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.errors import UsageError
from autograder.verdict import Run, Verdict

FILE_NAME = "gradebook.sqlite"
VERSION = 2
SCHEMA = """
CREATE TABLE seeds (week TEXT PRIMARY KEY, seed INTEGER NOT NULL);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    week TEXT NOT NULL,
    week_digest TEXT NOT NULL,
    seed TEXT NOT NULL,
    confinement TEXT NOT NULL,
    again INTEGER NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0,
    payload TEXT NOT NULL
);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs,
    student TEXT NOT NULL,
    submission TEXT NOT NULL,
    saved TEXT NOT NULL,
    payload TEXT NOT NULL,
    UNIQUE (run, student)
);
CREATE INDEX verdicts_of_a_student ON verdicts (student);
CREATE TABLE reported (
    run INTEGER NOT NULL REFERENCES runs,
    student TEXT NOT NULL,
    verdict INTEGER NOT NULL REFERENCES verdicts,
    PRIMARY KEY (run, student)
);
"""
LAST_FINISHED = "coalesce(max(id), 0) FROM runs AS ended WHERE ended.week = mine.week AND finished AND id < mine.id"


@dataclass(frozen=True)
class Judgement:
    """A verdict with the run that gave it, by number and in words, and when (UTC, `2025-01-31 10:05:07`)."""

    verdict: Verdict
    number: int
    run: Run
    saved: str


class Gradebook(AbstractContextManager["Gradebook"]):
    """An open gradebook; one process writes, any number may read. Use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        """Open the gradebook at `path`, made if it is not there. Raises `UsageError` when it can't be used."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=30)
            try:
                self._prepare(path)
            except BaseException:
                self._connection.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                f"The gradebook {path} can't be used: {error}. Choose another folder to write to."
            ) from error

    def _prepare(self, path: Path) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self._connection:
            # Whoever opens a new gradebook first makes its tables; who comes second waits here and finds them.
            self._connection.execute("BEGIN IMMEDIATE")
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in filter(str.strip, SCHEMA.split(";")):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise UsageError(f"The gradebook {path} was written by another version of this program: move it away.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def seed(self, week: str, wanted: int | None = None) -> int:
        """The seed of `week`: `wanted` if given, else the kept one, else a fresh one."""
        kept = self._connection.execute("SELECT seed FROM seeds WHERE week = ?", (week,)).fetchone()
        return wanted if wanted is not None else kept[0] if kept else secrets.randbelow(2**63)

    def keep_seed(self, week: str, seed: int) -> None:
        """Keep the seed of `week` for the next time."""
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO seeds VALUES (?, ?)", (week, seed))

    def start_run(self, run: Run, week_digest: str, again: bool = False) -> int:
        """Note that `run` begins, which grades anew what has a verdict if `again`; returns its number."""
        with self._connection:
            cursor = self._connection.execute(
                "INSERT INTO runs (week, week_digest, seed, confinement, again, payload) VALUES (?, ?, ?, ?, ?, ?)",
                (run.week, week_digest, str(run.seed), confinement(run.sandbox), again, json.dumps(asdict(run))),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def finish_run(self, number: int, run: Run) -> None:
        """Keep what is known of the run at its end, such as how long it took."""
        with self._connection:
            self._connection.execute(
                "UPDATE runs SET payload = ?, finished = 1 WHERE id = ?", (json.dumps(asdict(run)), number)
            )

    def save(self, number: int, verdict: Verdict) -> None:
        """Keep `verdict` as what run `number` gave its student, and reports of it."""
        with self._connection:
            self._connection.execute(
                "INSERT INTO verdicts (run, student, submission, saved, payload) VALUES (?, ?, ?, datetime(), ?)"
                " ON CONFLICT DO UPDATE"
                " SET submission = excluded.submission, saved = excluded.saved, payload = excluded.payload",
                (number, verdict.student, verdict.digest, json.dumps(verdict.to_dict())),
            )
            self._connection.execute(
                "INSERT OR REPLACE INTO reported SELECT run, student, id FROM verdicts WHERE (run, student) = (?, ?)",
                (number, verdict.student),
            )

    def keep(self, number: int, student: str, submission: str) -> Verdict | None:
        """The verdict that the same submission got in an earlier run; run `number` then reports it without grading.

        None when there is none, or when the last one was an error of ours. The same submission is one of the same
        `student` and digest, to a week of the same digest, with the same seed, confined in the same way. A run that
        grades anew keeps only what such runs gave that were interrupted since the last that finished: it goes on.
        """
        found = self._connection.execute(
            "SELECT verdicts.id, verdicts.payload FROM verdicts JOIN runs ON run = runs.id JOIN runs AS mine"
            " ON (runs.week, runs.week_digest, runs.seed, runs.confinement)"
            " = (mine.week, mine.week_digest, mine.seed, mine.confinement)"
            " WHERE (mine.id, student, submission) = (?, ?, ?) AND (NOT mine.again OR runs.again AND runs.id > ("
            f"SELECT {LAST_FINISHED}))"
            " ORDER BY verdicts.id DESC LIMIT 1",
            (number, student, submission),
        ).fetchone()
        verdict = Verdict.from_dict(json.loads(found[1])) if found else None
        if verdict is None or verdict.status == "error":
            return None
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO reported VALUES (?, ?, ?)", (number, student, found[0]))
        return verdict

    def carry_over(self, number: int, without: Collection[str]) -> None:
        """Let run `number` report what the week's runs before it reported last, except of the students `without`.

        Looked at are the last run that finished and those that were interrupted since. Raises `UsageError` when their
        submissions were confined in another way, or drew from another seed: such verdicts don't belong in one table.
        """
        rows = self._connection.execute(
            "SELECT reported.student, reported.verdict, max(reported.run), givers.confinement, givers.seed"
            " FROM reported JOIN runs ON runs.id = reported.run JOIN verdicts ON verdicts.id = reported.verdict"
            " JOIN runs AS givers ON givers.id = verdicts.run"
            " JOIN runs AS mine ON mine.week = runs.week AND mine.id > runs.id"
            f" WHERE mine.id = ? AND runs.id >= (SELECT {LAST_FINISHED})"
            " GROUP BY reported.student",
            (number,),
        ).fetchall()
        carried = [row for row in rows if row[0] not in without]
        mine = self.run(number)
        if any(row[3] != confinement(mine.sandbox) for row in carried):
            raise UsageError(
                "The other students' verdicts were made with another sandbox than this one: grade the whole class, "
                "without --student, or use the same --sandbox."
            )
        if any(row[4] != str(mine.seed) for row in carried):
            raise UsageError(
                "The other students' verdicts were made with another seed than this one: grade the whole class, "
                "without --student, or leave --seed out."
            )
        with self._connection:
            self._connection.executemany(
                "INSERT INTO reported VALUES (?, ?, ?)",
                [(number, student, verdict) for student, verdict, *_ in carried],
            )

    def run(self, number: int) -> Run:
        """Run `number` as it was kept last."""
        return _run(self._connection.execute("SELECT payload FROM runs WHERE id = ?", (number,)).fetchone()[0])

    def last_run(self, week: str) -> int:
        """The number of the latest run of `week`; raises `KeyError` when there was none."""
        row = self._connection.execute("SELECT max(id) FROM runs WHERE week = ?", (week,)).fetchone()
        if row[0] is None:
            raise KeyError(week)
        return int(row[0])

    def verdicts(self, number: int) -> list[Verdict]:
        """What run `number` reports of each student, sorted by student."""
        return [judgement.verdict for judgement in self.judgements(number)]

    def judgements(self, number: int) -> list[Judgement]:
        """What run `number` reports of each student, with the run that gave it, sorted by student."""
        return self._judgements("JOIN reported ON verdict = verdicts.id WHERE reported.run = ?", number)

    def history(self, student: str, week: str) -> list[Judgement]:
        """Every verdict that `student` got in `week`, oldest first."""
        return self._judgements("WHERE verdicts.student = ? AND week = ?", student, week)

    def students(self, week: str) -> list[str]:
        """Whoever ever got a verdict in `week`, sorted."""
        rows = self._connection.execute(
            "SELECT DISTINCT student FROM verdicts JOIN runs ON run = runs.id WHERE week = ? ORDER BY student", (week,)
        )
        return [student for (student,) in rows]

    def _judgements(self, which: str, *values: Any) -> list[Judgement]:
        query = (
            "SELECT verdicts.payload, runs.id, runs.payload, saved FROM verdicts JOIN runs ON verdicts.run = runs.id "
            f"{which} ORDER BY verdicts.student, verdicts.id"
        )
        with closing(self._connection.execute(query, values)) as rows:
            return [
                Judgement(Verdict.from_dict(json.loads(verdict)), number, _run(run), saved)
                for verdict, number, run, saved in rows
            ]


def confinement(sandbox: str) -> str:
    """How much a sandbox of this level confines: verdicts made under `none` and under `full` are never mixed."""
    return "none" if sandbox.startswith("none") else "full"


def _run(payload: str) -> Run:
    values = json.loads(payload)
    return Run(**{**values, "question_keys": tuple(values["question_keys"])})
