"""
The plan: everything about an API that its SDK must carry, as frozen values. Templates read this and nothing else.
"""

from __future__ import annotations

from aegis_codegen.plan._api import (
    Api,
    Argument,
    Body,
    Header,
    Operation,
    Pagination,
    Parameter,
    Problem,
    Resource,
    Response,
    Security,
)
from aegis_codegen.plan._models import Alias, Definition, Enumeration, Field, Member, Model
from aegis_codegen.plan._types import (
    ANY,
    NONE,
    Array,
    Choice,
    Constrained,
    Direction,
    Literals,
    Map,
    Named,
    Rule,
    Scalar,
    Tuple,
    Type,
    inner,
    nullable,
    optional,
)

__all__ = [
    "ANY", "NONE", "Alias", "Api", "Argument", "Array", "Body", "Choice", "Constrained", "Definition", "Direction",
    "Enumeration", "Field", "Header", "Literals", "Map", "Member", "Model", "Named", "Operation", "Pagination", "Parameter",
    "Problem", "Resource", "Response", "Rule", "Scalar", "Security", "Tuple", "Type", "inner", "nullable", "optional",
]  # fmt: skip
