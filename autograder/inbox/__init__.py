"""The inbox: which submissions lie under a path, and their source, read so that no name, link or device can do harm.

A class is a folder, or a zip archive of one, with a folder per student (`<student>/week01.py`), flat files
(`<student>.py`), or both mixed; or what Canvas, Moodle or Gradescope give to download, as it came or unpacked. Where
there is no module a notebook is taken for it. What can't be accepted becomes an entry with a `refusal`, so that the
others are graded all the same. Nothing but the file that counts is ever opened: what else a student hands in
(`numpy.py`, `conftest.py`) has no effect.
"""

from autograder.inbox.entry import MAX_BYTES as MAX_BYTES
from autograder.inbox.entry import About as About
from autograder.inbox.entry import Entry as Entry
from autograder.inbox.entry import RefusedError as RefusedError
from autograder.inbox.find import find_submissions as find_submissions
from autograder.inbox.find import read_submission as read_submission
