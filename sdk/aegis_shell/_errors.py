"""
How a command ends: the exit codes, and the error that carries one.
"""

from __future__ import annotations

OK, FOUND, USAGE, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 130


class CommandError(Exception):
    """
    Ends a command with a sentence for the user and an exit code.
    """

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.exit_code = code
