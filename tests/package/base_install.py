"""
Run by `nox -s package` where only the base wheel is installed: the SDK imports, calls a client, and an extra that is
missing says its name.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import aegis_sdk
from aegis_sdk import UserClient

HEALTHY = {"database": "healthy", "redis": "healthy", "kafka": "healthy"}


class Provider(BaseHTTPRequestHandler):
    """
    A provider that is healthy, and knows nothing else.
    """

    def do_GET(self) -> None:
        body = json.dumps({"status": "healthy", "timestamp": "2026-01-01T00:00:00Z", "checks": HEALTHY}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """
        Say nothing.
        """


def main() -> int:
    """
    Check what a base install promises; an assertion says what it does not keep.
    """
    installed = Path(aegis_sdk.__file__).resolve()
    assert "site-packages" in installed.parts, f"imported from the checkout: {installed}"
    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with UserClient(base_url=f"http://127.0.0.1:{server.server_port}", token="base-install") as client:
        health = client.service.health()
    server.shutdown()
    assert health.status == "healthy", health
    command = [sys.executable, "-m", "aegis_shell", "mock"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 3, said
    assert "aegis-integration[mock]" in said.stderr, said.stderr
    assert "Traceback" not in said.stderr, said.stderr
    print("base install: 1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
