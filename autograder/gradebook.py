"""The gradebook: an SQLite file that keeps every run, every verdict and each week's seed.

A verdict is kept under (student, week, digest of the submission, digest of the week): saving it again replaces it, and
a changed submission or week adds one beside it, so that the history stays. Runs point at the verdicts they gave.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import AbstractContextManager, closing
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.errors import UsageError
from autograder.verdict import Run, Verdict

VERSION = 1
SCHEMA = """
CREATE TABLE seeds (week TEXT PRIMARY KEY, seed INTEGER NOT NULL);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, week TEXT NOT NULL, week_digest TEXT NOT NULL, payload TEXT NOT NULL
);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    student TEXT NOT NULL,
    week TEXT NOT NULL,
    submission TEXT NOT NULL,
    week_digest TEXT NOT NULL,
    saved TEXT NOT NULL,
    payload TEXT NOT NULL,
    UNIQUE (student, week, submission, week_digest)
);
CREATE TABLE run_verdicts (
    run INTEGER NOT NULL REFERENCES runs,
    student TEXT NOT NULL,
    verdict INTEGER NOT NULL REFERENCES verdicts,
    PRIMARY KEY (run, student)
);
"""


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
        """The seed of `week`: `wanted` if given, else the kept one, else a fresh one. It is kept for the next time."""
        kept = self._connection.execute("SELECT seed FROM seeds WHERE week = ?", (week,)).fetchone()
        seed = wanted if wanted is not None else kept[0] if kept else secrets.randbelow(2**63)
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO seeds VALUES (?, ?)", (week, seed))
        return seed

    def start_run(self, run: Run, week_digest: str) -> int:
        """Note that `run` begins; returns its number."""
        with self._connection:
            cursor = self._connection.execute(
                "INSERT INTO runs (week, week_digest, payload) VALUES (?, ?, ?)",
                (run.week, week_digest, json.dumps(asdict(run))),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def finish_run(self, number: int, run: Run) -> None:
        """Keep what is known of the run at its end, such as how long it took."""
        with self._connection:
            self._connection.execute("UPDATE runs SET payload = ? WHERE id = ?", (json.dumps(asdict(run)), number))

    def save(self, number: int, verdict: Verdict) -> None:
        """Keep `verdict` as what run `number` said of its student."""
        key = (verdict.student, verdict.week, verdict.digest, self._week_digest(number))
        with self._connection:
            self._connection.execute(
                "INSERT INTO verdicts (student, week, submission, week_digest, saved, payload)"
                " VALUES (?, ?, ?, ?, datetime(), ?)"
                " ON CONFLICT DO UPDATE SET payload = excluded.payload, saved = excluded.saved",
                (*key, json.dumps(verdict.to_dict())),
            )
            self._connection.execute(
                "INSERT OR REPLACE INTO run_verdicts SELECT ?, student, id FROM verdicts"
                " WHERE (student, week, submission, week_digest) = (?, ?, ?, ?)",
                (number, *key),
            )

    def _week_digest(self, number: int) -> str:
        row = self._connection.execute("SELECT week_digest FROM runs WHERE id = ?", (number,)).fetchone()
        return str(row[0])

    def run(self, number: int) -> Run:
        """Run `number` as it was kept last."""
        row = self._connection.execute("SELECT payload FROM runs WHERE id = ?", (number,)).fetchone()
        values = json.loads(row[0])
        return Run(**{**values, "question_keys": tuple(values["question_keys"])})

    def last_run(self, week: str) -> int:
        """The number of the latest run of `week`; raises `KeyError` when there was none."""
        row = self._connection.execute("SELECT max(id) FROM runs WHERE week = ?", (week,)).fetchone()
        if row[0] is None:
            raise KeyError(week)
        return int(row[0])

    def verdicts(self, number: int) -> list[Verdict]:
        """What run `number` said of each student, sorted by student."""
        return self._read(
            "SELECT payload FROM verdicts JOIN run_verdicts ON verdict = id WHERE run = ? ORDER BY verdicts.student",
            number,
        )

    def history(self, student: str, week: str) -> list[Verdict]:
        """Every verdict that `student` got in `week`, oldest first."""
        return self._read("SELECT payload FROM verdicts WHERE student = ? AND week = ? ORDER BY id", student, week)

    def _read(self, query: str, *values: Any) -> list[Verdict]:
        with closing(self._connection.execute(query, values)) as rows:
            return [Verdict.from_dict(json.loads(payload)) for (payload,) in rows]
