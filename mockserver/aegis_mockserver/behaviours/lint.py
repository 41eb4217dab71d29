"""
What the mock asks of contracts that name our profile, found by ``aegis lint`` as an entry point of ``aegis.lint``.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis_contracts import Contract, Finding
from aegis_mockserver.behaviours._registry import Behaviours, package_of


def without_behaviour(contract: Contract) -> Iterator[Finding]:
    """
    Report operations that the mock leaves to examples, of an API whose other operations have behaviours.
    """
    behaviours = Behaviours()
    operations = list(contract.all_operations())
    left = [operation for operation in operations if behaviours.find(contract, operation) is None]
    if len(left) == len(operations):
        return  # nobody wrote any for this API: what its paths are taken for answers all of it
    home = f"mockserver/aegis_mockserver/behaviours/aegis/{package_of(contract)}.py"
    for operation in left:
        said = f"{operation.key} has no behaviour in the mock, so it answers with examples only"
        mend = f"add a function for {operation.key} to BEHAVIOURS in {home}"
        yield contract.documents.finding(operation.place, "profile-behaviour", said, mend)
