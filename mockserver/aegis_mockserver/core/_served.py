"""
One operation as the mock serves it: everything about it is compiled when it is first called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from aegis_contracts import Contract, InvalidSchemaError, MediaType, Operation, Response, Violation
from aegis_contracts.exchange import ParameterReader, RequestReader, ResponseChecker, SecurityReader
from aegis_contracts.exchange._parameters import MISSING
from aegis_mockserver.core._answers import Answers
from aegis_mockserver.core._speakers import Behave, Refuse, Speakers
from aegis_mockserver.core.choices._conditions import Conditions
from aegis_mockserver.core.effects._emissions import Emission, emissions_of
from aegis_mockserver.world import Fault, read_fault

_ILLEGIBLE = frozenset({"syntax", "encoding"})
_BEHIND = re.compile(r"[?#]")
_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class Served:
    """
    An operation with what answers for it.

    Args:
        speakers: know what speaks for the operation beside the contract's examples.
    """

    def __init__(self, contract: Contract, operation: Operation, speakers: Speakers) -> None:
        self.contract = contract
        self.operation = operation
        self.key = operation.key
        self.title = contract.title
        # Some documents tell operations of one path apart by a query or a fragment: clients never send the latter.
        self.path = _BEHIND.split(operation.path, maxsplit=1)[0]
        self.depth = self.path.count("/")
        self.others: list[Served] = []  # operations of the same contract whose paths have the same shape
        self._speakers = speakers
        self.proved: set[tuple[int, str, bytes]] = set()  # replies that were checked and found good
        self.heads: dict[tuple[int, str], tuple[bytes, bytes] | None] = {}  # replies with no header but Content-Type
        self.refusals: dict[int, tuple[tuple[str, MediaType], ...]] = {}  # forms of refusals, the likeliest first
        self._responses: dict[int, Response | None] = {}
        self._readers: dict[int, list[ParameterReader]] = {}

    def __repr__(self) -> str:
        return f"<Served {self.key} of {self.title}>"

    @cached_property
    def reader(self) -> RequestReader:
        return RequestReader(self.operation)

    @cached_property
    def security(self) -> SecurityReader | None:
        return SecurityReader(self.operation) if self.operation.security else None

    @cached_property
    def checker(self) -> ResponseChecker:
        return ResponseChecker(self.operation)

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.operation)

    @cached_property
    def behave(self) -> Behave | None:
        """
        The function that speaks for the operation, registered by somebody.
        """
        return self._speakers.behaviour(self.contract, self.operation)

    @cached_property
    def state(self) -> Behave | None:
        """
        The store operation that the contract lets us infer.
        """
        return self._speakers.state(self.contract, self.operation)

    @cached_property
    def refuse(self) -> Refuse | None:
        """
        What says refusals in shapes that a problem detail is not.
        """
        return self._speakers.refusal(self.contract, self.operation)

    @cached_property
    def conditions(self) -> Conditions | None:
        """
        Magic values: ``x-mock-when`` on parameters and examples.
        """
        return Conditions(self.operation) or None

    @cached_property
    def emissions(self) -> tuple[Emission, ...]:
        """
        The events that the operation causes.
        """
        return emissions_of(self.operation)

    @cached_property
    def calls_back(self) -> bool:
        """
        Say whether the operation promises callbacks.
        """
        return "callbacks" in self.operation.node

    @cached_property
    def causes(self) -> bool:
        """
        Say whether each call causes something: then no answer is given again without being made again.
        """
        return bool(self.emissions) or self.calls_back

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """
        Faults that the contract itself asks for (``x-mock-faults``).
        """
        given = self.operation.extensions.get("x-mock-faults", ())
        entries = given if isinstance(given, list) else [given]
        return tuple(read_fault({**entry, "operation": self.key}) for entry in entries if isinstance(entry, Mapping))

    @cached_property
    def idempotent(self) -> str | None:
        """
        The name of the declared header ``Idempotency-Key``.
        """
        for parameter in self.operation.parameters:
            if parameter.location == "header" and parameter.name.lower() == "idempotency-key":
                return parameter.name
        return None

    @cached_property
    def request_id_headers(self) -> dict[int, str]:
        """
        Status → the response header that identifies the exchange.
        """
        return {}

    def meant(
        self, path_values: dict[str, str], query: str, fields: Mapping[str, str], body: bytes
    ) -> tuple[Served, dict[str, str]]:
        """
        Choose among operations with paths of the same shape: the first that takes the request, else the first that
        takes the path.
        """
        texts = list(path_values.values())
        fits: tuple[Served, dict[str, str]] | None = None
        for served in (self, *self.others):
            values = dict(zip(_EXPRESSION.findall(served.path), texts, strict=False))
            violations = served.reader.read(values, query, fields, body).violations
            if not violations:
                return served, values
            if fits is None and not any(violation.pointer.startswith("/path/") for violation in violations):
                fits = (served, values)
        return fits or (self, path_values)

    def response(self, status: int) -> Response | None:
        """
        Return the response that describes *status*.
        """
        if status not in self._responses:
            self._responses[status] = self.operation.response(status)
        return self._responses[status]

    def refusal_status(self, violations: Sequence[Violation]) -> int:
        """
        Choose what a request that breaks the contract is answered with: 400, or 422 where 400 is not declared.

        Where neither is, a path that no resource can have is 404, if that is declared, and what cannot be read is 400.
        """
        declared = self.operation.responses
        if "400" in declared or ("422" not in declared and ("4XX" in declared or "default" in declared)):
            return 400
        if "422" in declared:
            return 422
        if "404" in declared and all(violation.pointer.startswith("/path/") for violation in violations):
            return 404
        return 400 if any(violation.rule in _ILLEGIBLE for violation in violations) else 422

    def check(self, status: int, headers: Mapping[str, str], body: bytes) -> list[Violation]:
        """
        Check a reply before it leaves.
        """
        try:
            return self.checker.violations(status, headers, body)
        except InvalidSchemaError as error:
            return [
                Violation("/body", "schema", f"cannot be judged, its schema is broken: {error}", self.operation.source)
            ]

    def check_headers(self, status: int, headers: Mapping[str, str]) -> list[Violation]:
        """
        Check the headers of a reply whose body is known to be good.
        """
        found: list[Violation] = []
        for reader in self._header_readers(status):
            value = reader.from_text(headers.get(reader.name))
            if value is MISSING:
                if reader.parameter.required:
                    found.append(Violation(reader.pointer, "required", "is required", reader.parameter.source))
            elif not reader.is_valid(value):
                found += reader.violations(value)
        return found

    def _header_readers(self, status: int) -> list[ParameterReader]:
        readers = self._readers.get(status)
        if readers is None:
            response = self.operation.response(status)
            headers = response.headers.values() if response is not None else ()
            readers = self._readers[status] = [ParameterReader(header) for header in headers]
        return readers
