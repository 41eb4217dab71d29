"""
Whether PUT replaces an item, as RFC 9110 says, or changes what is sent of it, as the contract says.
"""

from __future__ import annotations

from aegis_contracts import Operation
from aegis_contracts._model import operations_of
from aegis_mockserver.behaviours.resources._bodies import body_of
from aegis_mockserver.behaviours.resources._names import words
from aegis_mockserver.behaviours.resources._resource import Resource
from aegis_mockserver.behaviours.resources._shapes import Shape

_CHANGES = frozenset({"update", "updates", "modify", "modifies", "edit", "edits", "change", "changes"})


def keeps_the_rest(operation: Operation, taken: Shape, resource: Resource, item: Shape) -> bool:
    """
    Say whether an item keeps what a PUT does not say: it needs to say nothing, nothing else updates an item, and what
    is sent could not be the whole of one, or the contract calls it an update.
    """
    contract = operation.contract
    paths = contract.document.get("paths", {})
    node = paths.get(resource.item, {})
    if operation.method != "PUT" or operation.path != resource.item or taken.required or not taken.properties:
        return False
    if "patch" in node:
        return False
    if item.required & taken.properties.keys():
        return True  # what is left out would be missing in the next answer
    node = paths.get(resource.collection)
    here = contract.root.at("paths", resource.collection)
    others = operations_of(contract, resource.collection, node, here) if isinstance(node, dict) else ()
    made_of = next((body_of(one) for one in others if one.method == "POST"), Shape(True))
    if made_of.required & taken.properties.keys():
        return True  # what an item cannot be made without is not what replaces it either
    called = (operation.operation_id or "", operation.summary or "")
    return any(word in _CHANGES for text in called for word in words(text)[:2])
