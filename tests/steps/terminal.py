"""
A terminal of a newcomer: a shell that keeps its folder, environment and running programs from one command to the next.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

_END = "::typed::"


class Terminal:
    """
    A shell in *folder*; close it, and whatever still runs in it ends.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        Thread(target=self._read, daemon=True).start()

    def type(self, command: str, *, timeout: float) -> str:
        """
        Type a command, wait for its end, and return what it said; an exit code other than 0 is an error.
        """
        self._write(f"{command}\necho {_END}$?\n")
        said: list[str] = []
        while not (line := self._next(timeout, said)).startswith(_END):
            said.append(line)
        assert line.strip() == f"{_END}0", f"$ {command}\n{''.join(said)}(ended with {line.strip()[len(_END) :]})"
        return "".join(said)

    def start(self, command: str, *, until: str, timeout: float) -> str:
        """
        Type a command that goes on, and return what it said until the text *until* came.
        """
        self._write(f"{command}\n")
        said: list[str] = []
        while not said or until not in said[-1]:
            said.append(self._next(timeout, said))
        return "".join(said)

    def close(self) -> None:
        """
        End the shell and what runs in it.
        """
        if self._shell.poll() is None:
            os.killpg(self._shell.pid, signal.SIGTERM)
        try:
            self._shell.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._shell.pid, signal.SIGKILL)
            self._shell.wait(10)

    def _write(self, text: str) -> None:
        assert self._shell.stdin is not None
        self._shell.stdin.write(text)
        self._shell.stdin.flush()

    def _read(self) -> None:
        assert self._shell.stdout is not None
        for line in self._shell.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _next(self, timeout: float, said: list[str]) -> str:
        end = time.monotonic() + timeout
        try:
            line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"nothing came for {timeout} s after:\n{''.join(said)}") from None
        assert line is not None, f"the shell ended after:\n{''.join(said)}"
        return line
