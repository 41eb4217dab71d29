"""
6 · check: an answer becomes bytes, and what they break of the contract is known before they leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from aegis_contracts import InvalidSchemaError, Parameter, Violation
from aegis_mockserver.core import _refusals
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core.contents import _content, _headers
from aegis_mockserver.core.contents._proofs import Proof, has_address
from aegis_mockserver.core.operations._addresses import HERE, within
from aegis_mockserver.core.operations._responses import CompiledResponse, Plainly
from aegis_mockserver.core.ports._machine import Machine
from aegis_mockserver.world._messages import Request, Stream

_RELATIVE = frozenset({"state", "behaviour", "replay"})  # they know the contract's paths, not where it is mounted
_ELSEWHERE = frozenset({"scenario", "proxy", "content"})  # said by somebody who knows where it leads
_SEAL = object()


@final
class Checked:
    """
    An answer that may leave; only this module can make one.

    Args:
        headers: by lower-case name.
        beside: lines of further headers, safe as they are.
        violations: what it breaks of the contract; there should be none, ever.

    Raises:
        TypeError: somebody else than the checker says it.
    """

    __slots__ = ("beside", "content", "headers", "origin", "status", "stream", "violations")

    def __init__(
        self,
        seal: object,
        status: int,
        headers: Mapping[str, str],
        content: bytes,
        origin: str,
        violations: tuple[Violation, ...] = (),
        stream: Stream | None = None,
        beside: bytes = b"",
    ) -> None:
        if seal is not _SEAL:
            raise TypeError("only check() and plain() can say that an answer is checked")
        self.status = status
        self.headers = headers
        self.content = content
        self.origin = origin
        self.violations = violations
        self.stream = stream
        self.beside = beside


def check(
    routed: Routed,
    said: Answer | Problem,
    reported: tuple[Violation, ...],
    machine: Machine,
    scheme: str = "http",
) -> Checked:
    """
    Write an answer as the contract has it, and judge what has no proof yet.

    Args:
        reported: what the request broke, where it was answered all the same.
        scheme: by which clients reach the mock.
    """
    operation, refused = routed.operation, False
    if isinstance(said, Problem):
        if operation.refuse is not None:
            said = operation.refuse(operation.declared, said, routed.request) or said
        if isinstance(said, Problem):
            refused = True
            operation.problems.settle(said)
    response = operation.responses[said.status]
    identity = "" if response.id_header is None else _identity(response.id_header, routed.request, machine)
    answer = _refusals.refuse(said, routed, identity) if isinstance(said, Problem) else said
    if not routed.notes and not routed.base and (refused or not reported):
        checked = proved(response.plain, answer)
        if checked is not None:
            return checked
    content, media_type = answer.content, answer.media_type
    if content is None and answer.body is not NO_BODY:
        media_type = _media_type(routed, answer, response)
        if media_type is not None:
            content = _content.write(answer.body, media_type, response.offered.get(media_type))
            media_type = _content.sent_type(media_type)
    if content is None or response.bodiless:
        content = media_type = None
    headers = {"content-type": media_type} if media_type is not None else {}
    if response.headers or answer.headers:
        _complete(headers, routed, answer, response, identity)
    if isinstance(content, Proof) and response.offered.get(content.media.media_type) is content.media:
        written = content.content
        violations = operation.header_violations(response, headers) if response.headers else ()
    else:  # no proof, or one for another response, which says nothing of this one
        written = content.content if isinstance(content, Proof) else content or b""
        # Whatever the contract forgot to declare, a refusal is told.
        told = refused and (response.declared is None or not response.declared.content)
        told = told or (response.declared is None and answer.origin in {"state", "example"} and not written)
        violations = () if told else operation.violations(answer.status, headers, written)
    if answer.origin not in _ELSEWHERE:
        linked = content.linked if isinstance(content, Proof) else has_address(written)
        if linked or routed.request.base or len(headers) > (media_type is not None):
            written = _at_home(routed, headers, written, response, scheme, linked=linked)
    if violations:
        broken = "\n  ".join(map(str, violations[:5]))
        machine.fail(
            f"{operation.key}: our own {answer.status} breaks the contract; this is a bug of the mock:\n  {broken}"
        )
        headers["x-mock-violation"] = _headers.safe("; ".join(f"{v.pointer} {v.message}" for v in violations))[:1000]
    if routed.notes:
        headers["x-mock-note"] = _headers.noted(routed.notes)
    if reported and not refused:
        headers["x-mock-violations"] = str(len(reported))
    return Checked(_SEAL, answer.status, headers, written, answer.origin, violations)


def proved(plainly: Plainly, said: Answer) -> Checked | None:
    """
    Take an answer that was proved for its response, where there is nothing beside its content that must be judged.

    It is one to a request at the contract's own paths, of which nothing was overlooked.

    Args:
        plainly: the headers that such answers of the response have.
    """
    proof, plain = said.content, plainly.get(said.media_type)
    if plain is None or not isinstance(proof, Proof):
        return None
    media, written = plain
    content = proof.told_as(media)
    beside = written.beside(said.headers) if said.headers else b""
    if content is None or beside is None:
        return None
    return Checked(_SEAL, said.status, written, content, said.origin, (), None, beside)


def _at_home(
    routed: Routed, headers: dict[str, str], content: bytes, response: CompiledResponse, scheme: str, *, linked: bool
) -> bytes:
    """
    Let addresses of the declared servers lead to the mock, unless the contract wants them as they are.
    """
    addresses, request = routed.operation.addresses, routed.request
    host, world = request.fields.get("host", ""), request.base
    for name, value in headers.items():
        if "//" in value:
            moved = addresses.changed(value.encode("latin-1"), host, scheme, routed.base, world)
            headers[name] = moved.decode("latin-1")
    changed = addresses.changed(content, host, scheme, routed.base, world) if linked else content
    if world:
        changed = within(changed, request.path, world)
    if changed == content:
        return content
    essence = headers.get("content-type", "").partition(";")[0]
    checker = next((one for name, one in response.checkers.items() if name.partition(";")[0] == essence), None)
    if checker is None or HERE.encode() in content:
        return changed
    try:
        return changed if not checker.violations(changed) else content
    except InvalidSchemaError:
        return changed


def plain(said: Answer | Problem, path: str) -> Checked:
    """
    Write an answer that no contract speaks about.
    """
    answer = _refusals.plain(said, path) if isinstance(said, Problem) else said
    content, media_type = answer.content, answer.media_type or "application/json"
    if content is None and answer.body is not NO_BODY:
        content = _content.write(answer.body, media_type)
    headers = {"content-type": media_type} if content is not None else {}
    headers.update({name.lower(): _headers.safe(value) for name, value in answer.headers.items()})
    written = content.content if isinstance(content, Proof) else content or b""
    return Checked(_SEAL, answer.status, headers, written, answer.origin, stream=answer.stream)


def failed(machine: Machine, request: Request, operation: str, error: Exception) -> Checked:
    """
    Answer a request at which the mock itself failed, while the exception is handled.
    """
    if isinstance(error, InvalidSchemaError):
        said = f"A schema of this operation is broken, and judges nothing: {error}; aegis lint says where."
        machine.warn(f"{request.method} {operation}: {said}")
        return plain(Problem("internal_error", 500, said), request.path)
    machine.fail(f"{request.method} {operation}: the mock failed")
    said = "The mock server failed; this is a bug, and its log says more."
    return plain(Problem("internal_error", 500, said), request.path)


def _media_type(routed: Routed, answer: Answer, response: CompiledResponse) -> str | None:
    if answer.media_type is not None:
        return answer.media_type
    try:
        chosen = routed.operation.answers.media_type(answer.status, routed.accept)
    except LookupError:
        chosen = response.first
    return chosen if chosen is not None or response.bodiless else "application/json"


def _complete(
    headers: dict[str, str], routed: Routed, answer: Answer, response: CompiledResponse, identity: str
) -> None:
    """
    Add what the contract declares, and then what the answer says.
    """
    headers.update(response.values)
    if response.id_header is not None:
        headers[response.id_header.name.lower()] = identity
    for name, value in answer.headers.items():
        headers[name.lower()] = _headers.safe(value)
    base = routed.base if answer.origin in _RELATIVE else routed.request.base
    if base and headers.get("location", "").startswith("/"):
        headers["location"] = base + headers["location"]


def _identity(header: Parameter, request: Request, machine: Machine) -> str:
    """
    Identify the exchange: as the client did, if the contract allows it, else anew.
    """
    given = request.fields.get(header.name.lower())
    if given and (header.schema is None or header.schema.is_valid(given, "response")):
        return given
    return machine.new_id()
