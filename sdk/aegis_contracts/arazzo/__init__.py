"""
Arazzo 1.0 and 1.1: reads workflow documents, says what is wrong with them, and runs nothing.

Expressions and conditions become values here; what they evaluate to is the business of those who run workflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aegis_contracts._violation import ContractError, Finding
from aegis_contracts.arazzo._conditions import Access, Binary, Condition, ConditionError, Literal, Not, condition, named
from aegis_contracts.arazzo._description import Description, Part, Step, Workflow, is_arazzo, load_arazzo
from aegis_contracts.arazzo._expressions import Expression, ExpressionError, is_expression, parse, pieces
from aegis_contracts.arazzo._order import ELSEWHERE, CircleError, ordered
from aegis_contracts.arazzo._references import references
from aegis_contracts.arazzo._source import NowhereError, Source, SourceChannel
from aegis_contracts.arazzo._sources import Sources
from aegis_contracts.arazzo._structure import structure

__all__ = [
    "ELSEWHERE",
    "Access",
    "Binary",
    "CircleError",
    "Condition",
    "ConditionError",
    "Description",
    "Expression",
    "ExpressionError",
    "Literal",
    "Not",
    "NowhereError",
    "Part",
    "Source",
    "SourceChannel",
    "Sources",
    "Step",
    "Workflow",
    "condition",
    "is_arazzo",
    "is_expression",
    "lint_arazzo",
    "load_arazzo",
    "named",
    "ordered",
    "parse",
    "pieces",
]


def lint_arazzo(
    description: Description, sources: Sources | None = None, named_sources: Mapping[str, str] | None = None
) -> list[Finding]:
    """
    List what is wrong with *description*, the gravest first.
    """
    found = list(structure(description))
    try:
        found += references(description, sources or Sources(description, named_sources))
    except ContractError as error:
        found += error.findings
    located = description.documents.located(dict.fromkeys(replace(finding, line=0, column=0) for finding in found))
    return sorted(located, key=lambda finding: (finding.severity, finding.source, finding.line, finding.column))
