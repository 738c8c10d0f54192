"""Errors that a user of the commands can cause: one clear line and exit status 2."""


class UsageError(Exception):
    """Something the user gave or chose can't be used; the text says what was expected and what to do."""
