"""
Clients in Node: each runs in a process of its own, with a preload that refuses every address but this machine's.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from tests.clients.calls import HERE, Client, RefusedError

NODE = HERE / "node"


class NodeCaller:
    """
    A client in a process that reads calls and writes results, a line of JSON each.
    """

    def __init__(self, client: Client, url: str) -> None:
        command = ["node", "--require", str(NODE / "guard.cjs"), str(NODE / "main.mjs"), client.module, url]
        environment = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
        self._left: list[str] = []
        self._process = subprocess.Popen(
            command, cwd=NODE, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def call(self, name: str, *arguments: Any) -> Any:
        """
        Make a call.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        print(json.dumps([name, *arguments]), file=stdin, flush=True)
        for line in stdout:
            if not line.startswith("\x1e"):  # a client's own chatter
                continue
            told = json.loads(line[1:])
            self._left += told["left"]
            if "error" in told:
                raise RefusedError(told["error"]["type"], told["error"]["text"])
            return told.get("value")
        raise AssertionError(f"the client's process ended with {self._process.wait()}")

    def left(self) -> list[str]:
        """
        Return where it wanted to go.
        """
        return list(self._left)

    def close(self) -> None:
        """
        End the process.
        """
        self._process.kill()
        self._process.communicate()
