"""
What generated models and inputs are written with. It imports pydantic, which nothing else of the runtime does before
the first body.
"""

from __future__ import annotations

from aegis_runtime.models._models import OpenUnion, ResponseModel, Sensitive, UnknownMember
from aegis_runtime.models._numbers import Array, Boolean, Exact, ExactNumber, Integer, MultipleOf, Number
from aegis_runtime.models._rules import (
    DependentRequired,
    Extras,
    Format,
    MaxBytes,
    PropertyCount,
    UniqueItems,
    obeying,
)
from aegis_runtime.models._types import (
    CLOSED,
    OPEN,
    ClosedUnion,
    Exactly,
    FullDate,
    Known,
    Listed,
    MayBeAbsent,
    NotNull,
    OpenIntEnum,
    OpenStrEnum,
    Revealed,
    UtcDateTime,
    Uuid,
    WrittenDate,
    WrittenDateTime,
    WrittenUuid,
)
from aegis_runtime.models._unions import OneOf

__all__ = [
    "CLOSED",
    "OPEN",
    "Array",
    "Boolean",
    "ClosedUnion",
    "DependentRequired",
    "Exact",
    "ExactNumber",
    "Exactly",
    "Extras",
    "Format",
    "FullDate",
    "Integer",
    "Known",
    "Listed",
    "MaxBytes",
    "MayBeAbsent",
    "MultipleOf",
    "NotNull",
    "Number",
    "OneOf",
    "OpenIntEnum",
    "OpenStrEnum",
    "OpenUnion",
    "PropertyCount",
    "ResponseModel",
    "Revealed",
    "Sensitive",
    "UniqueItems",
    "UnknownMember",
    "UtcDateTime",
    "Uuid",
    "WrittenDate",
    "WrittenDateTime",
    "WrittenUuid",
    "obeying",
]
