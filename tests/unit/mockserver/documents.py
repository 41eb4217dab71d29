"""
Documents of a path or two, their mocks, and operations that take a body or give one.
"""

from __future__ import annotations

from typing import Any

import httpx

import aegis_mockserver


def mock(paths: dict[str, Any], version: str = "3.2.0", **more: Any) -> httpx.Client:
    """
    A client of a mock of these paths.
    """
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths, **more}
    return httpx.Client(transport=aegis_mockserver.transport(document), base_url="http://mock")


def takes(content: dict[str, Any]) -> dict[str, Any]:
    """
    An operation that takes a body.
    """
    return {"post": {"requestBody": {"required": True, "content": content}, "responses": {"204": {"description": "d"}}}}


def gives(content: dict[str, Any]) -> dict[str, Any]:
    """
    An operation that answers one.
    """
    return {"get": {"responses": {"200": {"description": "d", "content": content}}}}


def status(client: httpx.Client, path: str, content: bytes | str, media_type: str) -> int:
    """
    Post a body, and return what it was answered.
    """
    return client.post(path, content=content, headers={"content-type": media_type}).status_code
