"""
Calls as data: for every example of every answer of every operation, what a caller of the SDK would write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aegis_codegen import compile_contract
from aegis_codegen.plan import Operation as Planned
from aegis_contracts import Contract, Operation, bundled_apis, load

ROOT = Path(__file__).resolve().parents[2]
APIS = tuple(path.stem for path in bundled_apis())


@dataclass(frozen=True)
class Call:
    """
    One call, and the example that the mock is asked to answer with.
    """

    api: str
    resource: str
    method: str
    arguments: Mapping[str, Any]
    status: int
    example: str
    body: Any
    paged: bool
    result: bool

    @property
    def id(self) -> str:
        """
        A name for the test.
        """
        return f"{self.api}.{self.resource}.{self.method}-{self.status}-{self.example}"

    @property
    def headers(self) -> dict[str, str]:
        """
        Which of the operation's answers is wanted.
        """
        example = f", example={self.example}" if self.example else ""
        return {"Prefer": f"code={self.status}{example}"}


@lru_cache
def contract(api: str) -> Contract:
    """
    Load one of the bundled contracts.
    """
    return load(ROOT / "openapi" / f"{api}.yaml")


def calls() -> Iterator[Call]:
    """
    Every call that the contracts have examples for.
    """
    for api in APIS:
        plan = {planned.operation_id: planned for planned in compile_contract(contract(api)).operations}
        for operation in contract(api).all_operations():
            yield from _of(api, operation, plan[operation.key])


def _of(api: str, operation: Operation, planned: Planned) -> Iterator[Call]:
    results = {response.status for response in planned.results}
    for arguments in _arguments(operation, planned)[:1]:
        for status, response in operation.responses.items():
            examples: dict[str, Any] = {"": None}
            for media in response.content.values():
                examples = {name: example.value for name, example in media.examples.items()}
                break
            for name, body in examples.items():
                yield Call(
                    api,
                    planned.resource,
                    planned.python,
                    arguments,
                    int(status),
                    name,
                    body,
                    planned.pagination is not None,
                    status in results,
                )


def _arguments(operation: Operation, planned: Planned) -> list[dict[str, Any]]:
    """
    Write each example of the request as keyword arguments.
    """
    given = {parameter.name: next(iter(parameter.examples.values())).value for parameter in operation.parameters}
    bodies: list[Any] = [{}]
    if operation.request_body is not None:
        media = next(iter(operation.request_body.content.values()))
        bodies = [example.value for example in media.examples.values()]
    found: list[dict[str, Any]] = []
    for body in bodies:
        arguments: dict[str, Any] = {}
        for argument in planned.arguments:
            source = given if argument.source == "parameter" else body
            if argument.source == "body":
                arguments[argument.python] = body
            elif argument.name in source:
                arguments[argument.python] = source[argument.name]
        found.append(arguments)
    return found


def requests() -> Iterator[tuple[str, Call]]:
    """
    Every example of every request, to be answered with the operation's first success.
    """
    for api in APIS:
        plan = {planned.operation_id: planned for planned in compile_contract(contract(api)).operations}
        for operation in contract(api).all_operations():
            planned = plan[operation.key]
            first = next(call for call in _of(api, operation, planned) if call.result)
            for index, arguments in enumerate(_arguments(operation, planned)):
                call = Call(**{**first.__dict__, "arguments": arguments})
                yield f"{call.id}-request-{index}", call
