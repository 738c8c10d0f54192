"""The zip for Gradescope: the grader itself with one week, so that it grades there as it does here."""

from __future__ import annotations

from autograder.build.requirements import COURSE, pinned
from autograder.build.templates import render
from autograder.build.zips import course_files, folder_files, make_zip
from autograder.week import ROOT, Week

# What the grader needs beside the course. Otter without its [grading]: only its test files are read.
GRADER = ("otter-grader", "landlockpy", "msgpack", "psutil", "jinja2", "MarkupSafe", "packaging", "rich", "PyYAML")
NOT_FOR_GRADING = ("build/", "cli.py")


def gradescope_zip(week: Week) -> bytes:
    """The zip's content. It holds the solution and the hidden cases: it is for Gradescope and not for students."""
    files = {"setup.sh": render("gradescope_setup.sh.j2"), "run_autograder": render("gradescope_run.sh.j2")}
    packages = [line.replace("[grading]", "") for line in pinned((*COURSE, *GRADER))]
    files["requirements.txt"] = "".join(f"{line}\n" for line in packages).encode()
    files["README.md"] = render("gradescope.md.j2", week=week)
    files.update(course_files())
    for name, content in folder_files(ROOT / "autograder").items():
        if not name.startswith(NOT_FOR_GRADING):
            files[f"autograder/{name}"] = content
    for name, content in folder_files(week.folder).items():
        if name != week.lab.name:
            files[f"solutions/{week.name}/{name}"] = content
    return make_zip(files)
