"""
Request bodies: whether there is one, in which media types, and what it may say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_contracts import MediaType, Operation
from aegis_contracts.exchange import best, essence, kind
from aegis_verifier.diff.schemas import Pair, written


def compare_body(pair: Pair, before: Operation, after: Operation, subject: str) -> None:
    """
    Compare the request body of an operation.
    """
    was, now = before.request_body, after.request_body
    if now is None:
        if was is not None:
            pair.note("request-body-removed", was.place, after.place, subject)
        return
    if was is None:
        rule = "request-body-required" if now.required else "request-body-added"
        pair.note(rule, before.place, now.place, subject)
        return
    if now.required and not was.required:
        pair.note("request-body-required", was.place, now.place, subject)
    for name, media in was.content.items():
        other = taken(now.content, name)
        if other is None:
            message = f"{name} is no longer taken"
            pair.note("request-media-type-removed", media.place, now.place.at("content"), subject, message)
            continue
        if pair.untouched.same(media.node, other.node):
            continue
        form = kind(name) in {"form", "multipart"}
        where = f"{name} body"
        pair.schemas("request", written(media), written(other), subject, where, text=form or kind(name) == "xml")
        if form and _encodings(media) != _encodings(other):
            pair.note("request-encoding-changed", media.place, other.place, subject)
    for name, media in now.content.items():
        if taken(was.content, name) is None:
            pair.note("request-media-type-added", was.place, media.place, subject, f"{name} is taken as well")


def taken(content: Mapping[str, MediaType], name: str) -> MediaType | None:
    """
    Find what takes a media type, or a range of them as a whole.
    """
    if essence(name).endswith("/*"):
        wanted = essence(name)
        return next((media for key, media in content.items() if essence(key) in {wanted, "*/*"}), None)
    return best(content, name)


def _encodings(media: MediaType) -> dict[str, Any]:
    return {
        name: {key: value for key, value in node.items() if key in {"contentType", "style", "explode", "allowReserved"}}
        for name, node in media.encoding.items()
        if isinstance(node, dict)
    }
