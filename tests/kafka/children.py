"""
Processes that tests start, kill and start again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]


class Children:
    """
    Processes of one test; whatever happens, none outlives it.

    Args:
        folder: where their output goes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, script: str, *arguments: str) -> subprocess.Popen[bytes]:
        """
        Run one of the scripts in `processes/`.
        """
        log = (self._folder / f"{script}.log").open("ab")
        paths = [str(_ROOT / "sdk"), str(_ROOT / "mockserver"), str(_HERE)]
        process = subprocess.Popen(
            [sys.executable, str(_HERE / "processes" / f"{script}.py"), *arguments],
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        log.close()
        self._running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """
        End a process as a power cut would.
        """
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._running.remove(process)

    def end(self, process: subprocess.Popen[bytes], timeout: float = 20.0) -> int:
        """
        Ask a process to end, and give its exit code.
        """
        process.terminate()
        self._running.remove(process)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def end_all(self) -> None:
        """
        Kill whatever still runs.
        """
        for process in list(self._running):
            self.kill(process)

    def said(self, script: str) -> str:
        """
        The end of what a script's processes have printed.
        """
        path = self._folder / f"{script}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""
