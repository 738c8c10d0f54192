"""The sample submissions of every week, and what each says about itself in its first lines.

`# loses: q2; may lose: q3 q6`: the questions that a wrong one must lose points on, and those that may follow from it.
The next line names the mistake: `# names: the ball is around the previous iterate`, or the module's docstring. Where no
known mistake is told, but the message says in other words what is wrong, `# told: got float64` in between has some.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.verdict import Verdict
from autograder.week import ROOT, load_week, week_names
from tests.autograder.conftest import Graded, messages, run_grade

SAMPLES = ROOT / "tests" / "submissions"
DEMO = ROOT / "demo" / "submissions"
WEEKS = [name for name in week_names() if (SAMPLES / name).is_dir()]
POINTS = {week: {question.key: question.points for question in load_week(week).questions} for week in WEEKS}


# Each takes as long as five others: one compiles every call anew, in the others one mistake leads to many.
LONG = {
    "adversarial_fit__accuracy_before_epoch",
    "compiled_loops",
    "project_linf__arguments_swapped",
    "project_linf__float64",
    "project_linf__max_for_min",
    "train_step__adversarial_only",
}


@dataclass(frozen=True)
class Sample:
    """A submission that the grader's verdict is known for: the questions it `must` lose, and those it `may` lose.

    `mistake` is what is wrong with it, in its author's words; `told` are words of the message that say so, where they
    are not those of a known mistake.
    """

    week: str
    path: Path
    must: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    mistake: str = ""
    told: str = ""

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def correct(self) -> bool:
        return not self.must


def samples(week: str) -> list[Sample]:
    """Every sample of `week`, the correct ones first."""
    folder = SAMPLES / week
    correct = [Sample(week, path) for path in sorted((folder / "correct").glob("*.py"))]
    return correct + [_wrong(week, path) for path in sorted((folder / "wrong").glob("*.py"))]


def few_samples(week: str, correct: int, questions: Sequence[str] = ()) -> list[Sample]:
    """So many `correct` samples of `week`, and a wrong one for each of the `questions`; none of the `LONG` ones.

    Without `questions`: for each that the week has.
    """
    of_week = [sample for sample in samples(week) if sample.name not in LONG]
    right = [sample for sample in of_week if sample.correct][:correct]
    wrong = [next(sample for sample in of_week if key in sample.must) for key in questions or POINTS[week]]
    return right + wrong


def _wrong(week: str, path: Path) -> Sample:
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    declared = re.fullmatch(r"# loses: ([\w ]+)(?:; may lose: ([\w ]+))?", first)
    if declared is None:
        raise ValueError(f"{path}: its first line should be like '# loses: q2; may lose: q3 q6', and is {first!r}")
    must, may = (frozenset((part or "").split()) for part in declared.groups())
    unknown = (must | may) - set(POINTS[week])
    if unknown or not must:
        raise ValueError(f"{path}: {week} has no question {', '.join(sorted(unknown))}")
    told = rest.pop(0).removeprefix("# told: ") if rest[0].startswith("# told: ") else ""
    return Sample(week, path, must, may, rest[0].removeprefix("# names: ").strip('"'), told)


def grade_samples(chosen: list[Sample], folder: Path, *options: str) -> Graded:
    """Grade samples of one week as one class, the name of each file its student."""
    (folder / "class").mkdir(parents=True)
    for sample in chosen:
        shutil.copy(sample.path, folder / "class" / sample.path.name)
    graded = run_grade(folder / "class", folder / "out", "--quiet", *options, week=chosen[0].week)
    assert graded.returncode == 0, graded.output
    return graded


def lost(graded: Graded, week: str, student: str) -> set[str]:
    """By the file of grades: the questions that did not earn all their points."""
    return {key for key, points in POINTS[week].items() if float(graded.rows[student][key]) < points}


def lost_by(verdict: Verdict) -> set[str]:
    """The questions that did not earn all their points."""
    return {question.key for question in verdict.questions if question.earned < question.possible}


def is_as_declared(verdict: Verdict, sample: Sample) -> bool:
    """Whether the sample lost points on the questions that it must, and on none but those that it may."""
    return verdict.status == "graded" and sample.must <= lost_by(verdict) <= sample.must | sample.may


def assert_as_declared(verdict: Verdict, sample: Sample) -> None:
    """The sample lost points on the questions that it says, and on no others, and was told the words that it says."""
    told = "\n".join(messages(verdict))
    assert is_as_declared(verdict, sample), (verdict.status, lost_by(verdict), told)
    assert sample.told in told
