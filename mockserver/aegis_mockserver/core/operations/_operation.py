"""
One operation as the mock serves it: everything about it is compiled when it is first called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from aegis_contracts import Contract, InvalidSchemaError, Operation, Response, Violation
from aegis_contracts.exchange import RequestReader, ResponseChecker, SecurityReader, kind
from aegis_contracts.exchange._scalars import members, types
from aegis_mockserver.core.operations._addresses import Addresses
from aegis_mockserver.core.operations._answers import Answers, Contents
from aegis_mockserver.core.operations._conditions import Conditions
from aegis_mockserver.core.operations._emissions import Emission, emissions_of
from aegis_mockserver.core.operations._instances import Instances
from aegis_mockserver.core.operations._problems import DeclaredProblems
from aegis_mockserver.core.operations._responses import CompiledResponse, CompiledResponses
from aegis_mockserver.core.ports._machine import Machine
from aegis_mockserver.core.ports._speakers import Behave, Refuse, Speakers
from aegis_mockserver.world import Fault, read_fault

_ILLEGIBLE = frozenset({"syntax", "encoding"})
_VALIDATION = re.compile("valid", re.IGNORECASE)
_BEHIND = re.compile(r"[?#]")
_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class CompiledOperation:
    """
    An operation with what answers for it.

    Args:
        speakers: know what speaks for the operation beside the contract's examples.
        contents: where content of the contract's own is kept.
        seed: changes every generated value.
        addresses: the origins that the contract declares.
    """

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        speakers: Speakers,
        contents: Contents,
        seed: str,
        machine: Machine,
        addresses: Addresses,
    ) -> None:
        self.contract = contract
        self.declared = operation
        self.key = operation.key
        self.title = contract.title
        self.seed = seed
        # Some documents tell operations of one path apart by a query or a fragment: clients never send the latter.
        self.path = _BEHIND.split(operation.path, maxsplit=1)[0]
        self.depth = self.path.count("/")
        self.others: list[CompiledOperation] = []  # of the same contract, with paths of the same shape
        self.responses = CompiledResponses(operation, seed, machine.fail)
        self._speakers = speakers
        self.contents = contents
        self._machine = machine
        self.addresses = addresses

    def __repr__(self) -> str:
        return f"<CompiledOperation {self.key} of {self.title}>"

    @cached_property
    def spanning(self) -> frozenset[str]:
        """
        The template expressions that take several segments of the path.
        """
        return frozenset(
            parameter.name
            for parameter in self.declared.parameters
            if parameter.location == "path" and parameter.extensions.get("x-multi-segment") is True
        )

    @cached_property
    def reader(self) -> RequestReader:
        return RequestReader(self.declared)

    @cached_property
    def security(self) -> SecurityReader | None:
        return SecurityReader(self.declared) if self.declared.security else None

    @cached_property
    def checker(self) -> ResponseChecker:
        return ResponseChecker(self.declared)

    @cached_property
    def answers(self) -> Answers:
        instances = Instances(self.declared, self._machine.warn)
        return Answers(self.declared, self.responses, instances, self.contents)

    @cached_property
    def problems(self) -> DeclaredProblems:
        """
        The problem types that the contract declares for the operation.
        """
        return DeclaredProblems(self.declared)

    @cached_property
    def speaks_problems(self) -> bool:
        """
        Say whether the contract's clients know codes as ours are.
        """
        return "x-problems" in self.declared.contract.extensions

    @cached_property
    def behave(self) -> Behave | None:
        """
        The function that speaks for the operation, registered by somebody.
        """
        return self._speakers.behaviour(self.contract, self.declared)

    @cached_property
    def state(self) -> Behave | None:
        """
        The store operation that the contract lets us infer.
        """
        return self._speakers.state(self.contract, self.declared)

    @cached_property
    def speak(self) -> tuple[Behave, ...]:
        """
        Who speaks for the operation, in the order in which they are asked.
        """
        return tuple(one for one in (self.behave, self.state) if one is not None)

    @cached_property
    def refuse(self) -> Refuse | None:
        """
        What says refusals in shapes that a problem detail is not.
        """
        return self._speakers.refusal(self.contract, self.declared)

    @cached_property
    def conditions(self) -> Conditions | None:
        """
        Magic values: ``x-mock-when`` on parameters and examples.
        """
        return Conditions(self.declared) or None

    @cached_property
    def emissions(self) -> tuple[Emission, ...]:
        """
        The events that the operation causes.
        """
        return emissions_of(self.declared)

    @cached_property
    def calls_back(self) -> bool:
        """
        Say whether the operation promises callbacks.
        """
        return "callbacks" in self.declared.node

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
        given = self.declared.extensions.get("x-mock-faults", ())
        entries = given if isinstance(given, list) else [given]
        return tuple(read_fault({**entry, "operation": self.key}) for entry in entries if isinstance(entry, Mapping))

    @cached_property
    def idempotent(self) -> str | None:
        """
        The name of the declared header ``Idempotency-Key``.
        """
        for parameter in self.declared.parameters:
            if parameter.location == "header" and parameter.name.lower() == "idempotency-key":
                return parameter.name
        return None

    @cached_property
    def idempotent_member(self) -> str | None:
        """
        The name of a body's member that is declared as the key of idempotency, where a POST has it there.
        """
        body = self.declared.request_body
        if self.declared.method != "POST" or body is None:
            return None
        for media in body.content.values():
            root = media.schema.projected("request") if media.schema is not None else {}
            for name, node in members(root, root).items():
                if name.lower().replace("_", "") == "idempotencykey" and "string" in types(node, root):
                    return name
        return None

    def meant(
        self, path_values: dict[str, str], query: str, fields: Mapping[str, str], body: bytes
    ) -> tuple[CompiledOperation, dict[str, str]]:
        """
        Choose among operations with paths of the same shape: the first that takes the request, else the first that
        takes the path.
        """
        texts = list(path_values.values())
        fits: tuple[CompiledOperation, dict[str, str]] | None = None
        for served in (self, *self.others):
            values = dict(zip(_EXPRESSION.findall(served.path), texts, strict=False))
            violations = served.reader.read(values, query, fields, body).violations
            if not violations:
                return served, values
            if fits is None and not any(violation.pointer.startswith("/path/") for violation in violations):
                fits = (served, values)
        return fits or (self, path_values)

    def refusal_status(self, violations: Sequence[Violation]) -> int:
        """
        Choose what a request that breaks the contract is answered with: 400, or 422 where only that is declared, or
        where it is what the contract calls validation and the request could be read.

        Where neither is, a path that no resource can have is 404, if that is declared, and what cannot be read is 400.
        """
        declared = self.declared.responses
        if {"400", "422"} <= declared.keys() and not any(violation.rule in _ILLEGIBLE for violation in violations):
            return 422 if _of_validation(declared["422"]) and not _of_validation(declared["400"]) else 400
        if "400" in declared or ("422" not in declared and ("4XX" in declared or "default" in declared)):
            return 400
        if "422" in declared:
            return 422
        if "404" in declared and all(violation.pointer.startswith("/path/") for violation in violations):
            return 404
        return 400 if any(violation.rule in _ILLEGIBLE for violation in violations) else 422

    @cached_property
    def leaves_pages_out(self) -> bool:
        """
        Whether a ``page`` in the query is one that the contract says nothing of.
        """
        declared = self.declared
        return declared.method == "GET" and all(one.key != ("query", "page") for one in declared.parameters)

    @cached_property
    def usual(self) -> CompiledResponse | None:
        """
        The JSON that the operation refuses with for another reason: the shape of what it forgot to declare.
        """
        for name in sorted(self.declared.responses):
            if name[:1] in {"4", "5", "d"}:
                # What is declared for a class or for all others is what a status has that nobody declares.
                status = name if name.isdecimal() else f"{name[0]}99" if name != "default" else "599"
                response = self.responses[int(status)]
                if response.forms and kind(response.forms[0].sent_type) == "json":
                    return response
        return None

    def violations(self, status: int, headers: Mapping[str, str], body: bytes) -> tuple[Violation, ...]:
        """
        List what a reply breaks, whoever made it.
        """
        try:
            return tuple(self.checker.violations(status, headers, body))
        except InvalidSchemaError as error:
            said = f"cannot be judged, its schema is broken: {error}"
            return (Violation("/body", "schema", said, self.declared.source),)

    def header_violations(self, response: CompiledResponse, headers: Mapping[str, str]) -> tuple[Violation, ...]:
        """
        List what the headers of a reply break whose content is known to be good.
        """
        declared = response.declared
        return tuple(self.checker.header_violations(declared, headers)) if declared is not None else ()


def _of_validation(response: Response) -> bool:
    """
    Say whether a contract calls a response one to requests that are not valid.
    """
    return _VALIDATION.search(response.description) is not None
