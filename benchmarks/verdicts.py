"""The verdict matrix: every sample submission against every question, what was expected and what was given.

    .venv/bin/python -m benchmarks.verdicts [WEEK…] [--seed N]

grades the samples under tests/submissions with `autograder grade` and writes docs/verdicts.md: points by question, the
questions that had to be lost, and beside each mistake what the student was told of it, for a person to judge: the known
mistake, or the message that names it in other words. Weeks that are not named keep their part of the file. Exits with 1
when a verdict is not the expected one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from autograder.grading.reference import load_mistakes
from autograder.pools.machine import worker_count
from autograder.verdict import Verdict
from autograder.week import ROOT, load_week
from tests.autograder.conftest import messages
from tests.autograder.samples import POINTS, WEEKS, Sample, grade_samples, is_as_declared, samples

OUT = ROOT / "docs" / "verdicts.md"
HEAD = (
    "# Verdicts on the sample submissions\n\n"
    "Made by `python -m benchmarks.verdicts`. Bold: less than the question's points.\n\n"
)


def named(verdict: Verdict, sentences: set[str]) -> list[str]:
    """The known mistakes that the student is told."""
    return sorted({sentence for sentence in sentences for message in messages(verdict) if sentence in message})


def in_other_words(verdict: Verdict, told: str) -> list[str]:
    """The first message that has the words `told`, which name the mistake."""
    return [message for message in messages(verdict) if told and told in message][:1]


def kept_sections(path: Path) -> dict[str, str]:
    """The parts of the file that is there, by week."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {part.split()[0]: f"## {part.rstrip()}\n\n" for part in text.split("\n## ")[1:]}


def section(week: str, verdicts: dict[str, Verdict], seed: int) -> tuple[str, int]:
    """The table of one week as Markdown, and how many verdicts are not the expected ones."""
    keys = list(POINTS[week])
    sentences = {sentence for known in load_mistakes(load_week(week)).values() for sentence, _ in known}
    rows, surprises, known, other = [], 0, 0, 0
    for sample in samples(week):
        verdict = verdicts[sample.name]
        good = is_as_declared(verdict, sample)
        surprises += not good
        points = [_points(sample, verdict, key) for key in keys]
        told = named(verdict, sentences)
        known += bool(told)
        if not told:
            told = in_other_words(verdict, sample.told)
            other += bool(told)
        expected = "all points" if sample.correct else f"loses {' '.join(sorted(sample.must))}"
        rows.append(_row(sample.name, expected, *points, "yes" if good else "**no**", sample.mistake, " / ".join(told)))
    wrong = sum(not sample.correct for sample in samples(week))
    heading = (
        f"Seed {seed}: {len(rows) - wrong} correct and {wrong} wrong submissions; {surprises} verdicts other than "
        f"expected; of the wrong ones {known} were told a known mistake, and {other} their mistake in other words."
    )
    table = [
        f"## {week}", "", heading, "",
        _row("submission", "expected", *keys, "as expected", "its mistake", "what the student is told"),
        _row(*["---"] * (len(keys) + 5)),
    ]  # fmt: skip
    return "\n".join([*table, *rows, "", ""]), surprises


def _points(sample: Sample, verdict: Verdict, key: str) -> str:
    given = next((question for question in verdict.questions if question.key == key), None)
    if given is None:
        return "–"
    text = f"{given.earned:g}"
    return f"**{text}**" if given.earned < given.possible else text


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main() -> None:
    """Grade, write the matrix, and say how many verdicts were not the expected ones."""
    parser = argparse.ArgumentParser(description="Grade every sample submission and write docs/verdicts.md.")
    parser.add_argument("weeks", nargs="*", metavar="WEEK", help=f"default: {' '.join(WEEKS)}")
    parser.add_argument("--seed", type=int, default=1, help="the run's seed")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    weeks = arguments.weeks or WEEKS
    if unknown := set(weeks) - set(WEEKS):
        parser.error(f"there are no samples of {', '.join(sorted(unknown))}; there are of {', '.join(WEEKS)}")
    sections, surprises = kept_sections(arguments.out), 0
    with tempfile.TemporaryDirectory() as folder:
        for week in weeks:
            print(f"{week}: grading {len(samples(week))} submissions", flush=True)
            workers = str(worker_count(len(samples(week))))
            options = ("--seed", str(arguments.seed), "--workers", workers)
            graded = grade_samples(samples(week), Path(folder) / week, *options)
            sections[week], unexpected = section(week, graded.verdicts, arguments.seed)
            print(sections[week].splitlines()[2])
            surprises += unexpected
    text = HEAD + "".join(sections[week] for week in sorted(sections))
    arguments.out.write_text(text.rstrip() + "\n", encoding="utf-8")
    print(f"Written to {arguments.out}.")
    sys.exit(1 if surprises else 0)


if __name__ == "__main__":
    main()
