"""
A PostgreSQL server of the tests' own, in a temporary folder, without a network port.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PLACES = [Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/homebrew/opt/postgresql")]


def program(name: str) -> str | None:
    """
    Where a program of PostgreSQL is: on the path, or where distributions put it.
    """
    if found := shutil.which(name):
        return found
    candidates = [path for place in _PLACES for path in place.glob(f"*/bin/{name}")]
    return str(max(candidates)) if candidates else None


def skip_without_postgres() -> str | None:
    """
    The reason to skip tests that need PostgreSQL, or None if one can be started or is named.
    """
    if os.environ.get("AEGIS_POSTGRES_DSN"):
        return None
    for name in ("initdb", "postgres"):
        if program(name) is None:
            return f"PostgreSQL is not installed (no {name}), nor does AEGIS_POSTGRES_DSN name a server"
    if os.geteuid() == 0 and somebody() is None:
        return "PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as"
    return None


class Server:
    """
    A server in a folder of its own, which can be stopped and started again.

    Args:
        settings: of the server, by name.
    """

    def __init__(self, **settings: str | int) -> None:
        self._settings = settings
        self._port = int(settings.get("port", 5432))
        self._folder = Path(tempfile.mkdtemp(prefix="aegis-pg-"))
        user = somebody() if os.geteuid() == 0 else None
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        if user:
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        self._quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": self._folder,
            **identity,
        }
        make = [program("initdb"), "-D", self._folder / "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([str(part) for part in make], check=True, **self._quiet)
        port = f"&port={self._port}" if self._port != 5432 else ""
        self.dsn = f"postgresql://tests@/postgres?host={self._folder}{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """
        Start it, and wait until it answers.
        """
        server: list[object] = [program("postgres"), "-D", self._folder / "data", "-k", self._folder]
        server += ["-c", "listen_addresses=", "-c", "fsync=off"]
        for name, value in self._settings.items():
            server += ["-c", f"{name}={value}"]
        self._process = subprocess.Popen([str(part) for part in server], **self._quiet)
        _wait(self._folder, self._process, self._port)

    def stop(self) -> None:
        """
        End it as a restart does: whoever is connected is sent away (the mode ``fast``).
        """
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def remove(self) -> None:
        """
        Stop it for good.
        """
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def running(**settings: str | int) -> Iterator[str]:
    """
    Run a server and give its address; or give the one that AEGIS_POSTGRES_DSN names.

    Args:
        settings: of the server, by name; a server with settings is always started.
    """
    if not settings and (named := os.environ.get("AEGIS_POSTGRES_DSN")):
        yield named
        return
    with own(**settings) as server:
        yield server.dsn


@contextmanager
def own(**settings: str | int) -> Iterator[Server]:
    """
    Run a server that is nobody else's.
    """
    server = Server(**settings)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def somebody() -> pwd.struct_passwd | None:
    """
    Whom to run as what does not run as root.
    """
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _wait(folder: Path, process: subprocess.Popen[bytes], port: int) -> None:
    import asyncio

    import asyncpg

    async def ask() -> None:
        async with asyncio.timeout(30):
            while True:
                try:
                    connection = await asyncpg.connect(host=str(folder), port=port, user="tests", database="postgres")
                except (OSError, asyncpg.PostgresError):
                    if process.poll() is not None:
                        raise RuntimeError(f"PostgreSQL ended with {process.returncode}") from None
                    await asyncio.sleep(0.05)
                else:
                    await connection.close()
                    return

    asyncio.run(ask())


__all__ = ["Server", "own", "program", "running", "skip_without_postgres", "somebody"]
