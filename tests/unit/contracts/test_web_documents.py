"""
Documents from the web read the web only, and their own host only unless told.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import ContractError, load

PATHS: dict[str, Any] = {}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = PATHS.get(self.path)
        if isinstance(found, str):
            self.send_response(302)
            self.send_header("Location", found)
            self.end_headers()
            return
        self.send_response(200 if found is not None else 404)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """
        Say nothing.
        """


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def _document(reference: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": reference}}}
    operation = {"operationId": "read", "responses": {"200": {"description": "ok", "content": content}}}
    return {"openapi": "3.1.0", "info": {"title": "Web", "version": "1"}, "paths": {"/": {"get": operation}}}


def _schema(port: int, **options: Any) -> Any:
    operation = load(f"http://127.0.0.1:{port}/api.json", **options).operations["read"]
    schema = operation.responses["200"].content["application/json"].schema
    assert schema is not None
    return schema.projected("response")


def test_what_is_beside_it_is_read(port: int) -> None:
    """
    A relative reference, and a redirection on the same host, are followed.
    """
    PATHS.update({"/api.json": _document("item.json"), "/item.json": "/moved.json", "/moved.json": {"type": "integer"}})
    assert _schema(port)["type"] == "integer"


@pytest.mark.parametrize("how", ["reference", "redirection"])
def test_another_host_is_read_when_told_only(port: int, how: str) -> None:
    """
    Another host's address, in a reference or a redirection, is refused by name; a host that was named is read.
    """
    other = f"http://localhost:{port}/item.json"
    PATHS.update({"/item.json": {"type": "integer"}, "/hop.json": other})
    PATHS["/api.json"] = _document(other if how == "reference" else "hop.json")
    with pytest.raises((ContractError, LookupError), match="localhost"):
        _schema(port)
    assert _schema(port, hosts=["localhost"])["type"] == "integer"


def test_no_file_of_this_machine_is_read(port: int, tmp_path: Path) -> None:
    """
    A document from the web that names a local file does not get it.
    """
    secret = tmp_path / "secret.json"
    secret.write_text('{"const": "canary"}')
    PATHS["/api.json"] = _document(secret.as_uri())
    with pytest.raises((ContractError, LookupError), match="outside"):
        _schema(port)


def test_a_root_that_leads_elsewhere_is_refused(port: int) -> None:
    """
    The address that was asked for may not answer with another host's document, nor lead round and round.
    """
    PATHS.update(
        {"/api.json": f"http://localhost:{port}/real.json", "/real.json": _document("#/x"), "/round": "/round"}
    )
    with pytest.raises(ContractError, match="another host, localhost"):
        load(f"http://127.0.0.1:{port}/api.json")
    with pytest.raises(ContractError, match="on and on"):
        load(f"http://127.0.0.1:{port}/round")
