"""
Problem bodies (RFC 9457): what they say of themselves must be what the response says.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis_contracts import Contract, Place, Violation
from aegis_verifier._values import Exchange


class Problems:
    """
    The problem codes of a contract (``x-problems``), those of documents that it refers to among them.
    """

    def __init__(self, contract: Contract) -> None:
        for operation in contract.operations.values():
            for response in operation.responses.values():  # reading them opens the documents that are referred to
                _ = response.headers, response.content
        self.codes: dict[str, set[int]] = {}
        for uri in contract.documents.uris():
            document = contract.documents.node(Place(uri, ""))
            for entry in document.get("x-problems", ()) if isinstance(document, dict) else ():
                if isinstance(entry, dict) and "code" in entry:
                    self.codes.setdefault(str(entry["code"]), set()).add(int(entry.get("status", 0)))

    def violations(self, exchange: Exchange) -> Iterator[Violation]:
        """
        Check a problem body against its status and its code.
        """
        response, operation = exchange.response, exchange.request.operation
        assert response is not None
        value = response.value
        if response.status < 400 or not isinstance(value, dict):
            return
        if response.media_type == "application/problem+json":
            told = value.get("status")
            if isinstance(told, int) and told != response.status:
                said = f"must be {response.status}, the status of the response (RFC 9457 §3.1.2)"
                yield Violation("/body/status", "problem-status", said, operation.source, "repeat the real status")
            code = value.get("code")
            if self.codes and isinstance(code, str):
                yield from self._code(code, response.status, operation.source)

    def _code(self, code: str, status: int, source: str) -> Iterator[Violation]:
        meant = self.codes.get(code)
        if meant is None:
            said = "must be a code that the contract lists in x-problems"
            yield Violation("/body/code", "problem-code", said, source, "list the code, or answer a listed one")
        elif 0 not in meant and status not in meant:
            wanted = " or ".join(map(str, sorted(meant)))
            said = f"must belong to status {status}: this code is for {wanted}"
            yield Violation("/body/code", "problem-code", said, source, "answer the code and its status together")
