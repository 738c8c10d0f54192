"""What Gradescope runs for each submission: it is graded behind the sandbox, and `results.json` written.

Gradescope makes a container for each submission and runs `run_autograder` in it as root. Below its folder lie
`source` (our zip: this package, `course`, the week), `submission`, and `results`. Where the container's kernel has no
Landlock, or too old a one, the submission runs as a user of its own (`autograder/confinement/unprivileged.py`).
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.confinement.sandbox import Sandbox, choose_sandbox
from autograder.confinement.unprivileged import as_another_user, close_to_others
from autograder.confinement.workers import Worker
from autograder.errors import UsageError
from autograder.inbox import RefusedError, read_submission
from autograder.inbox.found import checked
from autograder.inbox.places import Folder
from autograder.provenance import new_run, week_digest
from autograder.reports.formats import gradescope_result
from autograder.reports.rows import row_of
from autograder.start import import_keras
from autograder.verdict import Verdict
from autograder.week import ROOT, Week, load_week, week_names
from autograder.whole_files import write_atomically

STUDENT = "submission"  # Gradescope knows whose it is
SECRETS = ("source/solutions", "results", "submission", "submission_metadata.json")


def main(base: Path) -> int:
    """Grade `base/submission` into `base/results/results.json`. Returns the exit status.

    0: graded, whatever it scored. 1: an error of ours. Then there are no results, so that Gradescope says that the
    autograder failed, and nobody gets a zero for it; the reason is printed, which only instructors see.
    """
    results = base / "results" / "results.json"
    results.unlink(missing_ok=True)
    (name,) = week_names()
    week = load_week(name)
    secrets = [path for secret in SECRETS if (path := base / secret).exists()]
    try:
        sandbox = choose(secrets)
    except UsageError as error:
        print(error)
        return 1
    # Of everybody's submissions and of each again the same inputs, which follow from what no student has.
    seed = int(week_digest(week)[:15], 16)
    verdict = grade(base, week, sandbox, seed)
    row = row_of(new_run(week, sandbox.level, "CPU", seed), verdict)
    print(f"Sandbox: {sandbox.level}. {verdict.status} in {verdict.seconds:.0f} s.")
    if row.score is None:
        print(verdict.message, *(case.detail for question in verdict.questions for case in question.cases), sep="\n")
        return 1
    write_atomically(results, gradescope_result(row))
    return 0


def choose(secrets: list[Path]) -> Sandbox:
    """The sandbox, or else, as root, a user of its own. Raises `UsageError` where a submission could read a secret."""
    close_to_others(secrets)
    try:
        return choose_sandbox("auto", gpu=False)
    except UsageError as error:
        try:
            return as_another_user(secrets)
        except UsageError as also:
            raise UsageError(f"{error} {also}") from None


def grade(base: Path, week: Week, sandbox: Sandbox, seed: int) -> Verdict:
    """The verdict on what lies in `base/submission`: the week's module, or where there is none its notebook."""
    folder = base / "submission"
    notebook = f"{week.name}.ipynb"
    name = notebook if (folder / notebook).exists() and not (folder / week.module).exists() else week.module
    try:
        source = read_submission(checked(Folder(base), (folder.name, name), STUDENT, STUDENT).entry)
    except RefusedError as error:
        return Verdict(STUDENT, week.name, "refused", message=str(error))
    with Worker(sandbox, cpu_seconds=week.cpu_seconds) as worker:
        import_keras()  # while the worker does

        from autograder.grading.grade import Grader

        return Grader(week, seed, worker).grade(STUDENT, source)


if __name__ == "__main__":
    sys.exit(main(ROOT.parent))
