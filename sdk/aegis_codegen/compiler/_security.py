"""
Which credential an operation asks for, and where it goes.
"""

from __future__ import annotations

from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.plan import Security
from aegis_contracts import Contract, Element, Operation

_BEARER = frozenset({"oauth2", "openIdConnect"})


class Credentials:
    """
    Plans the security of one contract's operations, the document's own included.
    """

    def __init__(self, contract: Contract, refusals: Refusals) -> None:
        self._contract = contract
        self._refusals = refusals

    def of(self, operation: Operation) -> tuple[Security, ...]:
        """
        List the alternatives of *operation*, the preferred one first.
        """
        found: list[Security] = []
        for choice in operation.security:
            if len(choice) != 1:
                what = "no credential" if not choice else "several credentials at once"
                self._refusals.refuse(
                    operation.place, "security", f"asks for {what} as one of its alternatives",
                    "ask for one credential, or for none with security: []",
                )  # fmt: skip
                continue
            name = next(iter(choice))
            scheme = self._contract.security_schemes.get(name)
            planned = self._scheme(name, scheme) if scheme is not None else None
            if planned is None:
                place = scheme.place if scheme is not None else operation.place
                self._refusals.refuse(
                    place, "security-scheme", f"asks for {name}, which a client cannot send",
                    "declare it as http bearer, http basic, oauth2, openIdConnect or apiKey in header or query",
                )  # fmt: skip
                continue
            found.append(planned)
        return tuple(found)

    @staticmethod
    def _scheme(name: str, scheme: Element) -> Security | None:
        node = scheme.node
        kind = node.get("type")
        if kind in _BEARER or (kind == "http" and str(node.get("scheme")).lower() == "bearer"):
            return Security(name, "header", "Authorization", "Bearer ")
        if kind == "http" and str(node.get("scheme")).lower() == "basic":
            return Security(name, "header", "Authorization", "Basic ")
        if kind == "http" and node.get("scheme"):
            return Security(name, "header", "Authorization", f"{node['scheme']} ")
        if kind == "apiKey" and node.get("in") in ("header", "query"):
            return Security(name, node["in"], str(node.get("name")), str(node.get("x-prefix", "")))
        return None
