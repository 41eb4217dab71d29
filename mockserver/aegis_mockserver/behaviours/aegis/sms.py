"""
The SMS gateway: one text to one Korean mobile number.
"""

from __future__ import annotations

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis import _gateway
from aegis_mockserver.behaviours.aegis._neighbours import valid_only
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave
from aegis_mockserver.world import World


def send(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Hand the text to the carrier.
    """
    body = reading.body
    sent = _gateway.send(operation.contract, world, body["to"], body["message"], body["from"])
    return sent if isinstance(sent, Problem) else Answer(202, sent)


STORES = (_gateway.STORE,)
BEHAVIOURS: dict[str, Behave] = valid_only({"sendMessage": send})
