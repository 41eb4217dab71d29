"""
Checking a response against what its operation declares.
"""

from __future__ import annotations

from collections.abc import Mapping

from aegis_contracts._model import Operation, Response
from aegis_contracts._violation import Violation
from aegis_contracts.exchange import _media
from aegis_contracts.exchange._bodies import BodyReader
from aegis_contracts.exchange._parameters import ParameterReader, read_all

BODILESS = frozenset({204, 205, 304})


def bodiless(method: str, status: int) -> bool:
    """
    Say whether a response to *method* with *status* must have no content (RFC 9110 §6.4.1).
    """
    return method == "HEAD" or status in BODILESS or status < 200


class ResponseChecker:
    """
    Checks the responses of one operation; made once, at the operation's first use.
    """

    __slots__ = ("_bodies", "_headers", "operation")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._headers: dict[str, list[ParameterReader]] = {}
        self._bodies: dict[tuple[str, str], BodyReader] = {}

    def violations(self, status: int, headers: Mapping[str, str], body: bytes) -> list[Violation]:
        """
        List what a response breaks.

        Args:
            headers: by lower-case name.
        """
        response = self.operation.response(status)
        if response is None:
            declared = ", ".join(self.operation.responses) or "none"
            said = f"must be a declared status ({declared})"
            return [Violation("/status", "status", said, self.operation.source, f"declare {status} in the contract")]
        found = self.header_violations(response, headers)
        if bodiless(self.operation.method, status):
            if body:
                said = f"must be empty: {self.operation.method} {status} has no content (RFC 9110 §6.4.1)"
                found.append(Violation("/body", "content", said, response.source))
            return found
        return found + self._body_violations(response, headers.get("content-type", ""), body)

    def header_violations(self, response: Response, headers: Mapping[str, str]) -> list[Violation]:
        """
        List what the headers of one of the operation's responses break.
        """
        readers = self._headers.get(response.status)
        if readers is None:
            readers = [ParameterReader(header) for header in response.headers.values()]
            self._headers[response.status] = readers
        if not readers:
            return []
        return read_all(readers, lambda reader: reader.from_text(headers.get(reader.name)))[1]

    def _body_violations(self, response: Response, content_type: str, body: bytes) -> list[Violation]:
        if not response.content:
            if body and self.operation.contract.openapi_version.startswith("3.") and content_type:
                said = "must be empty: the contract declares no content"
                return [Violation("/body", "content", said, response.source, "declare the content, or send none")]
            return []
        key = (response.status, content_type)
        reader = self._bodies.get(key)
        if reader is None:
            media = _media.best(response.content, content_type) if content_type else None
            if media is None:
                said = "must be " + " or ".join(response.content)
                return [Violation("/header/Content-Type", "media-type", said, response.source)]
            if len(self._bodies) > 64:
                self._bodies.clear()
            reader = self._bodies[key] = BodyReader(media, "response")
        return reader.read(body, content_type)[1]
