"""
Responses: what a provider may answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aegis_contracts import MediaType, Operation, Response
from aegis_contracts.exchange import essence, kind
from aegis_verifier.diff._change import Changes
from aegis_verifier.diff.openapi._body import taken
from aegis_verifier.diff.schemas import Pair, written

_SUCCESS: Final = frozenset({"2", "3"})


def compare_responses(pair: Pair, before: Operation, after: Operation, subject: str) -> None:
    """
    Compare the answers of an operation: none may come that the old version rules out.
    """
    was, now = before.responses, after.responses
    for status, response in now.items():
        known = described(was, status)
        if known is None:
            _added(pair, was, status, response, before, subject)
        else:
            compare_response(pair, known, response, subject)
    for status, response in was.items():
        if status in now:
            continue
        rest = described(now, status)
        if rest is not None:
            compare_response(pair, response, rest, subject)
        elif status[0] in _SUCCESS:
            message = f"{status} is gone"
            pair.note("response-status-removed", response.place, after.place.at("responses"), subject, message)
        else:
            message = f"{status} is gone"
            pair.note("response-error-removed", response.place, after.place.at("responses"), subject, message)


def described(responses: Mapping[str, Response], status: str) -> Response | None:
    """
    Find what describes a status: itself, its range, or ``default``.
    """
    found = responses.get(status) or responses.get(f"{status[0]}XX") if status != "default" else None
    return found or responses.get("default")


def _added(
    pair: Pair, was: Mapping[str, Response], status: str, response: Response, before: Operation, subject: str
) -> None:
    place = before.place.at("responses")
    if status[0] not in _SUCCESS:
        pair.note("response-error-added", place, response.place, subject, f"{status} is new")
        return
    others = [other for key, other in was.items() if key[0] == status[0]]
    if status[0] == "2" and others and not any(_fits(pair, other, response) for other in others):
        message = f"{status} is new, and what it carries is none of the answers that clients know"
        counterexample = {"status": status, "content": list(response.content)}
        pair.note(
            "response-status-added", place, response.place, subject, message,
            severity="breaking", counterexample=counterexample,
        )  # fmt: skip
        return
    pair.note("response-status-added", place, response.place, subject, f"{status} is new")


def _fits(pair: Pair, known: Response, response: Response) -> bool:
    """
    Say whether a client that takes a new answer for a known one reads nothing that it was not told of.
    """
    if bool(known.content) and not response.content:
        return False
    quiet = Pair(pair.old, pair.new, Changes(), flipped=pair.flipped, like=pair)
    compare_response(quiet, known, response, "")
    return not any(change.severity in {"breaking", "undecided"} for change in quiet.changes.sorted())


def compare_response(pair: Pair, before: Response, after: Response, subject: str) -> None:
    """
    Compare two answers that a client takes for the same.
    """
    if pair.untouched.same(before.node, after.node):
        return
    status = after.status
    _headers(pair, before, after, subject)
    if before.content and not after.content:
        pair.note("response-body-removed", before.place, after.place, subject, f"{status} has no body any more")
        return
    if after.content and not before.content:
        pair.note("response-body-added", before.place, after.place, subject, f"{status} has a body")
        return
    for name, media in after.content.items():
        known = taken(before.content, name)
        if known is None:
            message = f"{status}: {name} is given as well"
            pair.note("response-media-type-added", before.place, media.place, subject, message)
            continue
        form = kind(name) in {"form", "xml"}
        pair.schemas("response", written(known), written(media), subject, f"{status} {name}", text=form)
    for name, media in before.content.items():
        if not _given(after.content, name):
            message = f"{status}: {name} is no longer given"
            pair.note("response-media-type-removed", media.place, after.place.at("content"), subject, message)


def _given(content: Mapping[str, MediaType], name: str) -> bool:
    """
    Say whether an answer in a media type, or in one of a range, is still promised.
    """
    wanted = essence(name)
    names = [essence(other) for other in content]
    if wanted.endswith("/*"):
        family = wanted.removesuffix("*")
        return any(wanted == "*/*" or other.startswith(family) for other in names)
    return wanted in names


def _headers(pair: Pair, before: Response, after: Response, subject: str) -> None:
    was = {name.lower(): header for name, header in before.headers.items()}
    now = {name.lower(): header for name, header in after.headers.items()}
    for name, header in was.items():
        other = now.get(name)
        where = f"{after.status} header {header.name}"
        if other is None:
            rule = "response-header-removed" if header.required else "response-optional-header-removed"
            pair.note(rule, header.place, after.place, subject, f"{where} is gone")
            continue
        if header.required and not other.required:
            pair.note("response-header-optional", header.place, other.place, subject, f"{where} may be missing")
        if header.content and other.content:
            one, two = written(header.content), written(other.content)
            pair.schemas("response", one, two, subject, where)
        else:
            pair.schemas("response", written(header), written(other), subject, where, text=True)
    for name, header in now.items():
        if name not in was:
            message = f"{after.status} header {header.name} is new"
            pair.note("response-header-added", before.place, header.place, subject, message)
