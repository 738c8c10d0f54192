"""The student bundle: one zip to post on a course page, with all that a student needs and nothing that grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.build.requirements import for_students
from autograder.build.templates import render
from autograder.build.zips import course_files, make_zip
from autograder.week import Week

FOLDER = "adversarial-course"


def student_bundle(weeks: Sequence[Week], assignments: Mapping[str, bytes]) -> bytes:
    """The zip's content. `assignments` maps `week01/week01.py` and so on to what each file holds."""
    files = dict(assignments)
    files.update(course_files())
    files["requirements.txt"] = render("student_requirements.txt.j2", packages=for_students())
    files["pyproject.toml"] = render("student_pyproject.toml.j2")
    files["README.md"] = render("student.md.j2", weeks=weeks)
    return make_zip({f"{FOLDER}/{name}": content for name, content in files.items()})
