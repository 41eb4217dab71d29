"""
The command `aegis events …`, run as a user runs it: in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_MAIN = """
import sys
from aegis_shell import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Said:
    """
    What a command left behind.
    """

    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        """
        The one JSON object that it printed, of a command that went well.
        """
        assert self.code == 0, self.err
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def lines(self) -> list[dict[str, Any]]:
        """
        Its JSON Lines.
        """
        return [json.loads(line) for line in self.out.splitlines()]


async def start(
    *arguments: str, env: Mapping[str, str] | None = None, group: str = "events"
) -> asyncio.subprocess.Process:
    """
    Start `aegis events`, or the commands of another group, with these arguments.
    """
    first = (env or {}).get("PYTHONPATH", "")
    paths = [first, str(_ROOT / "sdk"), str(_ROOT / "mockserver"), os.environ.get("PYTHONPATH", "")]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _MAIN,
        group,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {}), "PYTHONPATH": os.pathsep.join(paths)},
    )


async def aegis_events(*arguments: str, timeout: float = 60.0, env: Mapping[str, str] | None = None) -> Said:
    """
    Run `aegis events` with these arguments to its end.
    """
    return await _to_its_end(await start(*arguments, env=env), timeout)


async def aegis_topics(*arguments: str, timeout: float = 60.0, env: Mapping[str, str] | None = None) -> Said:
    """
    Run `aegis topics` likewise.
    """
    return await _to_its_end(await start(*arguments, env=env, group="topics"), timeout)


async def _to_its_end(process: asyncio.subprocess.Process, timeout: float) -> Said:
    try:
        out, err = await asyncio.wait_for(process.communicate(), timeout)
    except TimeoutError:
        process.kill()
        raise
    return Said(process.returncode or 0, out.decode(), err.decode())
