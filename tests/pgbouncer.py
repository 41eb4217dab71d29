"""
A PgBouncer of the tests' own before a PostgreSQL: sessions belong to nobody, as in front of many a hosted database.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.ports import free_port
from tests.postgres_server import somebody

__all__ = ["pooled", "skip_without_pgbouncer"]

_CONFIG = """
[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
server_reset_query =
logfile = {folder}/pgbouncer.log
"""


def _program() -> str | None:
    places = [shutil.which("pgbouncer"), "/usr/sbin/pgbouncer"]
    return next((place for place in places if place and Path(place).exists()), None)


def skip_without_pgbouncer() -> str | None:
    """
    The reason to skip tests that need a pooler, or None if one can be started.
    """
    return None if _program() else "PgBouncer is not installed"


@contextmanager
def pooled(dsn: str) -> Iterator[str]:
    """
    Run a PgBouncer that pools by transactions, and give the address of the same database behind it.
    """
    parts = urlsplit(dsn)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="aegis-pgbouncer-"))
    identity: dict[str, Any] = {}
    # It does not run as root, and the server's socket is for the server's user.
    if os.geteuid() == 0 and (user := somebody()):
        os.chown(folder, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    config = folder / "pgbouncer.ini"
    # auth_type any signs every client in as the user that the database's line names.
    line = _CONFIG.format(host=f"{host} user={parts.username or 'tests'}", port=port, folder=folder)
    config.write_text(line, encoding="utf-8")
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([str(_program()), str(config)], stdout=said, stderr=said, cwd=folder, **identity)
    try:
        _wait(port, process)
        yield f"postgresql://{parts.username or 'tests'}@127.0.0.1:{port}{parts.path}"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"PgBouncer ended with {process.returncode}")
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("PgBouncer does not listen")
