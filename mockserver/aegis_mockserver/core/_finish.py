"""
The end of the journey: an answer becomes bytes, and is checked against the contract before it leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

from aegis_contracts import Violation
from aegis_contracts.exchange import bodiless
from aegis_mockserver.core import _problems, _refusals
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core._served import Served
from aegis_mockserver.core.contents import _content, _headers
from aegis_mockserver.world._messages import Reply

if TYPE_CHECKING:
    from aegis_mockserver.core._journey import Trip

log = logging.getLogger("aegis_mockserver")
PROVED = 16
_RELATIVE = frozenset({"state", "behaviour", "replay"})  # they know the contract's paths, not where it is mounted
Finished = tuple[Reply, tuple[Violation, ...], bytes]


def finish(said: Answer | Problem, trip: Trip) -> Finished:
    """
    Turn what was said into a reply; with it come the rules that the reply breaks, and the header to make anew.
    """
    served = trip.served
    if served is None:
        return finish_plain(said, trip)
    refused = isinstance(said, Problem)
    if isinstance(said, Problem):
        _problems.settle(said, served.operation)
    name = _identity_header(served, said.status)
    identity, fresh = _identity(trip, served, said.status, name) if name else ("", False)
    answer = (
        _refusals.refuse(said, served, trip.request.path, identity, trip.seed) if isinstance(said, Problem) else said
    )
    status = answer.status
    content, media_type = _bytes(answer, trip, served)
    if content and media_type and not trip.base and (refused or not trip.violations):
        plain = _plain(answer, served, status, media_type, content)
        if plain is not None:
            head = trip.request.method == "HEAD"
            return Reply(status, plain, b"" if head else content, trip.disturbance), (), b""
    declared = served.response(status)
    headers: dict[str, str] = {}
    if media_type and content is not None:
        headers["content-type"] = media_type
    for header, value in served.answers.headers(status, trip.site.seed):
        headers[header.lower()] = value
    if name:
        headers[name] = identity
        if fresh and answer.content is not None and b"request_id" in answer.content:
            trip.keep = False
    for header, value in answer.headers.items():
        headers[header.lower()] = _headers.text(value)
    if trip.base and answer.origin in _RELATIVE and headers.get("location", "").startswith("/"):
        headers["location"] = trip.base + headers["location"]
    body = b"" if content is None else content
    if bodiless(served.operation.method, status):
        body = b""
        headers.pop("content-type", None)
    faults: tuple[Violation, ...] = ()
    if declared is None:
        if not refused:
            faults = tuple(served.check(status, headers, body))
    elif answer.checked:
        faults = () if not declared.headers else tuple(served.check_headers(status, headers))
    elif declared.content or not refused:
        faults = _checked(served, status, headers, body)
    if faults:
        _shout(served, status, faults)
        headers["x-mock-violation"] = _headers.text("; ".join(f"{f.pointer} {f.message}" for f in faults))[:1000]
        trip.keep = False
    if trip.violations and not refused:
        headers["x-mock-violations"] = str(len(trip.violations))
    return _reply(trip, status, headers, body), faults, name.encode() if name and fresh else b""


def _plain(
    answer: Answer, served: Served, status: int, media_type: str, content: bytes
) -> list[tuple[bytes, bytes]] | None:
    """
    Write the headers of a reply that needs no thought: no header is declared, and its body is known to be good.
    """
    key = (status, media_type)
    try:
        line = served.heads[key]
    except KeyError:
        response = served.response(status)
        thought = response is None or response.headers or bodiless(served.operation.method, status)
        line = served.heads[key] = None if thought else (b"content-type", media_type.encode("latin-1"))
    if line is None or not (answer.checked or (status, media_type, content) in served.proved):
        return None
    lines = [line]
    for name, value in answer.headers.items():
        header = name.lower()
        if header == "content-type":
            return None
        lines.append((header.encode("latin-1"), _headers.text(value).encode("latin-1")))
    lines.append((b"content-length", b"%d" % len(content)))
    return lines


def _checked(served: Served, status: int, headers: Mapping[str, str], body: bytes) -> tuple[Violation, ...]:
    """
    Check a reply; a body that was found good under these headers before is good again.
    """
    proof = (status, headers.get("content-type", ""), body)
    if proof in served.proved:
        return tuple(served.check_headers(status, headers))
    found = tuple(served.check(status, headers, body))
    if not found:
        if len(served.proved) >= PROVED:
            served.proved.clear()
        served.proved.add(proof)
    return found


def finish_plain(said: Answer | Problem, trip: Trip) -> Finished:
    """
    Turn an answer that no contract speaks about into a reply.
    """
    answer = _refusals.refuse(said, None, trip.request.path) if isinstance(said, Problem) else said
    content, media_type = answer.content, answer.media_type or "application/json"
    if content is None and answer.body is not NO_BODY:
        content = _content.write(answer.body, media_type)
    headers = {"content-type": media_type} if content is not None else {}
    headers.update({name.lower(): _headers.text(value) for name, value in answer.headers.items()})
    return _reply(trip, answer.status, headers, content or b""), (), b""


def _reply(trip: Trip, status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if status >= 200 and status != 204:
        lines.append((b"content-length", b"0" if status == 205 else str(len(body)).encode()))
    if trip.request.method == "HEAD" or status == 304:
        body = b""
    return Reply(status, lines, body, trip.disturbance)


def _bytes(answer: Answer, trip: Trip, served: Served) -> tuple[bytes | None, str | None]:
    if answer.content is not None:
        return answer.content, answer.media_type
    if answer.body is NO_BODY:
        return None, None
    media_type = answer.media_type
    if media_type is None:
        try:
            media_type = served.answers.media_type(answer.status, trip.accept)
        except LookupError:
            response = served.response(answer.status)
            media_type = next(iter(response.content), None) if response else None
    if media_type is None:
        if bodiless(served.operation.method, answer.status):
            return None, None
        media_type = "application/json"
    response = served.response(answer.status)
    declared = response.content.get(media_type) if response is not None else None
    return _content.write(answer.body, media_type, declared), _content.sent_type(media_type)


def _identity(trip: Trip, served: Served, status: int, name: str) -> tuple[str, bool]:
    """
    Return the identification of the exchange: the client's own if it is valid, else a new one.
    """
    response = served.response(status)
    given = trip.request.fields.get(name)
    if given and response is not None:
        header = next((header for key, header in response.headers.items() if key.lower() == name), None)
        if header is not None and (header.schema is None or header.schema.is_valid(given, "response")):
            return given, False
    return str(uuid4()), True


def _identity_header(served: Served, status: int) -> str:
    known = served.request_id_headers
    if status not in known:
        response = served.response(status)
        names = [key.lower() for key in response.headers] if response is not None else []
        known[status] = next((name for name in names if name in _headers.REQUEST_IDS), "")
    return known[status]


def _shout(served: Served, status: int, faults: tuple[Violation, ...]) -> None:
    said = "\n  ".join(str(fault) for fault in faults[:5])
    log.error("%s: our own %s breaks the contract; this is a bug of the mock:\n  %s", served.key, status, said)
