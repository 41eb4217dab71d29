"""
Annotations for GitHub Actions: each finding at its place in the contract.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis_contracts import Contract
from aegis_verifier.reports import _shown
from aegis_verifier.reports._findings import Finding
from aegis_verifier.runner import Run


def as_github(run: Run, found: list[Finding]) -> str:
    """
    Return workflow commands, one for each finding.
    """
    return "".join(f"{line}\n" for line in _lines(run, found))


def _lines(run: Run, found: list[Finding]) -> Iterator[str]:
    for finding in found:
        level = "notice" if finding.known else finding.severity
        violation = finding.violation
        said = f"{violation.pointer or '/'} {violation.message} [{violation.rule}]"
        if finding.exchange is not None:
            said += f"\n{_shown.curl(finding.exchange, run.address)}"
        place = _place(run.contracts, violation.schema)
        yield f"::{level} {place}title={_property(f'{finding.operation} leaves its contract')}::{_data(said)}"


def _place(contracts: list[Contract], schema: str) -> str:
    """
    Find file and line of a place such as ``openapi/user.yaml#/paths/…``.
    """
    from aegis_contracts import Place

    file, mark, pointer = schema.partition("#")
    if not mark:
        return ""
    for contract in contracts:
        for uri in contract.documents.uris():
            if contract.documents.shown(Place(uri, "")).removesuffix("#") == file:
                told = contract.documents.located([contract.documents.finding(Place(uri, pointer), "", "", "")])
                return f"file={_property(file)},line={told[0].line or 1},"
    return f"file={_property(file)},"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
