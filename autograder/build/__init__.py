"""Make what students get from the solutions, and refuse what isn't fit to hand out."""

from autograder.build.build import Folders, build

__all__ = ["Folders", "build"]
