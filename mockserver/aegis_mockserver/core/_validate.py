"""
3 · validate: what a request says, and which rules of the contract it breaks.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from aegis_contracts import Violation
from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core._rules import Validate
from aegis_mockserver.core.contents._absent import Places, Sent, leave_out, named
from aegis_mockserver.core.contents._absent import mend as say_how
from aegis_mockserver.core.contents._encodings import CodingError, decode
from aegis_mockserver.core.contents._spellings import misspelt, spelt
from aegis_mockserver.core.operations import _problems
from aegis_mockserver.core.operations._operation import CompiledOperation

_PAGE = re.compile(r"(?:^|&)page=([0-9]{1,9})(?:&|$)")


@dataclass(slots=True)
class Validated:
    """
    A request as the contract reads it.

    Args:
        violations: the rules that it breaks; none when nobody looks.
        refusal: why the request is not answered.
    """

    reading: Reading
    violations: tuple[Violation, ...] = ()
    refusal: Problem | None = None


def validate(routed: Routed, mode: Validate, absent: Collection[str] = ()) -> Validated | Problem:
    """
    Read parameters, headers, cookies and body; a problem when the body cannot be had at all.

    Args:
        absent: what stands for "not sent" where the contract does not allow it.
    """
    request, operation = routed.request, routed.operation
    fields, body = request.fields, request.body
    if "content-encoding" in fields:
        try:
            body = decode(body, fields["content-encoding"])
        except CodingError as error:
            headers = {"Accept-Encoding": error.accepted} if error.accepted else {}
            return Problem(error.code, error.status, str(error), headers=headers)
    query = routed.query if request.query else ""
    reading = operation.reader.read(routed.path_values, query, fields, body)
    if query and reading.violations and (names := misspelt(reading.violations)):
        meant = spelt(query, names)
        if meant != query:
            routed.overlook("query", f"{', '.join(sorted(names))}: a boolean is true or false; taken for what it means")
            reading = operation.reader.read(routed.path_values, meant, fields, body)
    if "page=" in query and operation.leaves_pages_out and (asked := _PAGE.search(query)) is not None:
        # Whoever counts pages asks for one after the other until one is empty: the same one again would never end.
        reading.query["page"] = int(asked[1])
        routed.overlook("page", "is not declared; taken for the number of a page where the answer tells of such")
    if mode == "off" or not reading.violations:
        return Validated(reading)
    found = tuple(reading.violations)
    mend = ""
    if Places(reading.violations).left_alone(reading):
        sent = Sent(operation.reader, routed.path_values, query, fields, body)
        if absent:
            reading = overlooking(routed, sent, absent)
            found = tuple(reading.violations)
        mend = say_how(sent, absent) if mode == "strict" and found else ""
    return Validated(reading, found, refusal(operation, reading, found, mend) if mode == "strict" and found else None)


def overlooking(routed: Routed, sent: Sent, absent: Collection[str]) -> Reading:
    """
    Read a request without what stands for "not sent", and note what that was.
    """
    reading, gone = leave_out(sent, absent)
    if gone:
        routed.overlook("absent", f"{named(gone)}: taken as not sent")
    return reading


def refusal(operation: CompiledOperation, reading: Reading, found: tuple[Violation, ...], mend: str = "") -> Problem:
    """
    Refuse a request that breaks rules.

    Args:
        mend: how the mock would take it.
    """
    if reading.unsupported:
        declared = operation.declared.request_body
        taken = ", ".join(declared.content) if declared else ""
        return Problem(
            "unsupported_media_type", 415, f"The body must be {taken}.", violations=found, headers={"Accept": taken}
        )
    detail = f"{_problems.counted(found)} {mend}".rstrip()
    return Problem("invalid_request", operation.refusal_status(found), detail, violations=found, mend=mend)
