"""
The SMS gateway's rules: what leaves as SMS or LMS, and which numbers are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from aegis_contracts import Contract
from aegis_mockserver.behaviours.aegis._moments import SEOUL, Moment
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world import World

STORE = "messages"
SMS_BYTES = 90
DETAILS = {
    "balance_exhausted": "Nothing was sent and nothing is charged.",
    "recipient_rejected": "The carrier refuses messages to this number.",
    "too_many_requests": "Try again in 30 seconds.",
    "carrier_unavailable": "Nothing was sent; try again in 30 seconds.",
    "sender_not_registered": "Register the sender number first.",
}


def send(contract: Contract, world: World, to: str, text: str, sender: str) -> dict[str, Any] | Problem:
    """
    Hand a text to the carrier: it stands in the world's inbox, or one of the numbers is refused.

    Args:
        contract: of the SMS gateway; its ``x-mock`` lists the numbers that are refused.
    """
    to, sender = digits(to), digits(sender)
    numbers = _refused(contract)
    code = numbers.get(("to", to)) or numbers.get(("from", sender))
    if code is not None:
        return Problem(code, detail=DETAILS.get(code, ""))
    moment = Moment.now(world)
    size = len(text.encode("cp949"))
    messages = world.store(STORE)
    kind = "SMS" if size <= SMS_BYTES else "LMS"
    stamp = moment.at.astimezone(SEOUL).strftime("%Y%m%d%H%M%S") + f"{moment.at.microsecond // 1000:03}"
    message_id = f"M{stamp}-{messages.next_number():06}"
    sent: dict[str, Any] = {
        "message_id": message_id,
        "type": kind,
        "status": "accepted",
        "to": to,
        "bytes": size,
        "accepted_at": moment.text,
    }
    messages.put(message_id, sent)
    world.sms(to, text, sender=sender, variables={name: sent[name] for name in ("message_id", "type", "bytes")})
    return sent


def digits(number: str) -> str:
    """
    Return a number without its hyphens.
    """
    return number.replace("-", "")


@lru_cache(maxsize=16)
def _refused(contract: Contract) -> Mapping[tuple[str, str], str]:
    node = contract.extensions.get("x-mock")
    entries = node.get("messages", ()) if isinstance(node, Mapping) else ()
    sides = ((side, entry) for entry in entries for side in ("to", "from") if side in entry)
    return {(side, digits(str(entry[side]))): str(entry["answer"]) for side, entry in sides}
