"""
The standard clients of other languages, as they are: what they send is read, and each request has its own answer.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site
from aegis_mockserver.pytest_plugin import MockServer

CLIENTS = Path(__file__).parent / "clients"
NAMED = {"application/json": {"schema": {"type": "object", "required": ["name"]}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Names", "version": "1"},
    "paths": {
        "/names": {
            "get": {"operationId": "list", "responses": {"200": {"description": "ok"}}},
            "post": {
                "operationId": "add",
                "requestBody": {"required": True, "content": NAMED},
                "responses": {"201": {"description": "made"}, "400": {"description": "refused"}},
            },
        }
    },
}
COMMANDS = {
    "java": ["java", str(CLIENTS / "Client.java")],
    "go": ["go", "run", str(CLIENTS / "client.go")],
    "node": ["node", str(CLIENTS / "client.mjs")],
}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(Site([load(DOCUMENT)])) as running:
        yield running


def _lacks(name: str) -> str | None:
    """
    Say that a language is not installed, if it is not.
    """
    return None if shutil.which(name) else f"{name} is not installed"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_standard_client_is_understood(server: MockServer, name: str) -> None:
    """
    Two valid requests, an invalid one, one that waits for 100 Continue, and a last one on a used connection.
    """
    if reason := _lacks(name):
        pytest.skip(reason)
    run = subprocess.run([*COMMANDS[name], server.url], capture_output=True, text=True, timeout=100, check=False)
    assert (run.stdout.split(), run.stderr) == (["201", "201", "400", "201", "200"], "")


@pytest.mark.parametrize("options", [["--http2"], ["--http1.0"], ["-H", "Expect: 100-continue"], ["--proxy"]])
def test_curl_is_understood(server: MockServer, options: list[str]) -> None:
    """
    curl's offer of HTTP/2, its HTTP/1.0, its 100-continue, and the mock taken for a proxy (absolute-form).
    """
    if reason := _lacks("curl"):
        pytest.skip(reason)
    url = f"{server.url}/names"
    if options == ["--proxy"]:
        options, url = ["--proxy", server.url], "http://names.test/names"
    sent = ["-H", "Content-Type: application/json", "-d", '{"name": "a"}']
    command = [
        "curl",
        "-s",
        "-S",
        *options,
        *sent,
        url,
        url,
        "-w",
        "%{http_code} ",
        "-o",
        "/dev/null",
        "-o",
        "/dev/null",
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert (run.stdout.split(), run.stderr) == (["201", "201"], "")
