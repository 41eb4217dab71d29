"""
What generation cannot carry, collected so that the reader sees all of it.
"""

from __future__ import annotations

from aegis_contracts import Contract, ContractError, Finding, Place


class Refusals:
    """
    Findings about one contract; one place is told once for each rule.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._found: dict[tuple[Place, str, str], Finding] = {}

    def refuse(self, place: Place, rule: str, message: str, mend: str) -> None:
        """
        Record that what stands at *place* cannot be carried.
        """
        key = (place, rule, message)
        if key not in self._found:
            self._found[key] = self._contract.documents.finding(place, f"codegen/{rule}", message, mend)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """
        Everything refused so far, in the order of the files.
        """
        located = self._contract.documents.located(self._found.values())
        return tuple(sorted(located, key=lambda found: (found.source, found.line, found.pointer)))

    def raise_if_any(self) -> None:
        """
        Refuse the contract when anything in it was refused.

        Raises:
            ContractError: with every finding.
        """
        if self._found:
            raise ContractError(self.findings)
