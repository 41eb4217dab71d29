"""
The documentation, built once and served on loopback as it would be on the web.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parents[2]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the library)
        """
        Say nothing: a request is no news.
        """


@contextmanager
def served_site(folder: Path) -> Iterator[str]:
    """
    Build the documentation into *folder*, serve it, and yield its address.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    environment = {**os.environ, "AEGIS_DOCS_URL": address, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


def pages() -> list[str]:
    """
    Return the path of every page of the site, in both languages, by the files that they are written in.
    """
    english = sorted(path.relative_to(ROOT / "docs" / "en") for path in (ROOT / "docs" / "en").rglob("*.md"))
    addresses = ["" if str(path) == "index.md" else f"{path.with_suffix('').as_posix()}/" for path in english]
    addresses = [address.replace("/index/", "/") for address in addresses]
    return [*addresses, *(f"ko/{address}" for address in addresses)]


def source(path: str) -> Path:
    """
    Return the Korean file of a page, there or not.
    """
    name = path.removeprefix("ko/").rstrip("/") or "index"
    return ROOT / "docs" / "ko" / f"{name}.md"
