"""Build, check and grade the course: the trusted side."""
