"""
The ground floor: reads contracts, decides whether an instance meets them, and knows nobody who asks.

Works with any OpenAPI 3.x document and any JSON Schema 2020-12; nothing here knows Aegis. It refuses to guess: what
cannot be read is a ``ContractError`` with the place in the file.
"""

from __future__ import annotations

from aegis_contracts._contract import Contract, load
from aegis_contracts._model import Element, Example, MediaType, Operation, Parameter, RequestBody, Response
from aegis_contracts._routes import Match, MethodNotAllowed, Routes
from aegis_contracts._violation import ContractError, Finding, Severity, Violation
from aegis_contracts.documents._bundle import bundled, bundled_apis, events_beside
from aegis_contracts.documents._documents import DanglingReferenceError, Place
from aegis_contracts.schemas._hidden import Direction
from aegis_contracts.schemas._projection import Projection
from aegis_contracts.schemas._schema import Schema
from aegis_contracts.verdict._verdict import InvalidSchemaError, Verdict

__all__ = [
    "Contract",
    "ContractError",
    "DanglingReferenceError",
    "Direction",
    "Element",
    "Example",
    "Finding",
    "InvalidSchemaError",
    "Match",
    "MediaType",
    "MethodNotAllowed",
    "Operation",
    "Parameter",
    "Place",
    "Projection",
    "RequestBody",
    "Response",
    "Routes",
    "Schema",
    "Severity",
    "Verdict",
    "Violation",
    "bundled",
    "bundled_apis",
    "events_beside",
    "load",
]
